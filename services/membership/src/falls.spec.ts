import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Bench,
  dayMs,
  did,
  type Instance,
  iso,
  noon,
  scorePolicy,
  startBench,
  type World,
} from './fixtures/bench.ts';
import { memberRef } from './member.ts';

let bench: Bench;
let world: World;
let instance: Instance;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(async () => {
  bench.time.now = noon;
  world = await bench.world({ policy: scorePolicy });
  instance = world.open();
});
afterAll(() => bench.stop());

/** So many feats today, of ten points each. */
const feats = (memberId: string, count: number) =>
  Array.from({ length: count }, () => did(memberId, { occurredAt: iso(bench.time.now) }));
const fallsAt = async (memberId: string) => (await instance.member(memberId)).fallsAt as number;
const lookAt = async (at: number) => {
  bench.time.now = at;
  await instance.look();
  await instance.flush();
};
const isDue = async (at: number) => {
  const { table } = instance.store;
  const { most } = await instance.store.spread();
  const pages = Array.from({ length: most }, (_, shard) => Array.fromAsync(table.due(String(shard), at, 100)));
  return (await Promise.all(pages)).flat(2).map(({ pk }) => pk);
};

describe('a tier that ends by time alone', () => {
  it('is told when its time has come, once, and not a millisecond before', async () => {
    await instance.contribute(feats('m_mia', 3));
    const at = await fallsAt('m_mia');
    // 30 points are 20 after log2(1.5) half-lives.
    expect(at).toBeCloseTo(noon + Math.log2(1.5) * 180 * dayMs, -1);
    await lookAt(at - 1);
    expect(await world.told('m_mia')).toEqual(['fan loyal score']);
    expect((await instance.standing('m_mia')).tier).toBe('loyal');
    await lookAt(at);
    expect(await world.told('m_mia')).toEqual(['fan loyal score', 'loyal fan decay']);
    expect((await instance.standing('m_mia')).tier).toBe('fan');
    await lookAt(at + 20_000);
    expect(await world.told('m_mia')).toHaveLength(2);
    expect(await instance.member('m_mia')).not.toHaveProperty('fallsAt');
    expect(await isDue(at + 9999 * dayMs)).toEqual([]);
    const [, changed] = await world.facts('tier.changed');
    expect(changed).toEqual({ memberId: 'm_mia', from: 'loyal', to: 'fan', at: iso(at), because: 'decay' });
  });

  it('ends step by step: the next fall is noted with the one before', async () => {
    await instance.contribute(feats('m_leo', 11));
    const first = await fallsAt('m_leo');
    await lookAt(first);
    const second = await fallsAt('m_leo');
    expect(second).toBeGreaterThan(first);
    await lookAt(second);
    expect(await world.told('m_leo')).toEqual(['fan core score', 'core loyal decay', 'loyal fan decay']);
  });

  it('is told once however often, late and by how many processes at once it is looked at', async () => {
    await instance.contribute(feats('m_often', 3));
    const at = await fallsAt('m_often');
    bench.time.now = at + 3 * dayMs;
    const others = [instance, world.open(), world.open()];
    await Promise.all(
      Array.from({ length: 12 }, (_, turn) =>
        (others[turn % 3] as Instance).handle(memberRef('m_often'), bench.time.now),
      ),
    );
    for (const other of others) await other.flush();
    expect(await world.told('m_often')).toEqual(['fan loyal score', 'loyal fan decay']);
    const before = await instance.store.read([memberRef('m_often')]);
    await instance.handle(memberRef('m_often'), bench.time.now);
    // An old delivery, of before the fall, changes nothing either.
    await instance.handle(memberRef('m_often'), at - dayMs);
    await instance.flush();
    expect(await world.told('m_often')).toHaveLength(2);
    expect((await instance.store.read([memberRef('m_often')]))[0].state).toEqual(before[0].state);
  });

  it('moves when more is contributed in time', async () => {
    await instance.contribute(feats('m_more', 3));
    const first = await fallsAt('m_more');
    bench.time.now = first - dayMs;
    await world.open().contribute(feats('m_more', 1));
    const second = await fallsAt('m_more');
    expect(second).toBeGreaterThan(first + 30 * dayMs);
    await lookAt(first);
    expect(await world.told('m_more')).toEqual(['fan loyal score']);
    await lookAt(second);
    expect(await world.told('m_more')).toEqual(['fan loyal score', 'loyal fan decay']);
  });

  it('is told by what is contributed too late, as it is then', async () => {
    await instance.contribute(feats('m_late', 3));
    const at = await fallsAt('m_late');
    bench.time.now = at + 100 * dayMs;
    await world.open().contribute(feats('m_late', 1));
    await lookAt(at + 100 * dayMs);
    // Thirteen points of old and ten of now: never less than loyal, as far as was told.
    expect((await instance.standing('m_late')).tier).toBe('loyal');
    expect(await world.told('m_late')).toEqual(['fan loyal score']);
    await lookAt(await fallsAt('m_late'));
    expect(await world.told('m_late')).toEqual(['fan loyal score', 'loyal fan decay']);
  });

  it('does not end while it is pinned, and ends as usual when the pin is taken back', async () => {
    await instance.contribute(feats('m_pin', 3));
    const at = await fallsAt('m_pin');
    await instance.pinned('m_pin', ['loyal']);
    expect(await instance.member('m_pin')).not.toHaveProperty('fallsAt');
    await lookAt(at + dayMs);
    expect(await world.told('m_pin')).toEqual(['fan loyal score']);
    expect((await instance.standing('m_pin')).tier).toBe('loyal');
    bench.time.now = at - dayMs;
    await instance.pinned('m_pin', []);
    expect(await fallsAt('m_pin')).toBe(at);
    bench.time.now = at + dayMs;
    await lookAt(at + dayMs);
    expect(await world.told('m_pin')).toEqual(['fan loyal score', 'loyal fan decay']);
  });

  it('above a pin ends at the pin', async () => {
    await instance.contribute(feats('m_floor', 11));
    await instance.pinned('m_floor', ['loyal']);
    await lookAt(await fallsAt('m_floor'));
    await lookAt(bench.time.now + 9999 * dayMs);
    expect(await world.told('m_floor')).toEqual(['fan core score', 'core loyal decay']);
  });
});

