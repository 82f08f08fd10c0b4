import type { Ref } from '@fcode/dynamo';
import type { AnyFact, WaitlistLeft, WaitlistSupplied } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/**
 * A part of a campaign's quota: what one rule of its allotment reserves (`lane` is the rule's position), what came back and is
 * for those who wait, or the rest, which is for everybody and for grants.
 */
export interface Part {
  campaignId: string;
  lane?: number | 'waitlist' | undefined;
}

/** What is kept beside the places for those who wait. */
export interface Waitlist {
  /** Places that are offered, and neither taken nor given on yet. */
  offered: number;
  /** Places that came back since their codes were revoked: so many more codes than the quota were handed out in all. */
  back: number;
  /** Before it nothing is offered. Epoch ms, as the next. */
  opensAt: number;
  /** When places that a rule reserves come back; absent when none will. */
  next?: number | undefined;
  /** The campaign is over: nothing is offered any more. */
  over?: true;
}

/** What of a part of the quota nobody holds, and the next index that it has in the claimable batch; `room` is their end. */
export type Pool =
  | { status: 'none' }
  | {
      status: 'open' | 'stopped';
      batch: number;
      keyVersion: number;
      left: number;
      nextIndex: number;
      room: number;
      waitlist?: Waitlist;
    };

/** A slice of the quota that one instance hands out of: `end − next` codes of the claimable batch. */
export type Lease =
  | { status: 'none' }
  | { status: 'open'; batch: number; keyVersion: number; next: number; end: number };

export interface Opened {
  lease: string;
  batch: number;
  keyVersion: number;
  from: number;
  end: number;
}

/** What a lease gives back: its codes, from `next` to `end`. */
export interface Closed {
  lease: string;
  next: number;
  end: number;
}

/** Facts of this service alone. */
export interface PoolOpened {
  lane?: Part['lane'];
  batch: number;
  keyVersion: number;
  left: number;
  nextIndex: number;
  room: number;
  waitlist?: Waitlist;
}
export const poolOpened = (pool: PoolOpened) => ({
  type: 'pool.opened',
  data: pool,
});
export const poolTaken = (codes: number) => ({ type: 'pool.taken', data: { codes } });
/** What a part has left comes to another: a rule is over, or nobody waits. */
interface Moved {
  from: Part['lane'];
  to: Part['lane'];
  codes: number;
}
export const poolMoved = (moved: Moved) => ({ type: 'pool.moved', data: moved });
/** A code was revoked that nobody had bought with: its place is for those who wait. */
export const placeBack = () => ({ type: 'pool.place_back', data: {} });
/** When to look next for places of rules that are over. */
export const waitlistLooked = (next: number | undefined) => ({ type: 'waitlist.looked', data: { next } });
export const waitlistOver = () => ({ type: 'waitlist.over', data: {} });
export const leaseOpened = (opened: Opened) => ({ type: 'lease.opened', data: opened });
export const leaseClosed = (closed: Closed) => ({ type: 'lease.closed', data: closed });

const partition = (campaignId: string): string => `quota/${campaignId}`;
const within = ({ lane }: Part): string => (lane === undefined ? '' : `lane/${lane}/`);
const leasePrefix = 'lease/';

type Standing = Exclude<Pool, { status: 'none' }>;

const switched = (pool: Standing, fact: Fact): Standing => {
  switch ((fact as AnyFact).type) {
    case 'campaign.paused':
    case 'campaign.closed':
      return { ...pool, status: 'stopped' };
    case 'campaign.resumed':
      return { ...pool, status: 'open' };
    default:
      return pool;
  }
};

/** Places of those who wait: an index is given only with a code, so that an offer that comes to nothing costs none. */
const waitlistAfter = (pool: Standing, waitlist: Waitlist, fact: Fact): Standing => {
  const moved = (left: number, offered: number): Standing => ({
    ...pool,
    left: pool.left + left,
    waitlist: { ...waitlist, offered: waitlist.offered + offered },
  });
  switch (fact.type) {
    case 'waitlist.offered':
      return moved(-1, 1);
    case 'waitlist.lapsed':
      return moved(1, -1);
    case 'waitlist.left':
      return (fact.data as WaitlistLeft['data']).declined ? moved(1, -1) : pool;
    case 'code.claimed':
      return { ...moved(0, -1), nextIndex: pool.nextIndex + 1 };
    case 'pool.place_back':
      return { ...pool, left: pool.left + 1, waitlist: { ...waitlist, back: waitlist.back + 1 } };
    case 'waitlist.looked':
      return { ...pool, waitlist: { ...waitlist, ...(fact.data as { next: number | undefined }) } };
    case 'waitlist.over':
      return { ...pool, waitlist: { ...waitlist, over: true } };
    default:
      return switched(pool, fact);
  }
};

