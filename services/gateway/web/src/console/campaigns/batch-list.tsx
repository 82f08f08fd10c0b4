import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import { BatchRow } from './batch-row.tsx';
import { Part } from './part.tsx';
import classes from './preview.module.css';
import { batchesQuery } from './queries.ts';

/** The batches of a campaign, newest first. */
export const BatchList = ({ subject, campaignId }: { subject: string; campaignId: string }) => {
  const { t } = useTranslation();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    batchesQuery(subject, campaignId),
  );
  const batches = data?.pages.flatMap(({ items }) => items);
  const shown = () => {
    if (!batches) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={96} />;
    if (batches.length === 0) {
      return (
        <NothingYet title={t('console.campaigns.batches.none')}>{t('console.campaigns.batches.noneText')}</NothingYet>
      );
    }
    return (
      <ul className={classes.rules} data-testid="batches">
        {batches.map((batch) => (
          <BatchRow key={batch.batch} subject={subject} batch={batch} />
        ))}
      </ul>
    );
  };
  return (
    <Part title={t('console.campaigns.batches.title')} lead={t('console.campaigns.batches.lead')}>
      <Stack gap="md">
        {shown()}
        {hasNextPage && (
          <Group>
            <Button variant="default" size="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('console.more')}
            </Button>
          </Group>
        )}
      </Stack>
    </Part>
  );
};
