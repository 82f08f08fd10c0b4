import { Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { GrantJob } from '../api.ts';

/** How far it is, how fast, and when it will be through. */
export const GrantProgress = ({ grant: { progress } }: { grant: GrantJob }) => {
  const { t } = useTranslation();
  const format = useFormat();
  if (!progress) return null;
  const { rows, done, percent, rowsPerSecond, secondsLeft } = progress;
  const story = [
    t('console.grants.rowsDone', { done: format.number(done), rows: format.number(rows) }),
    ...(rowsPerSecond === 0 ? [] : [t('console.grants.speed', { number: format.number(rowsPerSecond) })]),
    ...(secondsLeft === undefined
      ? []
      : [t('console.grants.timeLeft', { time: format.left(Math.max(1, secondsLeft)) })]),
  ];
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="progress">
      <Stack gap="sm">
        <Title order={3} size="h4">
          {t('console.grants.runningTitle', { percent: format.percent(Math.floor(percent)) })}
        </Title>
        <Progress size="lg" value={percent} aria-label={t('console.grants.progress')} />
        <Text size="sm">{story.join(' · ')}</Text>
        <Text size="sm" c="dimmed">
          {t('console.grants.leaveIt')}
        </Text>
      </Stack>
    </Paper>
  );
};
