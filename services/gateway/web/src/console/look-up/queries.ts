import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { byPage, opsApi } from '../api.ts';
import { filledPage } from '../common/filled-page.ts';
import type { Entry } from './entry.ts';

/** How often what is looked at is asked for again, in ms: it may be going on. */
const soon = 3000;
const entriesAtOnce = 50;

export type Order = 'newest' | 'oldest';

/** All that was looked up, so that a page can say: it is another now. */
export const lookUpKey = (subject: string) => ['ops', subject, 'look-up'] as const;

interface Shown {
  entries: Entry[];
  cursor?: string;
}
const shownOf = ({ items, cursor }: { items: Entry[]; cursor?: string }): Shown => ({
  entries: items,
  ...(cursor !== undefined && { cursor }),
});
const paged = {
  initialPageParam: byPage.initialPageParam,
  getNextPageParam: ({ cursor }: { cursor?: string }) => cursor,
  refetchInterval: soon,
};

/** A page of a code's history: the code by `batch.index`, or as printed. */
const historyPage = async (subject: string, code: string, query: { order: Order; cursor?: string; limit: number }) => {
  const { data } = await opsApi(subject).api.POST('/v1/codes/history', { params: { query }, body: { code } });
  // What is refused is thrown.
  if (!data) throw new Error('A history without a body.');
  return data;
};

/** What a printed code is called where it may be seen: `batch.index`. */
export const numberOf = async (subject: string, printed: string): Promise<string> => {
  const { batch, index } = await historyPage(subject, printed, { order: 'oldest', limit: 1 });
  return `${batch}.${index}`;
};

export const codeQuery = (subject: string, code: string, order: Order) =>
  infiniteQueryOptions({
    queryKey: [...lookUpKey(subject), 'code', code, order],
    queryFn: ({ pageParam: cursor }) =>
      historyPage(subject, code, { order, limit: entriesAtOnce, ...(cursor !== undefined && { cursor }) }),
    ...paged,
  });

export const orderQuery = (subject: string, orderId: string, shop: string | undefined, order: Order) =>
  infiniteQueryOptions({
    queryKey: [...lookUpKey(subject), 'order', orderId, shop ?? 'any', order],
    queryFn: async ({ pageParam }) => {
      const list = opsApi(subject).orderHistory(orderId, { order, ...(shop !== undefined && { shop }) });
      return shownOf(await filledPage((query) => list.page({ ...query, limit: entriesAtOnce }), pageParam));
    },
    ...paged,
  });

export const memberQuery = (subject: string, memberId: string, order: Order) =>
  infiniteQueryOptions({
    queryKey: [...lookUpKey(subject), 'member', memberId, order],
    queryFn: async ({ pageParam: cursor }) =>
      shownOf(
        await opsApi(subject)
          .memberHistory(memberId, { order })
          .page({ limit: entriesAtOnce, ...(cursor !== undefined && { cursor }) }),
      ),
    ...paged,
  });

export const standingOfQuery = (subject: string, memberId: string) =>
  queryOptions({
    queryKey: [...lookUpKey(subject), 'standing', memberId],
    queryFn: () => opsApi(subject).standing(memberId),
    refetchInterval: soon,
  });
