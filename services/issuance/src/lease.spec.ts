import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaignId, frozen } from './fixtures/drop.ts';
import { closeLease, openLease } from './lease.rule.ts';
import { type Lease, leaseRef, leftIn, type Pool, partsOf, poolOpened, poolRef, poolTaken } from './quota.ts';

const poolKind = poolRef({ campaignId });
const roomFor = (quota: number): number => partsOf(quota, [], { batch: 12, keyVersion: 1 }).size;
const poolOf = (quota: number, room = roomFor(quota)): Pool =>
  poolKind.evolve(poolKind.initial, poolOpened({ batch: 12, keyVersion: 1, nextIndex: 0, left: quota, room }));
const codeClaimed = { type: 'code.claimed', data: { batch: 12, index: 0 } };

/** The pool of a campaign and the leases of some instances, as the facts of each decision make them. */
class Quota {
  pool: Pool;
  readonly leases = new Map<string, Lease>();
  /** Indexes that were handed out. */
  readonly claimed: number[] = [];

  constructor(quota: number, room?: number) {
    this.pool = poolOf(quota, room);
  }

  lease(holder: string): Lease {
    return this.leases.get(holder) ?? { status: 'none' };
  }

  open(holder: string) {
    return this.#keep(holder, openLease(holder, frozen(this.pool), frozen(this.lease(holder))));
  }

  close(holder: string) {
    return this.#keep(holder, closeLease(holder, frozen(this.pool), frozen(this.lease(holder))));
  }

  claim(holder: string): void {
    const lease = this.lease(holder);
    if (lease.status !== 'open' || leftIn(lease) === 0) return;
    this.claimed.push(lease.next);
    this.leases.set(holder, leaseRef({ campaignId }, holder).evolve(lease, codeClaimed));
  }

  grant(codes: number): void {
    if (this.left() < codes) return;
    this.pool = poolKind.evolve(this.pool, poolTaken(codes));
  }

  switch(to: 'paused' | 'resumed'): void {
    this.pool = poolKind.evolve(this.pool, { type: `campaign.${to}`, data: {} });
  }

  left(): number {
    return this.pool.status === 'none' ? 0 : this.pool.left;
  }

  leased(): number {
    return [...this.leases.values()].reduce((sum, lease) => sum + leftIn(lease), 0);
  }

  #keep<Decided extends { outcome: string; facts?: { type: string; data: unknown }[] }>(
    holder: string,
    decision: Decided,
  ): Decided {
    const facts = decision.facts ?? [];
    this.pool = facts.reduce(poolKind.evolve, this.pool);
    this.leases.set(holder, facts.reduce(leaseRef({ campaignId }, holder).evolve, this.lease(holder)));
    return decision;
  }
}

