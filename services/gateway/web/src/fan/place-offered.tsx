import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import { useSecondsUntil } from '../shop/use-seconds-until.ts';

/** Until when a place is kept, and how much of that is left. What ends it is the system, not this clock. */
export const PlaceOffered = ({ until, isPaused }: { until: string; isPaused: boolean }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSecondsUntil(until);
  if (isPaused) return <Text size="sm">{t('waitlist.paused')}</Text>;
  if (seconds === 0) return <Text size="sm">{t('waitlist.over')}</Text>;
  return (
    <>
      <Text size="sm">{t('waitlist.offeredText', { date: format.moment(until) })}</Text>
      <Text size="sm" fw={600} role="timer" aria-live="off" data-testid="place-left">
        {t('waitlist.left', { time: format.left(seconds) })}
      </Text>
    </>
  );
};
