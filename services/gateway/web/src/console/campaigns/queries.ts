import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { byPage, opsApi } from '../api.ts';
import type { Phase } from './phase-badge.tsx';

/** How often a page asks again, in ms: for numbers that people watch, and for what changes now and then. */
const soon = 2000;
const sometimes = 10_000;

/** All that is known of campaigns, so that a page can say: ask for all of it now. */
export const campaignsKey = (subject: string) => ['ops', subject, 'campaigns'] as const;

export type Order = 'newest' | 'oldest';
export interface Wanted {
  phase: Phase | undefined;
  order: Order;
}

export const campaignsQuery = (subject: string, { phase, order }: Wanted) =>
  infiniteQueryOptions({
    ...byPage,
    queryKey: [...campaignsKey(subject), 'list', phase, order],
    queryFn: ({ pageParam }) =>
      opsApi(subject)
        .campaigns.list({ ...(phase !== undefined && { phase }), order })
        .page({ limit: 20, ...(pageParam !== undefined && { cursor: pageParam }) }),
    placeholderData: keepPreviousData,
    refetchInterval: sometimes,
  });

/** What is in force for all campaigns, such as what points buy. */
export const policyQuery = (subject: string) =>
  queryOptions({
    queryKey: ['ops', subject, 'policy'],
    queryFn: () => opsApi(subject).policy(),
    staleTime: sometimes,
  });

/** The newest, to begin another with. */
export const newestQuery = (subject: string) =>
  queryOptions({
    queryKey: [...campaignsKey(subject), 'newest'],
    queryFn: () => opsApi(subject).campaigns.list().page({ limit: 20 }),
  });

export const campaignQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...campaignsKey(subject), campaignId],
    queryFn: () => opsApi(subject).campaigns.get(campaignId),
    refetchInterval: soon,
  });

export const funnelQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...campaignsKey(subject), campaignId, 'funnel'],
    queryFn: () => opsApi(subject).funnel(campaignId),
    refetchInterval: soon,
  });

export const batchesQuery = (subject: string, campaignId: string) =>
  infiniteQueryOptions({
    ...byPage,
    queryKey: [...campaignsKey(subject), campaignId, 'batches'],
    queryFn: ({ pageParam }) =>
      opsApi(subject)
        .batches(campaignId)
        .page({ limit: 5, ...(pageParam !== undefined && { cursor: pageParam }) }),
    refetchInterval: sometimes,
  });

/** Who waits for its codes, in their order; each page tells how many do, and of the places. */
export const lineQuery = (subject: string, campaignId: string) =>
  infiniteQueryOptions({
    ...byPage,
    queryKey: [...campaignsKey(subject), campaignId, 'line'],
    queryFn: ({ pageParam }) =>
      opsApi(subject)
        .waitlist.line(campaignId)
        .page({ limit: 10, ...(pageParam !== undefined && { cursor: pageParam }) }),
    // All pages that are shown are asked for.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? sometimes : soon),
  });

/** The last things that were done with it. */
export const doneQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...campaignsKey(subject), campaignId, 'done'],
    queryFn: () => opsApi(subject).audit.list({ campaignId }).page({ limit: 5 }),
    refetchInterval: soon,
  });

/** Whether it was killed at checkout, which only the audit log tells. */
export const killedQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...campaignsKey(subject), campaignId, 'killed'],
    queryFn: async () => {
      const { items } = await opsApi(subject).audit.list({ campaignId, action: 'checkout.killed' }).page({ limit: 1 });
      return items.length > 0;
    },
    refetchInterval: ({ state }) => (state.data === true ? false : soon),
  });
