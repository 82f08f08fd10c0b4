import type { Item, Key, Ref, Request, Store } from '@fcode/dynamo';
import { type Heard, padSequence } from '@fcode/events';
import { accept, again, type Fact } from '@fcode/policy';
import {
  type Action,
  actionOf,
  type Before,
  exportAction,
  type OpsEvent,
  subjectOf,
  type Told,
} from './audit-actions.ts';
import { readRewardBefore, readStatus } from './history.ts';
import { digestOf, instantOf, monthOf, placeOf } from './places.ts';

/** What an operator did, as it is kept for good. */
interface Kept extends Action {
  at: string;
  subject: string;
  eventId: string;
  correlationId: string;
}

/** As it is shown. `before` is what this log knows of it by now, so that it is the same in whatever order it was heard. */
export interface AuditEntry extends Omit<Kept, 'before'> {
  before?: Told;
}

const keptKind = {
  initial: { kept: undefined as Kept | undefined },
  evolve: (state: { kept: Kept | undefined }, { type, data }: Fact) =>
    type === 'action.heard' ? { kept: data as Kept } : state,
};

/** A month is spread over so many partitions: a thousand members are awarded a badge within a second. */
const shards = ['0', '1', '2', '3'] as const;

const partitionOf = (month: string, shard: string): string => `audit/${month}/${shard}`;

/** The same event always lands on the same item. */
const keyOf = (told: Parameters<typeof placeOf>[0]): Key => {
  const place = placeOf(told);
  const shard = shards[Number.parseInt(digestOf(told.id).slice(0, 2), 16) % shards.length] as string;
  return { pk: partitionOf(monthOf(place), shard), sk: place };
};

const sequenceAt = (sk: string): string => sk.split('/')[1] as string;

/** That a month has any: months that have none cost nothing to pass over. */
const monthsPartition = 'audit';
const monthKind = {
  initial: { hasAny: false },
  evolve: (state: { hasAny: boolean }, { type }: Fact) => (type === 'month.begun' ? { hasAny: true } : state),
};
const monthRef = (month: string): Ref<{ hasAny: boolean }> => ({ pk: monthsPartition, sk: month, ...monthKind });

/** What an action left of one thing, in the order of the item that tells of it. */
interface Left {
  left?: Told;
}
const leftKind = {
  initial: {} as Left,
  evolve: (state: Left, { type, data }: Fact): Left => (type === 'left.heard' ? { left: data as Told } : state),
};
const trailOf = (thing: string): string => `trail/${thing}`;

/** Puts what is not there yet; nothing of it is ever changed. */
const putOnce = async <State>(
  store: Store,
  request: Request,
  ref: Ref<State>,
  isThere: (state: State) => boolean,
  fact: Fact,
): Promise<void> => {
  await store.change([ref], (state) => (isThere(state) ? again({}) : accept([fact], {})), request);
};

/** The month first: what stands in it can be found by it. */
const beginMonth = async (store: Store, request: Request, month: string, begun: Set<string>): Promise<void> => {
  if (begun.has(month)) return;
  await putOnce(store, request, monthRef(month), ({ hasAny }) => hasAny, { type: 'month.begun', data: {} });
  begun.add(month);
};

const putKept = (store: Store, request: Request, key: Key, kept: Kept): Promise<void> =>
  putOnce(store, request, { ...key, ...keptKind }, (state) => state.kept !== undefined, {
    type: 'action.heard',
    data: kept,
  });

const putLeft = (
  store: Store,
  request: Request,
  thing: string,
  sequence: number,
  left: Told | undefined,
): Promise<void> => {
  const ref: Ref<Left> = { pk: trailOf(thing), sk: padSequence(sequence), ...leftKind };
  return putOnce(store, request, ref, (state) => state.left !== undefined, { type: 'left.heard', data: left });
};

const exportFilters = ['from', 'to', 'by', 'action', 'campaignId'] as const satisfies (keyof AuditFilter)[];

/**
 * Keeps that an operator exported this log: of the request, since no event tells of it, and the only thing here that could not
 * be built again from the log. `begun` as for `keepAction`. Rejects with StoreBusy.
 */
export const keepExport = async (
  store: Store,
  request: Request,
  { who, ...wanted }: { who: string } & AuditFilter,
  begun: Set<string>,
): Promise<void> => {
  const at = new Date(request.at).toISOString();
  const id = `insights/audit@${request.correlationId}`;
  const exported: Told = {};
  for (const name of exportFilters) {
    const value = wanted[name];
    if (value !== undefined) exported[name] = value;
  }
  const kept: Kept = {
    action: exportAction,
    who,
    ...(Object.keys(exported).length === 0 ? {} : { after: exported }),
    at,
    subject: 'audit',
    eventId: id,
    correlationId: request.correlationId,
  };
  await beginMonth(store, request, monthOf(at), begun);
  await putKept(store, request, keyOf({ id, sequence: 0, time: at }), kept);
};

