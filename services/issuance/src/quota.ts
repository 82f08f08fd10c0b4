import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';

/**
 * A part of a campaign's quota: what one rule of its allotment reserves (`lane` is the rule's position), or the rest, which
 * is for everybody and for grants.
 */
export interface Part {
  campaignId: string;
  lane?: number | undefined;
}

/** What of a part of the quota nobody holds, and the next index that it has in the claimable batch; `room` is their end. */
export type Pool =
  | { status: 'none' }
  | { status: 'open' | 'stopped'; batch: number; keyVersion: number; left: number; nextIndex: number; room: number };

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
  lane?: number | undefined;
  batch: number;
  keyVersion: number;
  left: number;
  nextIndex: number;
  room: number;
}
export const poolOpened = (pool: PoolOpened) => ({
  type: 'pool.opened',
  data: pool,
});
export const poolTaken = (codes: number) => ({ type: 'pool.taken', data: { codes } });
/** A lane is over: what it has left is for everybody. */
export const poolGivenUp = (lane: number, codes: number) => ({ type: 'pool.given_up', data: { lane, codes } });
export const leaseOpened = (opened: Opened) => ({ type: 'lease.opened', data: opened });
export const leaseClosed = (closed: Closed) => ({ type: 'lease.closed', data: closed });

const partition = (campaignId: string): string => `quota/${campaignId}`;
const within = ({ lane }: Part): string => (lane === undefined ? '' : `lane/${lane}/`);
const leasePrefix = 'lease/';

export const poolRef = (part: Part): Ref<Pool> => ({
  pk: partition(part.campaignId),
  sk: `${within(part)}pool`,
  initial: { status: 'none' },
  evolve: (pool, fact) => {
    if (fact.type === 'pool.opened') {
      const { lane, ...opened } = fact.data as PoolOpened;
      return lane === part.lane ? { status: 'open', ...opened } : pool;
    }
    if (pool.status === 'none') return pool;
    if (fact.type === 'pool.taken') return { ...pool, left: pool.left - (fact.data as { codes: number }).codes };
    if (fact.type === 'pool.given_up') {
      const { lane, codes } = fact.data as { lane: number; codes: number };
      const change = part.lane === undefined ? codes : part.lane === lane ? -codes : 0;
      return { ...pool, left: pool.left + change };
    }
    if (fact.type === 'lease.opened') {
      const { from, end } = fact.data as Opened;
      return { ...pool, left: pool.left - (end - from), nextIndex: end };
    }
    if (fact.type === 'lease.closed') {
      const { next, end } = fact.data as Closed;
      // The last slice gives back its indexes too, for nobody has seen them; one in the middle only its count.
      return { ...pool, left: pool.left + (end - next), nextIndex: end === pool.nextIndex ? next : pool.nextIndex };
    }
    switch ((fact as AnyFact).type) {
      case 'campaign.paused':
      case 'campaign.closed':
        return { ...pool, status: 'stopped' };
      case 'campaign.resumed':
        return { ...pool, status: 'open' };
      default:
        return pool;
    }
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
): { pools: PoolOpened[]; size: number } => {
  const reserved = lanes.reduce((sum, { places }) => sum + places, 0);
  const pools: PoolOpened[] = [{ ...pinned, left: quota - reserved, nextIndex: 0, room: roomFor(quota) }];
  for (const { rule, places } of lanes) {
    const from = (pools.at(-1) as PoolOpened).room;
    pools.push({ ...pinned, lane: rule, left: places, nextIndex: from, room: from + roomFor(places) });
  }
  return { pools, size: (pools.at(-1) as PoolOpened).room };
};
