import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { CampaignForm } from './campaign-form.tsx';
import { draftLike, newDraft } from './draft.ts';
import { NoCampaign } from './no-campaign.tsx';
import { campaignQuery } from './queries.ts';
import { StartFrom } from './start-from.tsx';

/** The form for a new drop, empty or like an earlier one. */
export const PlannedDrop = ({ subject }: { subject: string }) => {
  const [search, setSearch] = useSearchParams();
  const from = search.get('from') ?? '';
  const {
    data: earlier,
    error,
    refetch,
  } = useQuery({
    ...campaignQuery(subject, from),
    enabled: from !== '',
    // Only to begin with: what is written meanwhile stays.
    refetchInterval: false,
  });
  const first = from === '' ? newDraft : earlier && ((now: number) => draftLike(earlier, now));
  return (
    <Stack gap="lg">
      <StartFrom
        subject={subject}
        from={from}
        name={earlier?.name}
        onChoose={(campaignId) => setSearch(campaignId === '' ? {} : { from: campaignId }, { replace: true })}
      />
      {first ? (
        <CampaignForm key={from} subject={subject} first={first} />
      ) : (
        <NoCampaign error={error} onRetry={refetch} />
      )}
    </Stack>
  );
};
