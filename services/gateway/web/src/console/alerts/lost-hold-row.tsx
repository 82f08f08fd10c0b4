import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge } from '../../status-badge.tsx';
import type { LostHold } from '../api.ts';
import classes from '../common/list.module.css';
import { LookLink } from '../look-up/look-link.tsx';
import { ReissueDialog } from './reissue-dialog.tsx';

/** Whose order, why it has no code, and whether that was made good. */
export const LostHoldRow = ({ subject, lost }: { subject: string; lost: LostHold }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [isAsking, setAsking] = useState(false);
  // Until the list has heard of it.
  const [goodSince, setGoodSince] = useState<string>();
  const { orderId, shop, batch, index, cause, lostAt, madeGoodAt = goodSince } = lost;
  const code = `${batch}.${index}`;
  return (
    <li className={classes.row} data-testid="lost-hold" data-good={madeGoodAt !== undefined}>
      <Stack gap={4} style={{ flex: '1 1 260px', minWidth: 0 }}>
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {t('console.alerts.orderAt', { order: orderId, shop })}
        </Text>
        <Text size="sm">{t('console.alerts.why', { why: t(`console.lookUp.lostBy.${cause}`) })}</Text>
        <Group gap="4px 14px">
          <Text size="sm" c="dimmed">
            {format.moment(lostAt)}
          </Text>
          <LookLink wanted={{ kind: 'order', text: orderId, shop }}>
            {t('console.lookUp.order', { order: orderId })}
          </LookLink>
          <LookLink wanted={{ kind: 'code', text: code }}>{t('console.lookUp.code', { code })}</LookLink>
        </Group>
      </Stack>
      {madeGoodAt === undefined ? (
        <Group gap="sm">
          <StatusBadge tone="waiting">{t('console.alerts.isOpen')}</StatusBadge>
          <Button
            size="xs"
            onClick={() => setAsking(true)}
            aria-label={t('console.alerts.reissueFor', { order: orderId })}
          >
            {t('console.alerts.reissue')}
          </Button>
        </Group>
      ) : (
        <StatusBadge tone="good">{t('console.alerts.madeGood', { date: format.moment(madeGoodAt) })}</StatusBadge>
      )}
      <ReissueDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        subject={subject}
        lost={lost}
        onDone={setGoodSince}
      />
    </li>
  );
};