describe('a tier by share', () => {
  it('ends by decay where cut-offs are computed no more, and the member is told so', async () => {
    const shares = await bench.world();
    const own = shares.open();
    await own.contribute([did('m_top'), did('m_top'), did('m_low', { occurredAt: iso(noon - 400 * dayMs) })]);
    await own.computeCutoffs();
    await own.review();
    const { fallsAt: end } = await own.member('m_top');
    // On the cut-off itself: the first millisecond after the cut-offs' 36 hours.
    expect(end).toBe(noon + 36 * 3_600_000 + 1);
    bench.time.now = end as number;
    // What is due about the member alone: the computation did not run.
    await own.handle(memberRef('m_top'), bench.time.now);
    await own.flush();
    expect(await shares.told('m_top')).toEqual(['fan core cutoffs', 'core fan decay']);
    expect((await own.standing('m_top')).tier).toBe('fan');
    // And rises again when it does.
    await own.computeCutoffs();
    await own.review();
    await own.flush();
    expect(await shares.told('m_top')).toEqual(['fan core cutoffs', 'core fan decay', 'fan core cutoffs']);
  });

  it('with cut-offs computed daily, ends for nobody who keeps the place', async () => {
    const shares = await bench.world();
    const own = shares.open();
    await own.contribute([did('m_top'), did('m_low', { occurredAt: iso(noon - 400 * dayMs) })]);
    await own.computeCutoffs();
    for (let hour = 0; hour < 24 * 5; hour += 4) {
      bench.time.now += 4 * 3_600_000;
      await own.review();
    }
    await own.flush();
    expect(await shares.told('m_top')).toEqual(['fan core cutoffs']);
    expect(await shares.told('m_low')).toEqual([]);
  });
});
