import { Button, Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import classes from '../common/list.module.css';
import { PartHeading } from '../common/part-heading.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { AuditRow } from './audit-row.tsx';
import { auditQuery } from './queries.ts';
import { useWanted } from './use-wanted.ts';

/** What ops did: who, when, what, to what, why. Nothing in it ever changes. */
export const AuditLog = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const filters = useWanted();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(subject, filters.wanted),
  );
  const entries = data?.pages.flatMap(({ items }) => items);
  const shown = () => {
    if (error) return <ProblemAlert error={error} onRetry={refetch} />;
    if (!entries) return <Skeleton height={240} />;
    if (entries.length === 0) {
      return <NothingYet title={t('console.audit.none')}>{t('console.audit.noneText')}</NothingYet>;
    }
    return (
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="audit-log">
        {entries.map((entry) => (
          <AuditRow key={entry.eventId} subject={subject} entry={entry} />
        ))}
      </Paper>
    );
  };
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <PartHeading>{t('console.audit.title')}</PartHeading>
        <Text c="dimmed">{t('console.audit.lead')}</Text>
      </Stack>
      <AuditFilters subject={subject} filters={filters} />
      {shown()}
      {hasNextPage && (
        <Group>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('console.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
};
