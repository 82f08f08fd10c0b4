import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';

/** What of a campaign's quota nobody holds, and the next index of its claimable batch. */
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
export const poolOpened = (pool: { batch: number; keyVersion: number; left: number; room: number }) => ({
  type: 'pool.opened',
  data: pool,
});
export const poolTaken = (codes: number) => ({ type: 'pool.taken', data: { codes } });
export const leaseOpened = (opened: Opened) => ({ type: 'lease.opened', data: opened });
export const leaseClosed = (closed: Closed) => ({ type: 'lease.closed', data: closed });

const partition = (campaignId: string): string => `quota/${campaignId}`;
const leasePrefix = 'lease/';

export const poolRef = (campaignId: string): Ref<Pool> => ({
  pk: partition(campaignId),
  sk: 'pool',
  initial: { status: 'none' },
  evolve: (pool, fact) => {
    if (fact.type === 'pool.opened') {
      return {
        status: 'open',
        nextIndex: 0,
        ...(fact.data as { batch: number; keyVersion: number; left: number; room: number }),
      };
    }
    if (pool.status === 'none') return pool;
    if (fact.type === 'pool.taken') return { ...pool, left: pool.left - (fact.data as { codes: number }).codes };
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
export const leaseRef = (campaignId: string, holder: string, owned = true): Ref<Lease> => ({
  pk: partition(campaignId),
  sk: `${leasePrefix}${holder}`,
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

export const leaseHolder = (sk: string): string => sk.slice(leasePrefix.length);
export const leasesOf = (campaignId: string) => ({ pk: partition(campaignId), prefix: leasePrefix });

export const leftIn = (lease: Lease): number => (lease.status === 'open' ? lease.end - lease.next : 0);

/**
 * Indexes that a claimable batch parses, beyond its quota: a lease that is closed while another was opened after it
 * gives back its count but not its indexes.
 */
export const roomFor = (quota: number): number => Math.min(2 ** 30, quota * 4 + 100_000);
