import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { revokedQuery } from '../grants/queries.ts';
import { lostHoldsQuery, touchesQuery } from './queries.ts';

/** Batches of which a canary was touched: those that are revoked are dealt with. */
export const useRevokedBatches = (subject: string): Set<number> => {
  const { data: revoked } = useQuery(revokedQuery(subject));
  return new Set(revoked?.map((entry) => Number(entry.subject.slice('batch/'.length))));
};

/** How many alerts are open, by the newest of each kind: an order without a code, a batch in wrong hands. */
export const useOpenAlerts = (subject: string): { count: number; isMore: boolean } => {
  const { data: lost } = useInfiniteQuery(lostHoldsQuery(subject));
  const { data: touches } = useInfiniteQuery(touchesQuery(subject));
  const revoked = useRevokedBatches(subject);
  const [lostPage] = lost?.pages ?? [];
  const [touchPage] = touches?.pages ?? [];
  const open = lostPage?.items.filter(({ madeGoodAt }) => madeGoodAt === undefined).length ?? 0;
  const leaked = new Set(touchPage?.items.map(({ batch }) => batch).filter((batch) => !revoked.has(batch)));
  return {
    count: open + leaked.size,
    isMore: lostPage?.cursor !== undefined || touchPage?.cursor !== undefined,
  };
};
