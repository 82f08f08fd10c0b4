import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge } from '../../status-badge.tsx';
import type { CanaryTouch } from '../api.ts';
import classes from '../common/list.module.css';
import { campaignQuery } from '../grants/queries.ts';
import { RevokeBatch } from '../grants/revoke-batch.tsx';
import { LookLink } from '../look-up/look-link.tsx';

interface CanaryTouchRowProps {
  subject: string;
  touch: CanaryTouch;
  isRevoked: boolean;
}

/** Which file leaked, where one of its codes was tried, and whether its batch is out of use. */
export const CanaryTouchRow = ({ subject, touch, isRevoked }: CanaryTouchRowProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: campaign } = useQuery(campaignQuery(subject, touch.campaignId));
  const { batch, index, campaignId, shop, orderId, touchedAt } = touch;
  const code = `${batch}.${index}`;
  return (
    <li className={classes.row} data-testid="canary-touch" data-revoked={isRevoked}>
      <Stack gap={4} style={{ flex: '1 1 260px', minWidth: 0 }}>
        <Text fw={600}>{t('console.alerts.leaked', { batch })}</Text>
        <Text size="sm">
          {orderId === undefined
            ? t('console.alerts.triedAt', { shop })
            : t('console.alerts.triedFor', { shop, order: orderId })}
        </Text>
        <Group gap="4px 14px">
          <Text size="sm" c="dimmed">
            {format.moment(touchedAt)}
          </Text>
          <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} size="sm">
            {t('console.lookUp.ofCampaign', { name: campaign?.name ?? campaignId })}
          </Anchor>
          <LookLink wanted={{ kind: 'code', text: code }}>{t('console.lookUp.code', { code })}</LookLink>
          {orderId !== undefined && (
            <LookLink wanted={{ kind: 'order', text: orderId, shop }}>
              {t('console.lookUp.order', { order: orderId })}
            </LookLink>
          )}
        </Group>
      </Stack>
      {isRevoked ? (
        <StatusBadge tone="good">{t('console.alerts.batchRevoked')}</StatusBadge>
      ) : (
        <Group gap="sm">
          <StatusBadge tone="waiting">{t('console.alerts.isOpen')}</StatusBadge>
          <RevokeBatch subject={subject} batch={batch} isInList />
        </Group>
      )}
    </li>
  );
};
