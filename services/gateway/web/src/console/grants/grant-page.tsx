import { Alert, Anchor, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { PartHeading } from '../common/part-heading.tsx';
import { useOps } from '../use-ops.ts';
import { DryRun } from './dry-run.tsx';
import { GrantApproval } from './grant-approval.tsx';
import { GrantFacts } from './grant-facts.tsx';
import { GrantProgress } from './grant-progress.tsx';
import { GrantRows } from './grant-rows.tsx';
import { GrantStatusBadge } from './grant-status.tsx';
import { GrantedBatch } from './granted-batch.tsx';
import { campaignQuery, grantQuery, grantsKey, waitingGrantsKey } from './queries.ts';
import { useGrantText, waitsFor } from './use-grant-text.ts';

/** A grant from the request over its approval to its results, and what can be done with it then. */
export const GrantPage = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { what } = useGrantText();
  const { campaignId = '', grantId = '' } = useParams();
  const queries = useQueryClient();
  const { data: campaign } = useQuery(campaignQuery(subject, campaignId));
  const { data: grant, error, refetch } = useQuery(grantQuery(subject, campaignId, grantId));
  const top = useRef<HTMLDivElement>(null);
  const onChanged = useCallback(() => {
    void queries.invalidateQueries({ queryKey: grantsKey(subject, campaignId) });
    void queries.invalidateQueries({ queryKey: waitingGrantsKey(subject) });
    // The button that did it is gone.
    top.current?.querySelector('h2')?.focus();
  }, [queries, subject, campaignId]);

  if (!grant) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={420} />;
  return (
    <Stack gap="lg" data-testid="grant-page" data-status={grant.status}>
      <Stack gap={6} ref={top}>
        <Anchor component={Link} to={`/ops/campaigns/${campaignId}`} size="sm">
          {t('console.grants.back', { name: campaign?.name ?? '…' })}
        </Anchor>
        <Group gap="sm" align="center">
          <PartHeading>{what(grant)}</PartHeading>
          <GrantStatusBadge status={grant.status} isForYou={waitsFor(subject, grant)} />
        </Group>
      </Stack>
      {grant.status === 'waiting' && <GrantApproval subject={subject} grant={grant} onChanged={onChanged} />}
      {grant.status === 'waiting' && <DryRun grant={grant} />}
      {grant.status === 'cancelled' && (
        <Alert color="gray" variant="light" role="status" title={t('console.grants.cancelledTitle')}>
          <Text size="sm">
            {t('console.grants.cancelledText', {
              name: nameOf(grant.cancelledBy ?? ''),
              date: format.moment(grant.cancelledAt ?? grant.requestedAt),
            })}
          </Text>
          {grant.cancelReason !== undefined && (
            <Text size="sm" mt={4}>
              {t('console.grants.cancelledWhy', { reason: grant.cancelReason })}
            </Text>
          )}
        </Alert>
      )}
      {grant.status === 'running' && <GrantProgress grant={grant} />}
      {grant.status === 'done' && <GrantedBatch subject={subject} grant={grant} onChanged={onChanged} />}
      <GrantFacts grant={grant} />
      {grant.file && <GrantRows subject={subject} grant={grant} />}
    </Stack>
  );
};
