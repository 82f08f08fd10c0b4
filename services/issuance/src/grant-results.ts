import type { Store } from '@fcode/dynamo';
import { codesIn, type GrantFile, type GrantJob, type RowsPage, rowsIn, rowsRef, sentIn } from './grant-job.ts';
import { isKnown, standingRef } from './standing.ts';

type Known = Exclude<GrantJob, { status: 'none' }>;

const wrong = ['no_member', 'no_count', 'too_many_fields'] as const;
/** What became of a row. */
export const results = ['granted', 'waiting', 'cancelled', ...wrong] as const;
type Result = (typeof results)[number];
/** By what rows are asked for: a result, that it is any of those which get no code, or that its member was never heard of. */
export const wantedResults = [...results, 'invalid', 'unknown'] as const;
type Wanted = (typeof wantedResults)[number];

interface RowResult {
  row: number;
  line?: number;
  text?: string;
  memberId?: string;
  isUnknown?: true;
  codes?: number;
  result: Result;
  batch?: number;
  from?: number;
}

/** Pages of a thousand rows that one answer looks through for a result, and rows of it that are enough for an answer. */
export const lookedAtMost = 20;
export const enough = 100;
/** The same for members that were never heard of: each member of a page is looked up. */
export const lookedUpAtMost = 2;

/** Pages before this one have their codes. */
const givenBefore = (grant: Known, { pages }: GrantFile): number => {
  if (grant.status === 'done') return pages;
  return grant.status === 'running' ? grant.page : 0;
};

const resultsIn = (grant: Known, file: GrantFile, page: number, kept: RowsPage): RowResult[] => {
  const isGiven = page < givenBefore(grant, file);
  const waiting = grant.status === 'cancelled' ? 'cancelled' : 'waiting';
  const { lines, refused = [] } = sentIn(kept);
  const lineOf = lineOfRows(lines);
  let [index, nth] = [kept.index, 0];
  return rowsIn(kept).map((one, offset) => {
    const line = lineOf(offset);
    const row = { row: kept.row + offset + 1, ...(line === undefined ? {} : { line }) };
    if (one.length === 1) {
      const text = refused[nth];
      nth += 1;
      return { ...row, ...(text === undefined ? {} : { text }), result: one[0] };
    }
    const from = index;
    index += codesIn(one);
    const [memberId, codes] = one;
    return isGiven && 'batch' in grant
      ? { ...row, memberId, codes, result: 'granted', batch: grant.batch, from }
      : { ...row, memberId, codes, result: waiting };
  });
};

/** On which line the rows of a page stand, asked for one after the other. */
const lineOfRows = (lines: [row: number, line: number][] = []) => {
  let at = 0;
  return (row: number): number | undefined => {
    if (lines[at + 1]?.[0] === row) at += 1;
    const from = lines[at];
    return from && from[1] + row - from[0];
  };
};

/** The same rows, and of whom of them nothing was ever heard: one look for all of them. */
const withUnknown = async (store: Store, rows: readonly RowResult[], deadline: number): Promise<RowResult[]> => {
  const members = [...new Set(rows.flatMap(({ memberId }) => memberId ?? []))];
  const standings = await store.read(members.map(standingRef), deadline);
  const unknown = new Set(members.filter((_, at) => standings[at] !== undefined && !isKnown(standings[at].state)));
  return rows.map((row) =>
    row.memberId !== undefined && unknown.has(row.memberId) ? { ...row, isUnknown: true } : row,
  );
};

const isOf = (wanted: Wanted | undefined, result: Result): boolean =>
  wanted === undefined ||
  wanted === 'unknown' ||
  wanted === result ||
  (wanted === 'invalid' && wrong.some((one) => one === result));

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
    case 'unknown':
      return all;
    default:
      return file.invalid === 0 ? none : all;
  }
};

/** How many pages one answer looks through. */
const atOnce = (wanted: Wanted | undefined): number => {
  if (wanted === undefined) return 1;
  return wanted === 'unknown' ? lookedUpAtMost : lookedAtMost;
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
  const until = Math.min(end, from + atOnce(wanted));
  // Who approves must see them, and who asks for them; what was given is not looked up again with every look at it.
  const isMarked = grant.status === 'waiting' || wanted === 'unknown';
  const items: RowResult[] = [];
  let next = from;
  while (next < until && items.length < enough) {
    const [{ state: kept }] = await store.read([rowsRef(file.upload, next)], deadline);
    const found = resultsIn(grant, file, next, kept).filter(({ result }) => isOf(wanted, result));
    const marked = isMarked ? await withUnknown(store, found, deadline) : found;
    items.push(...(wanted === 'unknown' ? marked.filter(({ isUnknown }) => isUnknown) : marked));
    next += 1;
  }
  return { items, ...(next < end ? { next } : {}) };
};
