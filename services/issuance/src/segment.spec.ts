import { Store } from '@fcode/dynamo';
import { outboxShards } from '@fcode/infra/tables';
import { accept, defaultPolicy, type Ladder } from '@fcode/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, logger, request, startBench } from './fixtures/bench.ts';
import { hear, type Resident, settle } from './fixtures/community.ts';
import { noon } from './fixtures/drop.ts';
import { membersOf, sampleOf, standingsOf } from './segment.ts';
import { standingRef } from './standing.ts';

let bench: Bench;
let store: Store;
beforeEach(async () => {
  bench = await startBench();
  store = bench.desk.store;
});
afterEach(() => bench.stop());

const ladder: Ladder = { policy: defaultPolicy };
const within = () => performance.now() + 10_000;
const segment = (when: string, on = store) => membersOf(on, ladder, when, { at: noon, deadline: within() });
const all = (when: string) => Array.fromAsync(segment(when));
const residents = (count: number, rest: (n: number) => Partial<Resident> = () => ({})): Resident[] =>
  Array.from({ length: count }, (_, n) => ({ memberId: `m_${n}`, score: n, ...rest(n) }));
/** Every item of the table stands on one shard. */
const onOneShard = async () => {
  const one = new Store({ table: store.table, log: bench.log, shards: 1, clock: () => bench.time.now, logger });
  await one.spread();
  return one;
};
const boardOf = async () => {
  const found: [string, string][] = [];
  for (let shard = 0; shard < outboxShards; shard += 1) {
    for await (const { key, rank } of store.table.board(String(shard))) found.push([key.pk, rank]);
  }
  return found;
};

describe('the board of standings', () => {
  it('has everybody who was heard of once, by the newest sum, in whatever order and however often it was heard', async () => {
    const other = bench.open().store;
    await hear(store, [{ memberId: 'm_mia', score: 3 }], 3);
    for (const sequence of [1, 2, 3]) await hear(other, [{ memberId: 'm_mia', score: sequence }], sequence);
    expect(await boardOf()).toEqual([['member/m_mia', '3000000']]);
    await Promise.all(
      [7, 5, 6, 4].map((sequence) =>
        hear(sequence % 2 ? store : other, [{ memberId: 'm_mia', score: 10 * sequence }], sequence),
      ),
    );
    expect(await boardOf()).toEqual([['member/m_mia', '70000000']]);
  });

  it('has who has a badge and no score, and nobody for being asked about', async () => {
    await hear(store, [{ memberId: 'm_badge', badges: ['tester'] }]);
    await Array.fromAsync(standingsOf(store, ['m_badge', 'm_nobody'], within()));
    expect(await boardOf()).toEqual([['member/m_badge', '0']]);
  });

  it('has who was kept before there was one from the next time on', async () => {
    const { indexed: _, ...unranked } = standingRef('m_old');
    const standing = { S: '5', t0: noon, halfLifeDays: 180, pins: [] };
    await store.change(
      [unranked],
      () => accept([{ type: 'standing.heard', data: { standing, sequence: 4 } }], {}),
      request(noon),
    );
    expect(await boardOf()).toEqual([]);
    await hear(store, [{ memberId: 'm_old', score: 1 }], 5);
    expect(await boardOf()).toEqual([['member/m_old', '1000000']]);
  });
});

