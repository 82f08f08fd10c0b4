import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type AuditEntry, byPage, type GrantJob, type GrantRowsQuery, opsApi } from '../api.ts';
import { filledPage } from '../common/filled-page.ts';

/** How often a page asks again, in ms: while something runs, while it waits for somebody, and otherwise. */
const atOnce = 1000;
const soon = 3000;
const sometimes = 10_000;

export type GrantStatus = GrantJob['status'];

/** All of a campaign's grants, so that a page can say: ask for them now. */
export const grantsKey = (subject: string, campaignId: string) => ['ops', subject, 'grants', campaignId] as const;

const grantsAtOnce = 20;
export const grantsQuery = (subject: string, campaignId: string, status: GrantStatus | undefined) =>
  infiniteQueryOptions({
    queryKey: [...grantsKey(subject, campaignId), 'list', status ?? 'all'],
    queryFn: ({ pageParam }) => {
      const list = opsApi(subject).grants.list(campaignId, status === undefined ? {} : { status });
      return filledPage((query) => list.page({ ...query, limit: grantsAtOnce }), pageParam);
    },
    ...byPage,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some((grant) => grant.status === 'running')) ? soon : sometimes,
  });

const waitingAtOnce = 50;
export const waitingGrantsKey = (subject: string) => ['ops', subject, 'waiting-grants'] as const;

/** Grants of all campaigns that wait for approval, newest first. */
export const waitingGrantsQuery = (subject: string) =>
  infiniteQueryOptions({
    queryKey: waitingGrantsKey(subject),
    queryFn: ({ pageParam: cursor }) =>
      opsApi(subject)
        .grants.waiting()
        .page({ limit: waitingAtOnce, ...(cursor !== undefined && { cursor }) }),
    ...byPage,
    refetchInterval: sometimes,
  });

export const grantQuery = (subject: string, campaignId: string, grantId: string) =>
  queryOptions({
    queryKey: [...grantsKey(subject, campaignId), 'one', grantId],
    queryFn: () => opsApi(subject).grants.get(campaignId, grantId),
    refetchInterval: ({ state }) => {
      if (state.data?.status === 'running') return atOnce;
      return state.data?.status === 'waiting' ? soon : false;
    },
  });

export const campaignQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: ['ops', subject, 'campaign-named', campaignId],
    queryFn: () => opsApi(subject).campaigns.get(campaignId),
    staleTime: 30_000,
  });

/** How many members a condition is of now. */
export const segmentQuery = (subject: string, when: string) =>
  queryOptions({
    queryKey: ['ops', subject, 'segment', when],
    queryFn: () => opsApi(subject).campaigns.preview({ allotment: [{ when, codes: 1 }] }),
    enabled: when !== '',
    staleTime: 30_000,
  });

export const namedQuery = (subject: string, name: string) =>
  queryOptions({
    queryKey: ['ops', subject, 'named', name],
    queryFn: () => opsApi(subject).checkout.named(name),
    refetchInterval: sometimes,
  });

/** A page of a thousand rows, as they are while the grant is in its state; then they are others. */
export const rowsQuery = (subject: string, { campaignId, grantId, status }: GrantJob, page: number) =>
  queryOptions({
    queryKey: [...grantsKey(subject, campaignId), 'rows', grantId, status, page],
    queryFn: async () => {
      const params = { path: { campaignId, grantId }, query: { page: String(page) } };
      const { data } = await opsApi(subject).api.GET('/v1/campaigns/{campaignId}/grants/{grantId}/rows', { params });
      return data ?? { items: [] };
    },
    placeholderData: keepPreviousData,
    refetchInterval: status === 'running' ? soon : false,
  });

export type RowsWanted = NonNullable<GrantRowsQuery['result']>;

/** Rows of one result, as far as they are looked for; where there are few, several answers are asked for at once. */
export const rowsWithQuery = (subject: string, { campaignId, grantId, status }: GrantJob, result: RowsWanted) =>
  infiniteQueryOptions({
    queryKey: [...grantsKey(subject, campaignId), 'rows', grantId, status, result],
    queryFn: ({ pageParam }) =>
      filledPage(async ({ cursor = '0' }) => {
        const params = { path: { campaignId, grantId }, query: { result, page: cursor } };
        const { data } = await opsApi(subject).api.GET('/v1/campaigns/{campaignId}/grants/{grantId}/rows', { params });
        const { items = [], next } = data ?? {};
        return { items, ...(next !== undefined && { cursor: String(next) }) };
      }, pageParam),
    ...byPage,
    // What gets nothing stays so, and is the rarest: a long file need not be looked through again. Nor are members looked up.
    refetchInterval: status === 'running' && result !== 'invalid' && result !== 'unknown' ? soon : false,
  });

/** That a batch was revoked: by whom and why. */
export type Revoked = Pick<AuditEntry, 'at' | 'who' | 'subject' | 'reason'>;
const revoked = 'revoked';
export const isRevoked = (queryKey: readonly unknown[]): boolean => queryKey[2] === revoked;

const revocationsAtMost = 100;
/** Batches that were revoked since an instant, newest first; the batch itself does not tell. Without the instant it is not asked. */
export const revokedQuery = (subject: string, since: string | undefined, campaignId?: string) =>
  queryOptions({
    queryKey: ['ops', subject, revoked, since ?? 'never', campaignId ?? 'all'],
    queryFn: async (): Promise<Revoked[]> => {
      const wanted = {
        action: 'batch.revoked' as const,
        ...(since !== undefined && { from: since }),
        ...(campaignId !== undefined && { campaignId }),
      };
      const list = opsApi(subject).audit.list(wanted);
      const { items } = await filledPage((query) => list.page({ ...query, limit: revocationsAtMost }), undefined);
      return items;
    },
    enabled: since !== undefined,
    refetchInterval: sometimes,
  });
