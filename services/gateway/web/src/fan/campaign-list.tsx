import { SimpleGrid, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../nothing-yet.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { campaignsQuery } from '../queries.ts';
import { CampaignCard } from './campaign-card.tsx';
import { Section } from './section.tsx';

export const CampaignList = ({ subject, name }: { subject: string; name: string }) => {
  const { t } = useTranslation();
  const { data: campaigns, error, refetch } = useQuery(campaignsQuery(subject));
  const shown = () => {
    if (!campaigns) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={200} />;
    if (campaigns.length === 0) return <NothingYet title={t('fan.noCampaigns')}>{t('fan.noCampaignsText')}</NothingYet>;
    return (
      <SimpleGrid cols={{ base: 1, md: campaigns.length === 1 ? 1 : 2 }}>
        {campaigns.map((campaign) => (
          <CampaignCard key={campaign.campaignId} campaign={campaign} subject={subject} name={name} />
        ))}
      </SimpleGrid>
    );
  };
  return <Section title={t('fan.campaigns')}>{shown()}</Section>;
};
