import { Button, Group, Paper, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import { type Entry, stepsOf } from './entry.ts';
import type { Order } from './queries.ts';
import { ShownEntry } from './shown-entry.tsx';
import classes from './timeline.module.css';
import type { Wanted } from './wanted.ts';

interface TimelineProps {
  subject: string;
  here: Wanted;
  /** Its pages, whatever else they have. */
  history: UseInfiniteQueryResult<InfiniteData<{ entries: Entry[] }>>;
  order: Order;
  onOrder: (order: Order) => void;
  /** What it means that there is none. */
  nothing: string;
}

/** What happened, step by step: what was asked, and what followed from it. */
export const Timeline = ({ subject, here, history, order, onOrder, nothing }: TimelineProps) => {
  const { t } = useTranslation();
  const id = useId();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = history;
  const entries = data?.pages.flatMap((page) => page.entries);
  const shown = () => {
    if (!entries) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={200} />;
    if (entries.length === 0) return <NothingYet title={t('console.lookUp.nothing')}>{nothing}</NothingYet>;
    return (
      <ol className={classes.steps} data-testid="timeline">
        {stepsOf(entries, order === 'newest').map(({ id: step, entries: [first, ...rest] }) => (
          <li key={step} className={classes.step}>
            <ShownEntry subject={subject} entry={first} here={here} />
            {rest.length > 0 && (
              <>
                <Text size="sm" c="dimmed" mt={8}>
                  {t('console.lookUp.followed')}
                </Text>
                <ul className={classes.after}>
                  {rest.map((entry) => (
                    <li key={entry.eventId}>
                      <ShownEntry subject={subject} entry={entry} here={here} isEffect />
                    </li>
                  ))}
                </ul>
              </>
            )}
          </li>
        ))}
      </ol>
    );
  };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="section" aria-labelledby={id}>
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={3} size="h4" id={id}>
            {t('console.lookUp.happened')}
          </Title>
          <SegmentedControl
            size="xs"
            aria-label={t('console.lookUp.orderOf')}
            value={order}
            onChange={(value) => onOrder(value === 'newest' ? 'newest' : 'oldest')}
            data={[
              { value: 'oldest', label: t('console.lookUp.oldest') },
              { value: 'newest', label: t('console.lookUp.newest') },
            ]}
          />
        </Group>
        {shown()}
        {hasNextPage && (
          <Group>
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('console.more')}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
};
