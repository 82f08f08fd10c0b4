import { Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NothingYet } from '../nothing-yet.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { campaignsQuery, linksQuery } from '../queries.ts';
import { Section } from './section.tsx';
import { ShareTable } from './share-table.tsx';

/** How the member's links do, for each campaign that has any. */
export const ShareTables = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const { data: campaigns } = useQuery(campaignsQuery(subject));
  const { data: links, error, refetch } = useQuery(linksQuery(subject));

  const shown = () => {
    if (!links) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={140} />;
    if (links.length === 0) return <NothingYet title={t('fan.noShares')}>{t('fan.noSharesText')}</NothingYet>;
    const shared = [...new Set(links.map(({ campaignId }) => campaignId))];
    return (
      <Stack gap="md">
        {shared.map((campaignId) => (
          <ShareTable
            key={campaignId}
            subject={subject}
            campaignId={campaignId}
            name={campaigns?.find((campaign) => campaign.campaignId === campaignId)?.name ?? ''}
          />
        ))}
      </Stack>
    );
  };
  return <Section title={t('fan.shares')}>{shown()}</Section>;
};
