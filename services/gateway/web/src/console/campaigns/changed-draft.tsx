import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CampaignForm } from './campaign-form.tsx';
import { draftOf } from './draft.ts';
import { NoCampaign } from './no-campaign.tsx';
import { campaignQuery } from './queries.ts';

/** The form filled with a draft. What is saved takes its place: the system keeps a draft as it was written. */
export const ChangedDraft = ({ subject, campaignId }: { subject: string; campaignId: string }) => {
  const { t } = useTranslation();
  const { data: draft, error, refetch } = useQuery({ ...campaignQuery(subject, campaignId), refetchInterval: false });
  if (!draft) return <NoCampaign error={error} onRetry={refetch} />;
  if (draft.phase !== 'draft') return <Text>{t('console.campaigns.form.notDraft')}</Text>;
  return <CampaignForm subject={subject} first={(now) => draftOf(draft, now)} replaces={campaignId} />;
};
