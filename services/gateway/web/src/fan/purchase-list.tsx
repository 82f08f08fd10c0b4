import { Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Purchase } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { campaignsQuery, purchasesQuery } from '../queries.ts';
import { StatusBadge } from '../status-badge.tsx';
import classes from './rows.module.css';
import { usePointsText } from './use-points-text.ts';

const mostShown = 5;

/** Purchases that have no code: it is on its way, or there was none and the points are back. The others stand in "my codes". */
export const PurchaseList = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const pointsText = usePointsText();
  const { ofWord } = useProblemText();
  const { data: purchases } = useQuery(purchasesQuery(subject));
  const { data: campaigns } = useQuery(campaignsQuery(subject));
  const rowOf = ({ purchaseId, campaignId, points, spentAt, status, reason, refundedAt }: Purchase) => {
    if (status === 'bought') return [];
    const name = campaigns?.find((campaign) => campaign.campaignId === campaignId)?.name;
    const spent = t('buy.spentAt', { price: pointsText(points), date: format.moment(spentAt) });
    return (
      <li key={purchaseId} className={classes.row} data-testid="purchase" data-status={status}>
        <Stack gap={2}>
          {name !== undefined && <Text fw={600}>{name}</Text>}
          <Text size="sm" c="dimmed">
            {spent}
          </Text>
          {reason !== undefined && <Text size="sm">{ofWord(reason)}</Text>}
          {refundedAt !== undefined && <Text size="sm">{t('buy.backAt', { date: format.moment(refundedAt) })}</Text>}
        </Stack>
        <StatusBadge tone={status === 'pending' ? 'waiting' : 'over'}>{t(`buy.status.${status}`)}</StatusBadge>
      </li>
    );
  };
  const rows = (purchases ?? []).flatMap(rowOf).slice(0, mostShown);
  if (rows.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('buy.purchases')}
      </Title>
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="purchases">
        {rows}
      </Paper>
    </Stack>
  );
};
