import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge } from '../../status-badge.tsx';
import type { Campaign } from '../api.ts';
import classes from './list.module.css';
import { PhaseBadge } from './phase-badge.tsx';
import { useWindowText } from './use-window-text.ts';

interface CampaignRowProps {
  campaign: Campaign;
  /** Whether one of its grants waits for approval, and whether for this operator's. */
  waits: { forAnybody: boolean; forYou: boolean };
}

/** One campaign of the list. */
export const CampaignRow = ({ campaign, waits }: CampaignRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { campaignId, name, phase, skus, quota, left } = campaign;
  const { ours, theirs } = useWindowText()(campaign);
  return (
    <li className={classes.row} data-testid={`row-${campaignId}`}>
      <Stack gap={2} className={classes.about ?? ''}>
        <Group gap="xs">
          <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} fw={600}>
            {name}
          </Anchor>
          <PhaseBadge phase={phase} />
          {waits.forAnybody && (
            <StatusBadge tone="waiting">
              {waits.forYou ? t('console.campaigns.grantWaitsForYou') : t('console.campaigns.grantWaits')}
            </StatusBadge>
          )}
        </Group>
        <Text size="sm">{ours}</Text>
        {theirs !== undefined && (
          <Text size="sm" c="dimmed">
            {theirs}
          </Text>
        )}
      </Stack>
      <Stack gap={2} className={classes.amount ?? ''}>
        <Text size="sm">
          {left === undefined
            ? t('console.campaigns.quota', { count: quota, codes: format.number(quota) })
            : t('console.campaigns.leftOf', { left: format.number(left), quota: format.number(quota) })}
        </Text>
        <Text size="sm" c="dimmed">
          {format.list(skus)}
        </Text>
      </Stack>
    </li>
  );
};
