import { Code, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEffectText } from '../../language/use-effect-text.ts';
import { useFormat } from '../../language/use-format.ts';
import { offerSecondsOf } from '../../queries.ts';
import type { Campaign } from '../api.ts';
import { Facts } from '../common/facts.tsx';
import { useRegionNames } from '../who/use-region-names.ts';
import classes from './fields.module.css';
import { Part } from './part.tsx';
import { usePrice } from './use-price.ts';
import { useWindowText } from './use-window-text.ts';

/** What was decided, in plain words. */
export const CampaignTerms = ({ subject, campaign }: { subject: string; campaign: Campaign }) => {
  const { t } = useTranslation();
  const price = usePrice(subject);
  const format = useFormat();
  const windowText = useWindowText();
  const effectText = useEffectText();
  const { nameOf } = useRegionNames();
  const {
    phase,
    skus,
    quantities,
    quota,
    holdSeconds = 900,
    effect = { kind: 'none' },
    regions = [],
    eligible,
  } = campaign;
  const { transferLimit = 1, transferSeconds = 86_400 } = campaign;
  const offerSeconds = offerSecondsOf(campaign);
  const { ours, theirs } = windowText(campaign);
  const limits = (['buyer', 'order', 'day'] as const).flatMap((of) => {
    const count = campaign[`${of}Limit`] ?? 0;
    return count === 0 ? [] : [t(`console.campaigns.terms.${of}`, { count })];
  });
  const productOf = (sku: string): string => {
    const quantity = quantities?.[sku];
    return quantity === undefined
      ? sku
      : t('console.campaigns.terms.product', { sku, quantity: format.number(quantity) });
  };
  const facts = [
    { what: t('console.campaigns.terms.products'), value: format.list(skus.map(productOf)) },
    {
      what: t('console.campaigns.terms.window'),
      value: (
        <Stack gap={0}>
          <span>{ours}</span>
          {theirs !== undefined && <span>{theirs}</span>}
        </Stack>
      ),
    },
    {
      what: t('console.campaigns.terms.quota'),
      value: t('console.campaigns.quota', { count: quota, codes: format.number(quota) }),
    },
    {
      what: t('console.campaigns.terms.hold'),
      value: t('console.campaigns.terms.holdText', { time: format.duration(holdSeconds) }),
    },
    {
      what: t('console.campaigns.terms.limits'),
      value: limits.length === 0 ? t('console.campaigns.terms.noLimits') : format.list(limits),
    },
    {
      what: t('console.campaigns.terms.where'),
      value: regions.length === 0 ? t('console.campaigns.terms.everywhere') : format.list(regions.map(nameOf)),
    },
    {
      what: t('console.campaigns.terms.transfers'),
      value:
        transferLimit === 0
          ? t('console.campaigns.terms.never')
          : t('console.campaigns.terms.times', { count: transferLimit, time: format.duration(transferSeconds) }),
    },
    {
      what: t('console.campaigns.terms.waitlist'),
      value:
        offerSeconds === undefined
          ? t('console.campaigns.terms.noWaitlist')
          : t('console.campaigns.terms.offer', { time: format.duration(offerSeconds) }),
    },
    {
      what: t('console.campaigns.terms.points'),
      // The price of today, which tells nothing of a drop that is over.
      value:
        price && phase !== 'ended' && phase !== 'closed' ? t('console.campaigns.terms.pointsText', price) : undefined,
    },
    { what: t('console.campaigns.terms.price'), value: effectText(effect) ?? t('console.campaigns.terms.samePrice') },
    {
      what: t('console.campaigns.terms.eligible'),
      value:
        eligible === undefined ? undefined : (
          <>
            {t('console.campaigns.terms.eligibleText')} <Code className={classes.condition ?? ''}>{eligible}</Code>
          </>
        ),
    },
  ];
  return (
    <Part title={t('console.campaigns.terms.title')}>
      <Facts facts={facts} />
    </Part>
  );
};