describe('a lease', () => {
  it('takes a share of what is left, and the pool has so many fewer; it says how many it has', () => {
    const quota = new Quota(3200);
    const decision = quota.open('a');
    const size = quota.leased();
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { left: size } });
    expect(quota.lease('a')).toEqual({ status: 'open', batch: 12, keyVersion: 1, next: 0, end: size });
    expect(size).toBeGreaterThan(1);
    expect(quota.left()).toBe(3200 - size);
    // Others find enough to work with beside it.
    expect(size).toBeLessThanOrEqual(3200 / 4);
  });

  it('is never larger than a thousand codes, and shrinks with the rest down to the last one', () => {
    const quota = new Quota(10_000_000);
    quota.open('a');
    expect(quota.leased()).toBe(1000);
    const rest = new Quota(20);
    const sizes: number[] = [];
    for (let holder = 0; rest.open(String(holder)).outcome === 'accepted'; holder += 1) {
      const lease = rest.lease(String(holder));
      sizes.push(leftIn(lease));
    }
    expect(sizes).toEqual([...sizes].sort((one, other) => other - one));
    expect([sizes.at(-1), rest.left(), rest.leased()]).toEqual([1, 0, 20]);
  });

  it('that still has codes is kept as it is', () => {
    const quota = new Quota(100);
    quota.open('a');
    const before = quota.lease('a');
    expect(quota.open('a')).toMatchObject({ outcome: 'again' });
    expect(quota.lease('a')).toEqual(before);
  });

  it('gives back what it has not handed out; the last slice its indexes too, for nobody has seen them', () => {
    const quota = new Quota(320);
    quota.open('a');
    quota.claim('a');
    quota.close('a');
    expect([quota.left(), quota.lease('a').status]).toEqual([319, 'none']);
    quota.open('a');
    quota.claim('a');
    expect(quota.claimed).toEqual([0, 1]);
  });

  it('gives back its count but not its indexes when another was opened after it', () => {
    const quota = new Quota(320);
    quota.open('a');
    const [size, left] = [quota.leased(), quota.left()];
    quota.open('b');
    const both = quota.leased();
    quota.claim('a');
    quota.close('a');
    expect(quota.left()).toBe(left - (both - size) + size - 1);
    quota.open('a');
    quota.claim('a');
    expect(quota.claimed).toEqual([0, both]);
  });

  it('that is closed already stays closed: nothing is given back twice', () => {
    const quota = new Quota(320);
    quota.open('a');
    quota.close('a');
    expect(quota.close('a')).toMatchObject({ outcome: 'again' });
    expect(quota.left()).toBe(320);
  });

  it('cannot be opened when nothing is left, or while the campaign is stopped, but it can always be closed', () => {
    const empty = new Quota(1);
    empty.open('a');
    empty.claim('a');
    expect(empty.open('a')).toMatchObject({ refusal: 'pool_empty' });

    const stopped = new Quota(320);
    stopped.open('a');
    stopped.switch('paused');
    expect(stopped.open('b')).toMatchObject({ refusal: 'pool_stopped' });
    expect(stopped.close('a')).toMatchObject({ outcome: 'accepted' });
    stopped.switch('resumed');
    expect(stopped.open('b')).toMatchObject({ outcome: 'accepted' });
    expect(new Quota(1).pool.status).toBe('open');
    expect(openLease('a', { status: 'none' }, { status: 'none' })).toMatchObject({ refusal: 'pool_stopped' });
  });

  it('never reaches beyond the room of its batch', () => {
    const quota = new Quota(1000, 40);
    expect(quota.open('a')).toMatchObject({ outcome: 'accepted', receipt: { left: 40 } });
    expect(quota.open('b')).toMatchObject({ refusal: 'pool_empty' });
    expect(quota.pool).toMatchObject({ nextIndex: 40, left: 960 });
  });
});

describe('any interleaving of opening, claiming, closing, granting and pausing on three instances', () => {
  const step = fc.record({
    what: fc.constantFrom('open', 'claim', 'claim', 'claim', 'close', 'grant', 'paused', 'resumed'),
    holder: fc.constantFrom('a', 'b', 'c'),
    codes: fc.integer({ min: 1, max: 30 }),
  });

  it('keeps claims + grants + open leases + pool = quota, and hands out no index twice', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.array(step, { maxLength: 120 }),
      (total, steps) => {
        const quota = new Quota(total);
        let granted = 0;
        for (const { what, holder, codes } of steps) {
          const before = quota.left();
          if (what === 'open' || what === 'claim' || what === 'close') quota[what](holder);
          else if (what === 'grant') {
            quota.grant(codes);
            granted += before - quota.left();
          } else quota.switch(what);
          const { claimed } = quota;
          expect(claimed.length + granted + quota.leased() + quota.left()).toBe(total);
          expect(quota.left()).toBeGreaterThanOrEqual(0);
          expect(new Set(claimed).size).toBe(claimed.length);
          const live = [...quota.leases.values()].flatMap((lease) => (lease.status === 'open' ? [lease] : []));
          for (const lease of live) {
            expect(claimed.some((index) => index >= lease.next && index < lease.end)).toBe(false);
            expect(lease.end).toBeLessThanOrEqual(roomFor(total));
          }
        }
      },
    );
    expect(fc.defaultReportMessage(fc.check(property, { numRuns: 500, seed: 20261201 }))).toBeUndefined();
  });
});
