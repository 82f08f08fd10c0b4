import type { Store } from '@fcode/dynamo';
import { codesIn, type GrantFile, type GrantJob, type RowsPage, rowsIn, rowsRef } from './grant-job.ts';

type Known = Exclude<GrantJob, { status: 'none' }>;

const wrong = ['no_member', 'no_count', 'too_many_fields'] as const;
/** What became of a row. */
export const results = ['granted', 'waiting', 'cancelled', ...wrong] as const;
type Result = (typeof results)[number];
/** By what rows are asked for: a result, or that it is any of those which get no code. */
export const wantedResults = [...results, 'invalid'] as const;
type Wanted = (typeof wantedResults)[number];

interface RowResult {
  row: number;
  memberId?: string;
  codes?: number;
  result: Result;
  batch?: number;
  from?: number;
}

/** Pages of a thousand rows that one answer looks through for a result, and rows of it that are enough for an answer. */
export const lookedAtMost = 20;
export const enough = 100;

/** Pages before this one have their codes. */
const givenBefore = (grant: Known, { pages }: GrantFile): number => {
  if (grant.status === 'done') return pages;
  return grant.status === 'running' ? grant.page : 0;
};

const resultsIn = (grant: Known, file: GrantFile, page: number, kept: RowsPage): RowResult[] => {
  const isGiven = page < givenBefore(grant, file);
  const waiting = grant.status === 'cancelled' ? 'cancelled' : 'waiting';
  let index = kept.index;
  return rowsIn(kept).map((one, offset) => {
    const row = kept.row + offset + 1;
    if (one.length === 1) return { row, result: one[0] };
    const from = index;
    index += codesIn(one);
    const [memberId, codes] = one;
    return isGiven && 'batch' in grant
      ? { row, memberId, codes, result: 'granted', batch: grant.batch, from }
      : { row, memberId, codes, result: waiting };
  });
};

const isOf = (wanted: Wanted | undefined, result: Result): boolean =>
  wanted === undefined || wanted === result || (wanted === 'invalid' && wrong.some((one) => one === result));

/** The only pages that can have a result, from `first` to before `end`: of what no row can have, none is read. */
const pagesWith = (grant: Known, file: GrantFile, wanted: Wanted | undefined): { first: number; end: number } => {
  const given = givenBefore(grant, file);
  const none = { first: 0, end: 0 };
  const all = { first: 0, end: file.pages };
  switch (wanted) {
    case undefined:
      return all;
    case 'granted':
      return { first: 0, end: given };
    case 'waiting':
      return grant.status === 'cancelled' ? none : { first: given, end: file.pages };
    case 'cancelled':
      return grant.status === 'cancelled' ? all : none;
    default:
      return file.invalid === 0 ? none : all;
  }
};

/**
 * What became of the rows of a page, in its order; with `wanted`, of the rows that it asks for from that page on: until there
 * are enough, or so many pages were looked through. `next`: the page to go on with, where there may be more. Rejects with
 * StoreBusy.
 */
export const readResults = async (
  store: Store,
  grant: Known,
  { page, wanted, deadline }: { page: number; wanted: Wanted | undefined; deadline: number },
): Promise<{ items: RowResult[]; next?: number }> => {
  const { file } = grant;
  if (!file) return { items: [] };
  const { first, end } = pagesWith(grant, file, wanted);
  const from = Math.max(page, first);
  const until = Math.min(end, from + (wanted === undefined ? 1 : lookedAtMost));
  const items: RowResult[] = [];
  let next = from;
  while (next < until && items.length < enough) {
    const [{ state: kept }] = await store.read([rowsRef(file.upload, next)], deadline);
    items.push(...resultsIn(grant, file, next, kept).filter(({ result }) => isOf(wanted, result)));
    next += 1;
  }
  return { items, ...(next < end ? { next } : {}) };
};
