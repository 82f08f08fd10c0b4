import { useInfiniteQuery } from '@tanstack/react-query';
import type { GrantJob } from '../api.ts';
import { waitingGrantsQuery } from './queries.ts';
import { waitsFor } from './use-grant-text.ts';

/** Of a campaign, the grants that wait for approval, as far as they are known here: those for this operator first. */
export const useWaitingGrants = (subject: string): ((campaignId: string) => GrantJob[]) => {
  const { data } = useInfiniteQuery(waitingGrantsQuery(subject));
  const waiting = data?.pages.flatMap(({ items }) => items) ?? [];
  return (campaignId) =>
    yoursFirst(
      subject,
      waiting.filter((grant) => grant.campaignId === campaignId),
    );
};

/** Grants that wait, those first that this operator could approve now. */
export const yoursFirst = (subject: string, grants: readonly GrantJob[]): GrantJob[] => [
  ...grants.filter((grant) => waitsFor(subject, grant)),
  ...grants.filter((grant) => !waitsFor(subject, grant)),
];
