import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type CampaignDefinition, opsApi } from '../api.ts';

export type PreviewBody = Pick<CampaignDefinition, 'allotment' | 'regions'>;
export type Preview = Awaited<ReturnType<ReturnType<typeof opsApi>['campaigns']['preview']>>;

/** How often the members are counted again, in ms: a page that is left open must not be of yesterday. */
const again = 30_000;

/** Who would get what of an allotment now. What was counted before is shown until it is there. */
export const previewQuery = (subject: string, body: PreviewBody | undefined) =>
  queryOptions({
    queryKey: ['ops', subject, 'preview', body],
    queryFn: () => opsApi(subject).campaigns.preview(body ?? { allotment: {} }),
    enabled: body !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: again,
  });
