import { Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Standing } from '../api.ts';
import { useFormat } from '../language/use-format.ts';

/** Rounded up, so that nobody collects what is said to be missing and still stays below. */
export const atLeast = (points: number): number => Math.ceil(points * 10) / 10;

/** How far it is to the next tier, or that points lead no further. */
export const NextTier = ({ standing: { tier, score, owed = 0, next } }: { standing: Standing }) => {
  const { t } = useTranslation();
  const format = useFormat();
  if (!next) return <Text size="sm">{t(`fan.noNext.${tier}`)}</Text>;

  const goal = next.minScore ?? score + next.missing;
  // What is owed is paid first.
  const missing = atLeast(next.missing + owed);
  const name = t(`tier.${next.tier}`);
  return (
    <Stack gap={6} data-testid="next-tier">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {t('fan.next', { tier: name })}
        </Text>
        <Text size="sm" c="dimmed">
          {t('fan.fromPoints', { points: format.points(goal) })}
        </Text>
      </Group>
      <Progress
        value={goal === 0 ? 100 : Math.min(100, (score / goal) * 100)}
        size="lg"
        aria-label={t('fan.progress', { tier: name })}
      />
      <Text size="sm">{t('fan.missing', { count: missing, points: format.points(missing) })}</Text>
    </Stack>
  );
};
