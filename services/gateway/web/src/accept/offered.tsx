import { Alert, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TransferLook } from '../api.ts';
import { ProductFacts } from '../friend/product-facts.tsx';
import { useEffectText } from '../language/use-effect-text.ts';
import { useFormat } from '../language/use-format.ts';
import { campaignsQuery } from '../queries.ts';
import { useSecondsUntil } from '../shop/use-seconds-until.ts';

interface OfferedProps {
  offer: TransferLook;
  /** Who looks, where that is known: members are told what a campaign is called. */
  subject?: string;
  children?: ReactNode;
}

/** What is offered: for which product, and while it can be accepted, on which terms and until when. */
export const Offered = ({ offer, subject, children }: OfferedProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const effectText = useEffectText();
  const { status, campaignId, skus, effect, until, startsAt, endsAt } = offer;
  const { data: campaigns } = useQuery({ ...campaignsQuery(subject ?? ''), enabled: subject !== undefined });
  const campaign = campaigns?.find((known) => known.campaignId === campaignId);
  const seconds = useSecondsUntil(until);

  const left = seconds > 0 && t('accept.left', { time: format.left(seconds) });
  const terms = [
    { what: t('accept.bonus'), value: effectText(effect) },
    {
      what: t('accept.by'),
      value: (
        <>
          {format.moment(until)}
          {left && (
            <Text size="sm" data-testid="left">
              {left}
            </Text>
          )}
        </>
      ),
    },
    // Nobody can use it for longer than the campaign lasts, so the two are often the same.
    { what: t('accept.campaignEnds'), value: endsAt === until ? undefined : format.moment(endsAt) },
  ];
  const facts = [
    { what: t('friend.campaign'), value: campaign?.name },
    { what: t('friend.product'), value: format.list(skus) },
    ...(status === 'open' ? terms : []),
  ];
  const isEarly = status === 'open' && Date.parse(startsAt) > Date.now();
  return (
    <Paper withBorder p="lg" data-testid="offer" data-status={status}>
      <Stack gap="md">
        <ProductFacts facts={facts} />
        {isEarly && (
          <Alert variant="light" title={t('friend.notYet', { date: format.moment(startsAt) })}>
            {t('friend.notYetText')}
          </Alert>
        )}
        {children}
      </Stack>
    </Paper>
  );
};
