import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { revokedQuery, waitingGrantsQuery } from '../grants/queries.ts';
import { waitsFor } from '../grants/use-grant-text.ts';
import { lostHoldsQuery, touchesQuery } from './queries.ts';

/** A file may be tried long after its batch was revoked; so far back, in ms, the log is looked at. */
const lookBack = 90 * 86_400_000;

/** Of batches whose canaries were touched, those that are revoked: they are dealt with. */
export const useRevokedBatches = (subject: string): Set<number> => {
  const { data: touches } = useInfiniteQuery(touchesQuery(subject));
  const first = touches?.pages.at(-1)?.items.at(-1)?.touchedAt;
  const since = first === undefined ? undefined : new Date(Date.parse(first) - lookBack).toISOString();
  const { data: revoked } = useQuery(revokedQuery(subject, since));
  return new Set(revoked?.map((entry) => Number(entry.subject.slice('batch/'.length))));
};

/** How many alerts are open, by the newest of each kind: a grant that waits for this operator, an order without a code, a batch in wrong hands. */
export const useOpenAlerts = (subject: string): { count: number; isMore: boolean } => {
  const { data: lost } = useInfiniteQuery(lostHoldsQuery(subject));
  const { data: touches } = useInfiniteQuery(touchesQuery(subject));
  const { data: waiting } = useInfiniteQuery(waitingGrantsQuery(subject));
  const revoked = useRevokedBatches(subject);
  const [waitingPage] = waiting?.pages ?? [];
  const [lostPage] = lost?.pages ?? [];
  const [touchPage] = touches?.pages ?? [];
  const open = lostPage?.items.filter(({ madeGoodAt }) => madeGoodAt === undefined).length ?? 0;
  const leaked = new Set(touchPage?.items.map(({ batch }) => batch).filter((batch) => !revoked.has(batch)));
  return {
    count: (waitingPage?.items.filter((grant) => waitsFor(subject, grant)).length ?? 0) + open + leaked.size,
    isMore: waitingPage?.cursor !== undefined || lostPage?.cursor !== undefined || touchPage?.cursor !== undefined,
  };
};