/** Keeps what an operator did, once. `begun`: months that this process knows to have any. */
export const keepAction = async (
  store: Store,
  request: Request,
  heard: Heard<OpsEvent>,
  begun: Set<string>,
): Promise<void> => {
  const action = actionOf(heard);
  if (!action) return;
  const kept: Kept = {
    ...action,
    at: instantOf(heard.time),
    subject: subjectOf(heard),
    eventId: heard.id,
    correlationId: heard.correlationId,
  };
  await beginMonth(store, request, monthOf(kept.at), begun);
  const { before, after } = action;
  const puts = [putKept(store, request, keyOf(heard), kept)];
  if (before?.by === 'trail' || before?.by === 'badges') {
    puts.push(putLeft(store, request, before.of, heard.sequence, after));
  } else if (before?.by === 'event' && before.leaves) {
    puts.push(putLeft(store, request, before.leaves.of, heard.sequence, before.leaves.left));
  }
  await Promise.all(puts);
};

/** What is asked of the log: `from` is within, `to` is not. */
export interface AuditFilter {
  from?: string | undefined;
  to?: string | undefined;
  by?: string | undefined;
  action?: string | undefined;
  campaignId?: string | undefined;
}

/** Entries that one page looks at in search of those that were asked for. */
export const lookedAtMost = 1000;

/** Entries of a page for which it is read at once what was before. */
const shownTogether = 25;

type Placed = Item<{ kept: Kept | undefined }> & Key;
interface Found {
  sk: string;
  kept: Kept;
}

/** One partition, the newest first, `atOnce` a query. */
async function* entriesOf(
  store: Store,
  pk: string,
  below: string | undefined,
  atOnce: number,
): AsyncGenerator<Placed, undefined> {
  for (let cursor = below; ; ) {
    const page = await store.query(
      { pk, limit: atOnce, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) },
      keptKind,
    );
    yield* page.items;
    cursor = page.cursor;
    if (cursor === undefined) return undefined;
  }
}

/** One month, the newest first, of all its partitions. */
async function* monthFrom(
  store: Store,
  month: string,
  below: string | undefined,
  atOnce: number,
): AsyncGenerator<Placed> {
  const streams = await Promise.all(
    shards.map(async (shard) => {
      const entries = entriesOf(store, partitionOf(month, shard), below, atOnce);
      return { entries, head: (await entries.next()).value };
    }),
  );
  for (;;) {
    const [newest] = streams.toSorted((a, b) => ((a.head?.sk ?? '') < (b.head?.sk ?? '') ? 1 : -1));
    if (!newest?.head) return;
    yield newest.head;
    newest.head = (await newest.entries.next()).value;
  }
}

/** The months that have any, the newest first, from that of `below` to that of `from`. */
async function* monthsOf(store: Store, below: string | undefined, from: string | undefined): AsyncGenerator<string> {
  // After a month comes what begins with it.
  for (let cursor = below && `${monthOf(below)}~`; ; ) {
    const page = await store.query(
      { pk: monthsPartition, limit: 12, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) },
      monthKind,
    );
    for (const { sk } of page.items) {
      if (from !== undefined && sk < monthOf(from)) return;
      yield sk;
    }
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
}

/**
 * A page of what operators did, the newest first. It looks at `lookedAtMost` entries at most, and reads what was before for
 * those that it returns: a page of a rare thing may be short, or empty, and have a cursor all the same. `cursor`: the place
 * that the page before ended at. Rejects with StoreBusy.
 */
export const readAudit = async (
  store: Store,
  { limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string | undefined },
): Promise<{ items: AuditEntry[]; cursor?: string }> => {
  const { items: found, ...rest } = await findActions(store, { limit, cursor, ...filter });
  const trails = trailsOf(store, found);
  const items: AuditEntry[] = [];
  for (let from = 0; from < found.length; from += shownTogether) {
    const some = found.slice(from, from + shownTogether);
    items.push(...(await Promise.all(some.map((one) => shown(store, trails, one)))));
  }
  return { items, ...rest };
};

