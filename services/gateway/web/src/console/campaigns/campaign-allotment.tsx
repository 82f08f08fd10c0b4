import { List } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Campaign } from '../api.ts';
import { tiers } from '../who/who.ts';
import { Part } from './part.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { RuleText } from './rule-text.tsx';

/** Who may claim how many; and as long as somebody still may, what that comes to. */
export const CampaignAllotment = ({ subject, campaign }: { subject: string; campaign: Campaign }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { allotment, phase, quota, regions = [], reserved = [] } = campaign;
  const each = (codes: number) => t('console.campaigns.each', { count: codes, codes: format.number(codes) });
  const placesText = (places: number, until: string | undefined): string => {
    const count = { count: places, places: format.number(places) };
    return until === undefined
      ? t('console.campaigns.reserved', count)
      : t('console.campaigns.reservedUntil', { ...count, date: format.moment(until) });
  };
  /** Once a rule is over, what was left of its places is everybody's. */
  const leftText = (position: number, until: string | undefined): string => {
    const left = reserved.find(({ rule }) => rule === position + 1)?.left;
    const isRuleOver = until !== undefined && Date.parse(until) <= Date.now();
    return left === undefined || isRuleOver ? '' : t('console.campaigns.reservedLeft', { left: format.number(left) });
  };
  const isOver = phase === 'ended' || phase === 'closed';
  return (
    <Part title={t('console.campaigns.allotment.title')}>
      {Array.isArray(allotment) ? (
        <List type="ordered" spacing={6} size="sm">
          {allotment.map(({ when, codes, places, until }, position) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no name but their place, and never change.
            <List.Item key={position}>
              <RuleText when={when} />
              {each(codes)}
              {places !== undefined && ` · ${placesText(places, until)}${leftText(position, until)}`}
            </List.Item>
          ))}
        </List>
      ) : (
        <List size="sm" spacing={4}>
          {tiers
            .filter((tier) => (allotment[tier] ?? 0) > 0)
            .map((tier) => (
              <List.Item key={tier}>
                {t('console.campaigns.allotment.tier', { tier: t(`tier.${tier}`), each: each(allotment[tier] ?? 0) })}
              </List.Item>
            ))}
        </List>
      )}
      {!isOver && (
        <PreviewPanel subject={subject} body={{ allotment, regions }} quota={quota} isFixed={phase !== 'draft'} />
      )}
    </Part>
  );
};
