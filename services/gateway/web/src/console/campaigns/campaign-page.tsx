import { Anchor, Grid, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { ProblemAlert } from '../../problem-alert.tsx';
import { PartHeading } from '../common/part-heading.tsx';
import { GrantList } from '../grants/grant-list.tsx';
import { BatchList } from './batch-list.tsx';
import { CampaignAllotment } from './campaign-allotment.tsx';
import { CampaignNumbers } from './campaign-numbers.tsx';
import { CampaignTerms } from './campaign-terms.tsx';
import { CampaignWaitlist } from './campaign-waitlist.tsx';
import { DoneList } from './done-list.tsx';
import { KillCampaign } from './kill-campaign.tsx';
import { NextStep } from './next-step.tsx';
import { NoCampaign } from './no-campaign.tsx';
import { Part } from './part.tsx';
import { PhaseBadge } from './phase-badge.tsx';
import { campaignQuery, killedQuery } from './queries.ts';
import { useWindowText } from './use-window-text.ts';

/** All about one campaign, and the one thing to do with it next. */
export const CampaignPage = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const windowText = useWindowText();
  const { campaignId = '' } = useParams();
  const { data: campaign, error, refetch } = useQuery(campaignQuery(subject, campaignId));
  const isDraft = campaign?.phase === 'draft';
  const { data: isKilled = false } = useQuery({
    ...killedQuery(subject, campaignId),
    enabled: campaign !== undefined && !isDraft,
  });
  const top = useRef<HTMLDivElement>(null);
  // The button that did it is gone.
  const onDone = useCallback(() => top.current?.querySelector('h2')?.focus(), []);

  if (!campaign) return <NoCampaign error={error} onRetry={refetch} />;
  const { ours, theirs } = windowText(campaign);
  const mayKill = !isDraft && !isKilled && campaign.batch !== undefined;
  return (
    <Stack gap="lg" data-testid="campaign-page" data-phase={campaign.phase}>
      <Stack gap={6} ref={top}>
        <Anchor component={Link} to="/ops/campaigns" size="sm">
          ← {t('console.campaigns.back')}
        </Anchor>
        <Group gap="sm" align="center">
          <PartHeading>{campaign.name}</PartHeading>
          <PhaseBadge phase={campaign.phase} />
        </Group>
        <Text c="dimmed">{ours}</Text>
        {theirs !== undefined && (
          <Text c="dimmed" size="sm">
            {theirs}
          </Text>
        )}
      </Stack>
      {error && <ProblemAlert error={error} onRetry={refetch} />}
      <NextStep subject={subject} campaign={campaign} isKilled={isKilled} onDone={onDone} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="lg">
            {!isDraft && <CampaignNumbers subject={subject} campaign={campaign} />}
            <CampaignAllotment subject={subject} campaign={campaign} />
            {!isDraft && campaign.waitlist && <CampaignWaitlist subject={subject} campaign={campaign} />}
            <Part title={t('console.campaigns.grants.title')}>
              <GrantList subject={subject} campaign={campaign} />
            </Part>
            {!isDraft && <BatchList subject={subject} campaignId={campaignId} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            <CampaignTerms subject={subject} campaign={campaign} />
            <DoneList subject={subject} campaignId={campaignId} />
            {mayKill && <KillCampaign subject={subject} campaign={campaign} onDone={onDone} />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
};