/** When something is to be done about the places of those who wait, in epoch ms; undefined when nothing is. */
const dueIn = (pool: Pool): number | undefined => {
  if (pool.status !== 'open' || !pool.waitlist || pool.waitlist.over) return undefined;
  const { opensAt, next } = pool.waitlist;
  return pool.left > 0 ? opensAt : next && Math.max(next, opensAt);
};

export const poolRef = (part: Part): Ref<Pool> => ({
  pk: partition(part.campaignId),
  sk: `${within(part)}pool`,
  initial: { status: 'none' },
  ...(part.lane === 'waitlist' ? { indexed: (pool: Pool) => ({ dueAt: dueIn(pool) }) } : {}),
  evolve: (pool, fact) => {
    if (fact.type === 'pool.opened') {
      const { lane, ...opened } = fact.data as PoolOpened;
      return lane === part.lane ? { status: 'open', ...opened } : pool;
    }
    if (pool.status === 'none') return pool;
    if (fact.type === 'pool.taken') return { ...pool, left: pool.left - (fact.data as { codes: number }).codes };
    if (fact.type === 'pool.moved') {
      const { from, to, codes } = fact.data as Moved;
      return { ...pool, left: pool.left + (part.lane === to ? codes : 0) - (part.lane === from ? codes : 0) };
    }
    if (fact.type === 'waitlist.supplied') {
      const { places } = fact.data as WaitlistSupplied['data'];
      return { ...pool, left: pool.left + (part.lane === 'waitlist' ? places : -places) };
    }
    if (pool.waitlist) return waitlistAfter(pool, pool.waitlist, fact);
    if (fact.type === 'lease.opened') {
      const { from, end } = fact.data as Opened;
      return { ...pool, left: pool.left - (end - from), nextIndex: end };
    }
    if (fact.type === 'lease.closed') {
      const { next, end } = fact.data as Closed;
      // The last slice gives back its indexes too, for nobody has seen them; one in the middle only its count.
      return { ...pool, left: pool.left + (end - next), nextIndex: end === pool.nextIndex ? next : pool.nextIndex };
    }
    return switched(pool, fact);
  },
});

export const leaseKind = { initial: { status: 'none' } as Lease, evolve: (lease: Lease): Lease => lease };

/** `owned`: by the instance that asks, which alone hands out of it; others only close it. */
export const leaseRef = (part: Part, holder: string, owned = true): Ref<Lease> => ({
  pk: partition(part.campaignId),
  sk: `${within(part)}${leasePrefix}${holder}`,
  initial: { status: 'none' },
  ...(owned ? { owned } : {}),
  evolve: (lease, fact) => {
    if (fact.type === 'lease.opened') {
      const { batch, keyVersion, from, end } = fact.data as Opened;
      return { status: 'open', batch, keyVersion, next: from, end };
    }
    if (fact.type === 'lease.closed') return { status: 'none' };
    if (fact.type === 'code.claimed' && lease.status === 'open') return { ...lease, next: lease.next + 1 };
    return lease;
  },
});

export const leaseHolder = (part: Part, sk: string): string => sk.slice(`${within(part)}${leasePrefix}`.length);
export const leasesOf = (part: Part) => ({ pk: partition(part.campaignId), prefix: `${within(part)}${leasePrefix}` });

export const leftIn = (lease: Lease): number => (lease.status === 'open' ? lease.end - lease.next : 0);

/**
 * Indexes that a claimable batch parses, beyond its quota: a lease that is closed while another was opened after it
 * gives back its count but not its indexes.
 */
const roomFor = (codes: number): number => codes * 4 + 100_000;

/** How a quota is parted when its campaign is published: the indexes of the claimable batch, and so the codes. */
export const partsOf = (
  quota: number,
  lanes: readonly { rule: number; places: number }[],
  pinned: { batch: number; keyVersion: number },
  waitlist?: Waitlist,
): { pools: PoolOpened[]; size: number } => {
  const reserved = lanes.reduce((sum, { places }) => sum + places, 0);
  const pools: PoolOpened[] = [{ ...pinned, left: quota - reserved, nextIndex: 0, room: roomFor(quota) }];
  for (const { rule, places } of lanes) {
    const from = (pools.at(-1) as PoolOpened).room;
    pools.push({ ...pinned, lane: rule, left: places, nextIndex: from, room: from + roomFor(places) });
  }
  if (waitlist) {
    const from = (pools.at(-1) as PoolOpened).room;
    pools.push({ ...pinned, lane: 'waitlist', left: 0, nextIndex: from, room: from + roomFor(quota), waitlist });
  }
  return { pools, size: (pools.at(-1) as PoolOpened).room };
};