describe('the members of a segment', () => {
  it('are those for whom the condition holds, the highest scores of all shards first', async () => {
    await settle(
      store,
      residents(60, (n) => ({ pins: n % 3 === 0 ? ['core'] : [], badges: n % 4 === 0 ? ['tester'] : [] })),
    );
    const wanted = (holds: (n: number) => boolean) =>
      Array.from({ length: 60 }, (_, n) => 59 - n)
        .filter(holds)
        .map((n) => `m_${n}`);
    expect(await all('true')).toEqual(wanted(() => true));
    expect(await all('tier == "core"')).toEqual(wanted((n) => n % 3 === 0));
    expect(await all('"tester" in badges && score > 30')).toEqual(wanted((n) => n % 4 === 0 && n > 30));
    expect(await all('member == "m_7" || region != ""')).toEqual(['m_7']);
    expect(await all('tier == "angel"')).toEqual([]);
  });

  it('are nobody where nobody was heard of', async () => {
    expect(await all('true')).toEqual([]);
  });

  it('are read by the hundred, and no further than somebody asks for them', async () => {
    await settle(store, residents(900));
    const before = { ...store.table.sent };
    expect(await all('true')).toHaveLength(900);
    const readAll = store.table.sent.reads - before.reads;
    expect(readAll).toBeLessThanOrEqual(11);
    expect(store.table.sent.queries - before.queries).toBe(outboxShards);
    const again = store.table.sent.reads;
    for await (const _ of segment('true')) break;
    // 400 of 900: the first that are read together.
    expect(store.table.sent.reads - again).toBeLessThanOrEqual(readAll / 2);
  });

  it('are each there once, also who falls while they are read', async () => {
    const one = await onOneShard();
    await settle(
      one,
      residents(1200, (n) => ({ score: 10 + n })),
    );
    const found: string[] = [];
    for await (const memberId of segment('true', one)) {
      found.push(memberId);
      // Pages of the board are of a thousand: the highest comes again on the second.
      if (found.length === 1) await hear(one, [{ memberId, score: 1 }], 2);
    }
    expect(found).toHaveLength(1200);
    expect(new Set(found).size).toBe(1200);
    expect(found[0]).toBe('m_1199');
    await one.outbox.stop();
  });
});

describe('a sample of the members', () => {
  it('is all of them while they are no more than it may have', async () => {
    await settle(store, residents(50));
    const { memberIds, ...rest } = await sampleOf(store, { atMost: 50, deadline: within() });
    expect(rest).toEqual({ scale: 1, isWhole: true });
    expect(memberIds).toEqual(Array.from({ length: 50 }, (_, n) => `m_${49 - n}`));
  });

  it('is of nobody where nobody was heard of', async () => {
    expect(await sampleOf(store, { atMost: 50, deadline: within() })).toEqual({
      memberIds: [],
      scale: 1,
      isWhole: true,
    });
  });

  it('is of whole shards, and says how many stand behind each of it', async () => {
    await settle(store, residents(400));
    const { memberIds, scale, isWhole } = await sampleOf(store, { atMost: 150, deadline: within() });
    expect(isWhole).toBe(false);
    expect(memberIds.length).toBeGreaterThan(100);
    expect(memberIds.length).toBeLessThanOrEqual(150);
    // A hash spreads them: the sample has as many of the upper half as of the lower.
    const upper = memberIds.filter((memberId) => Number(memberId.slice(2)) >= 200).length / memberIds.length;
    expect(Math.abs(upper - 0.5)).toBeLessThan(0.15);
    expect(Math.abs(scale * memberIds.length - 400)).toBeLessThan(100);
  });

  it('is as fair after the shards became more, while most members still stand on the first of them', async () => {
    await settle(store, residents(400));
    const wider = new Store({ table: store.table, log: bench.log, shards: 64, clock: () => bench.time.now, logger });
    await wider.spread();
    for (let n = 0; n < 100; n += 1) await hear(wider, [{ memberId: `m_${4 * n}`, score: 4 * n }], 2);
    const { memberIds, scale, isWhole } = await sampleOf(store, { atMost: 150, deadline: within() });
    expect([isWhole, new Set(memberIds).size]).toEqual([false, memberIds.length]);
    expect(Math.abs(scale * memberIds.length - 400)).toBeLessThan(100);
    const moved = memberIds.filter((memberId) => Number(memberId.slice(2)) % 4 === 0).length / memberIds.length;
    expect(Math.abs(moved - 0.25)).toBeLessThan(0.15);
    expect(await sampleOf(store, { atMost: 400, deadline: within() })).toMatchObject({ scale: 1, isWhole: true });
    expect(await all('true')).toHaveLength(400);
    await wider.outbox.stop();
  });

  it('is every n-th of a shard that is too large by itself, from the highest down', async () => {
    const one = await onOneShard();
    await settle(one, residents(100));
    const { memberIds, scale, isWhole } = await sampleOf(one, { atMost: 4, deadline: within() });
    expect([memberIds, scale, isWhole]).toEqual([['m_99', 'm_74', 'm_49', 'm_24'], 25, false]);
    await one.outbox.stop();
  });

  it('is not made once its time is over', async () => {
    await settle(store, residents(30));
    await expect(sampleOf(store, { atMost: 50, deadline: performance.now() })).rejects.toThrow('in time');
  });
});
