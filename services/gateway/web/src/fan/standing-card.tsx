import { Group, List, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import { useReasonText } from '../language/use-reason-text.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { standingQuery } from '../queries.ts';
import { TierBadge } from '../tier-badge.tsx';
import { Badges } from './badges.tsx';
import { Contributions } from './contributions.tsx';
import { NextTier } from './next-tier.tsx';
import { Section } from './section.tsx';

/** The member's tier: which, why, what comes next, and until when. */
export const StandingCard = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const reasonText = useReasonText();
  const { data: standing, error, refetch } = useQuery(standingQuery(subject));

  const shown = () => {
    if (!standing) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={240} />;
    const why = standing.reasons.map(reasonText).filter((text) => text !== undefined);
    return (
      <Paper p="lg" withBorder data-testid="standing">
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing={{ base: 'lg', md: 48 }}>
          <Stack gap="lg">
            <Group gap="md" align="center">
              <TierBadge tier={standing.tier} size="xl" />
              <Text fz={22} fw={650} data-testid="score">
                {t('fan.points', { count: standing.score, points: format.points(standing.score) })}
              </Text>
              <Badges badges={standing.badges} />
            </Group>
            <Stack gap={4}>
              <Title order={3} size="h5">
                {t('fan.whyTier')}
              </Title>
              <List listStyleType="none" withPadding={false}>
                {why.map((text) => (
                  <List.Item key={text}>{text}</List.Item>
                ))}
              </List>
            </Stack>
            <NextTier standing={standing} />
            {standing.fallsAt !== undefined && (
              <Text size="sm" c="dimmed">
                {t('fan.falls', { date: format.date(standing.fallsAt) })}
              </Text>
            )}
          </Stack>
          <Contributions reasons={standing.reasons} />
        </SimpleGrid>
      </Paper>
    );
  };
  return <Section title={t('fan.standing')}>{shown()}</Section>;
};
