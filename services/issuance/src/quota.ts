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

/** Facts of this service alone. */
export const poolOpened = (pool: { batch: number; keyVersion: number; left: number; room: number }) => ({
  type: 'pool.opened',
  data: pool,
});
export const poolTaken = (codes: number) => ({ type: 'pool.taken', data: { codes } });
export const leaseOpened = (opened: Opened) => ({ type: 'lease.opened', data: opened });
export const leaseClosed = (lease: string, returned: number) => ({ type: 'lease.closed', data: { lease, returned } });

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
    if (fact.type === 'lease.closed')
      return { ...pool, left: pool.left + (fact.data as { returned: number }).returned };
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

export const leaseRef = (campaignId: string, holder: string): Ref<Lease> => ({
  pk: partition(campaignId),
  sk: `${leasePrefix}${holder}`,
  initial: { status: 'none' },
  owned: true,
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
 * Indexes that a claimable batch parses, beyond its quota: a lease that is closed gives back its count but never its
 * indexes. Slices shrink with what is left, so what is lost to closing stays far below this.
 */
export const roomFor = (quota: number): number => Math.min(2 ** 30, quota * 4 + 100_000);
