import { Alert, Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import type { HeldOrder } from './order.ts';
import { useSecondsUntil } from './use-seconds-until.ts';

interface LeftOrderProps {
  order: HeldOrder;
  onBack: () => void;
  onNew: () => void;
}

/** As if the tab had been closed: nothing was sent, and the hold runs out by itself. */
export const LeftOrder = ({ order, onBack, onNew }: LeftOrderProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const isOver = useSecondsUntil(order.holdUntil) === 0;
  return (
    <Stack gap="md" data-testid="left">
      <Alert color="indigo" variant="light" title={t('shop.leftTitle')} role="status">
        {isOver ? t('shop.leftEnded') : t('shop.leftUntil', { time: format.time(order.holdUntil) })}
      </Alert>
      <Group gap="sm">
        <Button onClick={onBack}>{t('shop.comeBack')}</Button>
        <Button variant="default" onClick={onNew}>
          {t('shop.newOrder')}
        </Button>
      </Group>
    </Stack>
  );
};
