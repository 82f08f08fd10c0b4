import { Button, Group, NativeSelect, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import { PartHeading } from '../common/part-heading.tsx';
import { waitsFor } from '../grants/use-grant-text.ts';
import { useWaitingGrants } from '../grants/use-waiting-grants.ts';
import { CampaignRow } from './campaign-row.tsx';
import classes from './list.module.css';
import { phases } from './phase-badge.tsx';
import { campaignsQuery, type Wanted } from './queries.ts';

/** Of what is rare, pages are empty and not the last; so many are passed over before somebody is asked. */
const emptyPagesAtMost = 5;

/** All campaigns, page by page, and the way to a new one. */
export const Campaigns = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const [wanted, want] = useState<Wanted>({ phase: undefined, order: 'newest' });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    campaignsQuery(subject, wanted),
  );
  const waitingOf = useWaitingGrants(subject);
  const campaigns = data?.pages.flatMap(({ items }) => items);
  const mayGoOn =
    campaigns?.length === 0 && hasNextPage && !isFetchingNextPage && (data?.pages.length ?? 0) < emptyPagesAtMost;
  useEffect(() => {
    if (mayGoOn) void fetchNextPage();
  }, [mayGoOn, fetchNextPage]);

  const add = (
    <Button component={Link} to="/ops/campaigns/new">
      {t('console.campaigns.add')}
    </Button>
  );
  const shown = () => {
    if (!campaigns || mayGoOn)
      return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={240} />;
    if (campaigns.length > 0) {
      return (
        <Paper withBorder component="ul" className={classes.rows ?? ''} data-testid="campaigns">
          {campaigns.map((campaign) => {
            const waiting = waitingOf(campaign.campaignId);
            const waits = {
              forAnybody: waiting.length > 0,
              forYou: waiting.some((grant) => waitsFor(subject, grant)),
            };
            return <CampaignRow key={campaign.campaignId} campaign={campaign} waits={waits} />;
          })}
        </Paper>
      );
    }
    return wanted.phase === undefined ? (
      <NothingYet title={t('console.campaigns.none')}>{t('console.campaigns.noneText')}</NothingYet>
    ) : (
      <NothingYet title={t('console.campaigns.noneOfPhase')}>{t('console.campaigns.noneOfPhaseText')}</NothingYet>
    );
  };
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2}>
          <PartHeading>{t('console.campaigns.title')}</PartHeading>
          <Text c="dimmed">{t('console.campaigns.lead')}</Text>
        </Stack>
        {add}
      </Group>
      <Group gap="sm">
        <NativeSelect
          size="sm"
          label={t('console.campaigns.phase')}
          value={wanted.phase ?? ''}
          onChange={({ currentTarget: { value } }) =>
            want({ ...wanted, phase: phases.find((phase) => phase === value) })
          }
          data={[
            { value: '', label: t('console.campaigns.anyPhase') },
            ...phases.map((phase) => ({ value: phase, label: t(`phase.${phase}`) })),
          ]}
        />
        <NativeSelect
          size="sm"
          label={t('console.campaigns.order')}
          value={wanted.order}
          onChange={({ currentTarget: { value } }) =>
            want({ ...wanted, order: value === 'oldest' ? 'oldest' : 'newest' })
          }
          data={(['newest', 'oldest'] as const).map((order) => ({
            value: order,
            label: t(`console.campaigns.${order}`),
          }))}
        />
      </Group>
      {shown()}
      {hasNextPage && !mayGoOn && (
        <Group>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('console.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
};