const findActions = async (
  store: Store,
  { from: since, to: until, limit, cursor, by, action, campaignId }: Parameters<typeof readAudit>[1],
): Promise<{ items: Found[]; cursor?: string }> => {
  const from = since && instantOf(since);
  const to = until && instantOf(until);
  const below = to === undefined || (cursor !== undefined && cursor < to) ? cursor : to;
  const isWanted = (kept: Kept): boolean =>
    (by === undefined || kept.who === by) &&
    (action === undefined || kept.action === action) &&
    (campaignId === undefined || kept.campaignId === campaignId);
  const isFiltered = by !== undefined || action !== undefined || campaignId !== undefined;
  const atOnce = isFiltered ? 100 : Math.ceil(limit / shards.length) + 4;

  const items: Found[] = [];
  let [looked, last] = [0, cursor];
  for await (const month of monthsOf(store, below, from)) {
    for await (const { sk, state } of monthFrom(store, month, below, atOnce)) {
      if (from !== undefined && sk < from) return { items };
      if (items.length === limit || looked === lookedAtMost) return { items, ...(last && { cursor: last }) };
      looked += 1;
      last = sk;
      if (state.kept && isWanted(state.kept)) items.push({ sk, kept: state.kept });
    }
  }
  return { items };
};

/** In one order: what the store gives back has none. */
const ordered = (told: Told): Told =>
  Object.fromEntries(Object.entries(told).sort(([one], [other]) => (one < other ? -1 : 1)));

const shown = async (store: Store, trails: Trails, { sk, kept }: Found): Promise<AuditEntry> => {
  const { at, who, action, subject, campaignId, reason, reference, before, after, eventId, correlationId } = kept;
  const [was, is] =
    before === undefined ? [undefined, after] : await changeOf(store, trails, before, after, sequenceAt(sk), at);
  return {
    at,
    who,
    action,
    subject,
    ...(campaignId === undefined ? {} : { campaignId }),
    ...(reason === undefined ? {} : { reason }),
    ...(reference === undefined ? {} : { reference }),
    ...(was === undefined ? {} : { before: ordered(was) }),
    ...(is === undefined ? {} : { after: ordered(is) }),
    eventId,
    correlationId,
  };
};

/** What was before the action that is `sequence` in its item's order, where that is known, and what was after it. */
const changeOf = async (
  store: Store,
  trails: Trails,
  before: Before,
  after: Told | undefined,
  sequence: string,
  at: string,
): Promise<[before: Told | undefined, after: Told | undefined]> => {
  switch (before.by) {
    case 'event':
      return [before.told, after];
    case 'code':
      return [{ state: await readStatus(store, before, Date.parse(at), sequence) }, after];
    case 'reward':
      return [await readRewardBefore(store, before, sequence), after];
    case 'trail': {
      const { left } = await trails(before.of, sequence, 1);
      return [left[0] ?? before.first, after];
    }
    case 'badges': {
      const { left, isAll } = await trails(before.of, sequence, badgeChangesAtMost);
      if (!isAll) return [undefined, after];
      const badges = left.reduceRight<string[]>(withChange, []);
      return [{ badges }, { ...after, badges: withChange(badges, after) }];
    }
  }
};

/** Of one member, before an action; where there are more, it is not told which badges there were. */
const badgeChangesAtMost = 200;

const withChange = (badges: string[], { awarded, withdrawn }: Told = {}): string[] => {
  const kept = badges.filter((badge) => badge !== awarded && badge !== withdrawn);
  return typeof awarded === 'string' ? [...kept, awarded].sort() : kept;
};

/** What the last `depth` actions on a thing before a sequence left, the newest first, and whether there were no others. */
type Trails = (thing: string, sequence: string, depth: number) => Promise<{ left: Told[]; isAll: boolean }>;

/** For the entries of one page: what several of them are about is read once. */
const trailsOf = (store: Store, found: readonly Found[]): Trails => {
  const read = (thing: string, sequence: string, limit: number) =>
    store.query({ pk: trailOf(thing), limit, newestFirst: true, cursor: sequence }, leftKind);
  const sequences = new Map<string, string[]>();
  for (const { sk, kept } of found) {
    const { before } = kept;
    if (before?.by !== 'trail' && before?.by !== 'badges') continue;
    sequences.set(before.of, [...(sequences.get(before.of) ?? []), sequenceAt(sk)]);
  }
  const shared = new Map<string, ReturnType<typeof read>>();
  const sharedOf = (thing: string, depth: number) => {
    const known = shared.get(thing);
    if (known) return known;
    const of = sequences.get(thing) ?? [];
    // From the last of them on, so far that the first of them has `depth` before it where none is left out between.
    const reading = read(thing, of.toSorted().at(-1) as string, depth + of.length - 1);
    shared.set(thing, reading);
    return reading;
  };
  return async (thing, sequence, depth) => {
    const all = await sharedOf(thing, depth);
    const earlier = all.items.filter(({ sk }) => sk < sequence);
    const isEnough = earlier.length >= depth || all.cursor === undefined;
    const { items, cursor } = isEnough ? { items: earlier, cursor: all.cursor } : await read(thing, sequence, depth);
    const left = items.slice(0, depth).map(({ state }) => state.left ?? {});
    return { left, isAll: cursor === undefined && items.length < depth };
  };
};
