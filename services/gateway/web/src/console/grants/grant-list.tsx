import { Button, Group, NativeSelect, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { Campaign } from '../api.ts';
import classes from '../common/list.module.css';
import { GrantRow } from './grant-row.tsx';
import { type GrantStatus, grantsQuery } from './queries.ts';
import { whyNoGrant } from './why-no-grant.ts';

const statuses = ['waiting', 'running', 'done', 'cancelled'] as const satisfies GrantStatus[];

/** The grants of a campaign, newest first; and another one, or why there can be none. */
export const GrantList = ({ subject, campaign }: { subject: string; campaign: Campaign }) => {
  const { t } = useTranslation();
  const { campaignId, phase } = campaign;
  const whyNot = whyNoGrant(phase);
  const [status, setStatus] = useState<GrantStatus>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...grantsQuery(subject, campaignId, status),
    enabled: phase !== 'draft',
  });
  const grants = data?.pages.flatMap(({ items }) => items);

  const shown = () => {
    if (!grants) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={140} />;
    if (grants.length === 0) {
      return status === undefined ? (
        <NothingYet title={t('console.grants.none')}>{t('console.grants.noneText')}</NothingYet>
      ) : (
        <NothingYet title={t('console.grants.noneSo')}>{t('console.grants.noneSoText')}</NothingYet>
      );
    }
    return (
      <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="grants">
        {grants.map((grant) => (
          <GrantRow key={grant.grantId} subject={subject} grant={grant} />
        ))}
      </Paper>
    );
  };
  const reason = whyNot !== undefined && (
    <Text size="sm" c="dimmed" data-testid="no-grant">
      {t(`console.grants.noNew.${whyNot}`)}
    </Text>
  );
  if (phase === 'draft') return reason;
  return (
    <Stack gap="sm">
      {reason}
      <Group justify="space-between" align="flex-end">
        <NativeSelect
          size="sm"
          label={t('console.grants.show')}
          value={status ?? ''}
          onChange={({ currentTarget: { value } }) => setStatus(statuses.find((one) => one === value))}
          data={[
            { value: '', label: t('console.grants.all') },
            ...statuses.map((one) => ({ value: one, label: t(`console.grants.status.${one}`) })),
          ]}
        />
        {whyNot === undefined && (
          <Button component={Link} to={`/ops/campaigns/${campaignId}/grants/new`} variant="light">
            {t('console.grants.new')}
          </Button>
        )}
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
  );
};
