import { fromTheTop, type Ranked, type Store } from '@fcode/dynamo';
import { isOfSegment, type Ladder, type Standing, Unavailable } from '@fcode/policy';
import { memberPartition } from './member-codes.ts';
import { standingRef } from './standing.ts';

/** A member whose standing was heard. */
export interface KnownMember {
  memberId: string;
  standing: Standing;
}

/** Standings of one read: a round trip of the store's, which leaves others their places in its queue. */
const readAtOnce = 400;

interface OnBoard {
  memberId: string;
  rank: bigint;
}

const onBoard = ({ key, rank }: Ranked): OnBoard => ({
  memberId: key.pk.slice(memberPartition('').length),
  rank: BigInt(rank),
});

const byRank = (a: OnBoard, b: OnBoard): number => (a.rank === b.rank ? 0 : a.rank > b.rank ? -1 : 1);

/** The standings of some members, in their order, a few hundred at a time. `deadline` in ms of performance.now(). */
export async function* standingsOf(
  store: Store,
  memberIds: Iterable<string> | AsyncIterable<string>,
  deadline: number,
): AsyncGenerator<KnownMember> {
  let some: string[] = [];
  const read = async (): Promise<KnownMember[]> => {
    const found = await store.read(some.map(standingRef), deadline);
    return found.map(({ state: { standing } }, position) => ({ memberId: some[position] as string, standing }));
  };
  for await (const memberId of memberIds) {
    some.push(memberId);
    if (some.length < readAtOnce) continue;
    yield* await read();
    some = [];
  }
  if (some.length > 0) yield* await read();
}

/** Each once: a score that falls while the board is read comes again, further down. */
async function* onceEach(members: AsyncIterable<Ranked>): AsyncGenerator<string> {
  const seen = new Set<string>();
  for await (const member of members) {
    const { memberId } = onBoard(member);
    if (seen.has(memberId)) continue;
    seen.add(memberId);
    yield memberId;
  }
}

/**
 * Members of a segment at `at` (epoch ms), of those whose standing was heard; over all shards, the highest scores first, as far
 * as somebody asks for them. Nobody comes twice; who climbs past the place that is being read may be left out. Where members
 * live is not known: `region` is empty for all of them. `deadline` in ms of performance.now(). Rejects with StoreBusy.
 */
export async function* membersOf(
  store: Store,
  ladder: Ladder,
  segment: string,
  { at, deadline }: { at: number; deadline: number },
): AsyncGenerator<string> {
  for await (const { memberId, standing } of standingsOf(store, onceEach(fromTheTop(store)), deadline)) {
    if (isOfSegment(ladder, segment, { memberId, standing, region: '' }, at)) yield memberId;
  }
}

/** Some of the members whose standing was heard, and how many of those there are for each that is in it. */
export interface Sample {
  /** The highest scores first. */
  memberIds: string[];
  /** 1 where it is all of them. */
  scale: number;
  isWhole: boolean;
}

/** The members on some shards; undefined where there are more than `most`. */
const wholeShards = async (
  store: Store,
  shards: readonly number[],
  most: number,
  deadline: number,
): Promise<OnBoard[] | undefined> => {
  const found: OnBoard[] = [];
  for (const shard of shards) {
    for await (const one of store.table.board(String(shard))) {
      if (found.length >= most) return undefined;
      if (performance.now() >= deadline) throw new Unavailable('There are too many members to look through in time.');
      found.push(onBoard(one));
    }
  }
  return found;
};

/**
 * Whole shards of the board, one after the other, with `atMost` members together. A hash decides on which shard a member is,
 * so that none is better than another; where the count of shards has changed, those on which a member can be by now are looked
 * at together. Of a first shard that is too large by itself it is every n-th, from the highest down. `deadline` in ms of performance.now(). Rejects with Unavailable.
 */
export const sampleOf = async (
  store: Store,
  { atMost, deadline }: { atMost: number; deadline: number },
): Promise<Sample> => {
  const { fewest, most } = await store.spread();
  const alike = (remainder: number) => Array.from({ length: most / fewest }, (_, turn) => remainder + turn * fewest);
  const members = (await wholeShards(store, alike(0), Number.POSITIVE_INFINITY, deadline)) ?? [];
  let shards = 1;
  for (; shards < fewest; shards += 1) {
    const more = await wholeShards(store, alike(shards), atMost - members.length, deadline);
    if (!more) break;
    members.push(...more);
  }
  // Of several shards each is in order.
  members.sort(byRank);
  const known = members.length;
  const looked = Math.min(known, atMost);
  const stepOf = (position: number): number => Math.floor((position * looked) / known);
  const sample = members.filter((_, position) => stepOf(position) !== stepOf(position - 1));
  return {
    memberIds: sample.map(({ memberId }) => memberId),
    scale: known === 0 ? 1 : (known * fewest) / shards / looked,
    isWhole: shards === fewest && known <= atMost,
  };
};
