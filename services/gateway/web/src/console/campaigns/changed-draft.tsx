import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CampaignForm } from './campaign-form.tsx';
import { draftOf } from './draft.ts';
import { NoCampaign } from './no-campaign.tsx';
import { campaignQuery } from './queries.ts';

/** The form filled with a draft, as it was when the form was opened: what is saved takes its place, if nobody else's has. */
export const ChangedDraft = ({ subject, campaignId }: { subject: string; campaignId: string }) => {
  const { t } = useTranslation();
  const { data: draft, error, refetch } = useQuery({ ...campaignQuery(subject, campaignId), refetchInterval: false });
  /** How often it was opened: each time with what stood there then. */
  const [times, setTimes] = useState(1);
  if (!draft) return <NoCampaign error={error} onRetry={refetch} />;
  if (draft.phase !== 'draft') return <Text>{t('console.campaigns.form.notDraft')}</Text>;
  return (
    <CampaignForm
      key={times}
      subject={subject}
      first={(now) => draftOf(draft, now)}
      edits={draft}
      onReopen={async () => {
        await refetch();
        setTimes(times + 1);
      }}
    />
  );
};
