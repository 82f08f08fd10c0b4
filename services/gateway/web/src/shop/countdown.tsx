import { Box, Progress, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const minutesAndSeconds = (seconds: number) => ({
  minutes: Math.floor(seconds / 60),
  seconds: String(seconds % 60).padStart(2, '0'),
});

/** How much of a hold is left. Each second for the eyes; each ten seconds for the ears. */
export const Countdown = ({ seconds, whole }: { seconds: number; whole: number }) => {
  const { t } = useTranslation();
  const { minutes, seconds: rest } = minutesAndSeconds(seconds);
  return (
    <Stack gap={6}>
      <Box role="timer" aria-live="off">
        <Text size="sm" c="dimmed">
          {t('shop.timeLeft')}
        </Text>
        <Text fz={40} fw={700} lh={1.1} ff="monospace" data-testid="countdown">
          {String(minutes).padStart(2, '0')}:{rest}
        </Text>
      </Box>
      <Progress
        value={Math.min(100, (seconds / whole) * 100)}
        color={seconds <= 30 ? 'red.8' : 'indigo.8'}
        aria-label={t('shop.timeLeft')}
      />
      <VisuallyHidden role="status">
        {t('shop.timeLeftSpoken', minutesAndSeconds(Math.ceil(seconds / 10) * 10))}
      </VisuallyHidden>
    </Stack>
  );
};
