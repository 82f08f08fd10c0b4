import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FcodeProblem, type Redemption, shopApi } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { Countdown } from './countdown.tsx';
import type { HeldOrder as Held } from './order.ts';
import { useSecondsUntil } from './use-seconds-until.ts';

interface HeldOrderProps {
  order: Held;
  shop: string;
  onPaid: (redemption: Redemption) => void;
  onLost: () => void;
  onDeclined: () => void;
  onLeft: () => void;
  onAgain: () => void;
}

/** The code is held: pay, fail to pay, go away, or be too late. */
export const HeldOrder = ({ order, shop, onPaid, onLost, onDeclined, onLeft, onAgain }: HeldOrderProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSecondsUntil(order.holdUntil);
  const { holdId, orderId } = order;
  const isOver = seconds === 0;

  const pay = useMutation({
    mutationFn: () => shopApi(shop).confirm({ holdId, orderId }),
    onSuccess: onPaid,
    onError: (error) => {
      if (error instanceof FcodeProblem && error.word === 'hold_lost') onLost();
    },
  });
  const decline = useMutation({
    mutationFn: () => shopApi(shop).release({ holdId, orderId, reason: 'declined' }),
    onSuccess: onDeclined,
  });
  const isBusy = pay.isPending || decline.isPending;
  const error = pay.error ?? decline.error;

  // A hold that is gone altogether leaves nothing to wait for, nor to pay.
  if (error instanceof FcodeProblem && error.word === 'hold_not_found') {
    return (
      <Stack gap="md" data-testid="gone">
        <ProblemAlert error={error} />
        <Group>
          <Button onClick={onAgain}>{t('shop.startAgain')}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack gap="md" data-testid={isOver ? 'expired' : 'held'}>
      {isOver ? (
        <Alert color="orange" variant="light" title={t('shop.expiredTitle')} role="status">
          {t('shop.expiredText')}
        </Alert>
      ) : (
        <>
          <Stack gap={4}>
            <Title order={3} size="h4">
              {t('shop.heldTitle')}
            </Title>
            <Text size="sm">{t('shop.heldText', { time: format.time(order.holdUntil) })}</Text>
          </Stack>
          <Countdown seconds={seconds} whole={(Date.parse(order.holdUntil) - Date.parse(order.heldAt)) / 1000} />
        </>
      )}
      {error && <ProblemAlert error={error} />}
      <Group gap="sm">
        <Button
          size="md"
          loading={pay.isPending}
          disabled={isBusy}
          onClick={() => {
            decline.reset();
            pay.mutate();
          }}
        >
          {isOver ? t('shop.payLate') : t('shop.pay')}
        </Button>
        {isOver ? (
          <Button size="md" variant="default" disabled={isBusy} onClick={onAgain}>
            {t('shop.startAgain')}
          </Button>
        ) : (
          <>
            <Button
              size="md"
              variant="default"
              loading={decline.isPending}
              disabled={isBusy}
              onClick={() => {
                pay.reset();
                decline.mutate();
              }}
            >
              {t('shop.decline')}
            </Button>
            <Button size="md" variant="default" disabled={isBusy} onClick={onLeft}>
              {t('shop.leave')}
            </Button>
          </>
        )}
      </Group>
      {!isOver && (
        <Text size="sm" c="dimmed">
          {t('shop.leaveHint')}
        </Text>
      )}
    </Stack>
  );
};
