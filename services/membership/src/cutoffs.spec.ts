import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { connect } from '@fcode/dynamo';
import { scoreChanged } from '@fcode/events';
import { defaultPolicy, placesOf } from '@fcode/policy';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publish, review } from './cutoffs.rule.ts';
import { computeCutoffs } from './cutoffs.ts';
import {
  type Bench,
  dayMs,
  did,
  hourMs,
  type Instance,
  iso,
  noon,
  scorePolicy,
  startBench,
  takenBack,
  type World,
} from './fixtures/bench.ts';
import { Ladders } from './ladders.ts';
import { memberRef } from './member.ts';
import { publishedRef } from './published.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.time.now = noon;
});
afterAll(() => bench.stop());

const soon = () => performance.now() + 5000;
const request = () => ({ at: bench.time.now, deadline: soon(), correlationId: 'test', causationId: 'test' });

/** Twenty members, `m_0` the highest, each a day's decay above the next: one is core and six are loyal or better. */
const twenty = (instance: Instance) =>
  instance.contribute(
    Array.from({ length: 20 }, (_, index) => did(`m_${index}`, { occurredAt: iso(noon - index * dayMs) })),
  );

/** Everything that was told of everybody, by member. */
const allTold = async (world: World) => {
  const told = (await world.facts('tier.changed')).filter(({ memberId }) => memberId.startsWith('m_'));
  return Object.fromEntries(
    Object.entries(Object.groupBy(told, ({ memberId }) => memberId)).map(([memberId, list]) => [
      memberId,
      list?.map(({ from, to, because }) => `${from} ${to} ${because}`),
    ]),
  );
};
const asOfNow = async ({ ask }: Instance) => {
  const { body } = await ask('GET', '/v1/policy', 'ops:olga');
  return (body.cutoffs as { asOf: string } | undefined)?.asOf;
};
const afterTheFirst = {
  m_0: ['fan core cutoffs'],
  ...Object.fromEntries([1, 2, 3, 4, 5].map((index) => [`m_${index}`, ['fan loyal cutoffs']])),
};

/** Makes an instance's next computation wait, after it has begun, until it is let go. */
const holdUp = ({ store: { table } }: Instance) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const ranked = table.ranked.bind(table);
  table.ranked = async (shard) => {
    begun.resolve();
    await gate.promise;
    return ranked(shard);
  };
  return { begun: begun.promise, letGo: gate.resolve };
};

describe('cut-offs', () => {
  it('are published, and then each member between the old and the new ones is told once, and nobody else', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    await instance.flush();
    expect(await allTold(world)).toEqual({});
    await instance.computeCutoffs();
    await instance.flush();
    const [first] = await world.facts('cutoffs.published');
    expect(first).toMatchObject({
      policy: defaultPolicy.version,
      asOf: iso(noon),
      until: iso(noon + 36 * hourMs),
      scored: 20,
      cutoffs: [
        { tier: 'core', places: 1, S: (await instance.member('m_0')).S },
        { tier: 'loyal', places: 6, S: (await instance.member('m_5')).S },
      ],
    });
    expect(await allTold(world)).toEqual({});
    await instance.review();
    await instance.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);

    // Two rise by what they did; the next cut-offs let others down, and those alone.
    const later = world.open();
    await later.contribute(['m_10', 'm_10', 'm_11'].map((memberId) => did(memberId, { occurredAt: iso(noon) })));
    bench.time.now += dayMs;
    await instance.computeCutoffs();
    await instance.review();
    await instance.look();
    await Promise.all([instance.flush(), later.flush()]);
    expect(await allTold(world)).toEqual({
      ...afterTheFirst,
      m_0: ['fan core cutoffs', 'core loyal cutoffs'],
      m_4: ['fan loyal cutoffs', 'loyal fan cutoffs'],
      m_5: ['fan loyal cutoffs', 'loyal fan cutoffs'],
      m_10: ['fan core score'],
      m_11: ['fan core score', 'core loyal cutoffs'],
    });
    expect(await world.facts('cutoffs.published')).toHaveLength(2);
  });

  it('tell nobody anything when they come out as they were', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    for (let day = 0; day < 3; day += 1) {
      await instance.computeCutoffs();
      await instance.review();
      bench.time.now += dayMs;
    }
    await instance.flush();
    expect(await world.facts('cutoffs.published')).toHaveLength(3);
    expect(await allTold(world)).toEqual(afterTheFirst);
  });

  it('published by a process that dies are reviewed by the next one, also when it died half way through', async () => {
    const world = await bench.world();
    const dying = world.open();
    await twenty(dying);
    await dying.computeCutoffs();
    const ladder = await new Ladders(dying.store, defaultPolicy).now(soon());
    for (const memberId of ['m_0', 'm_3']) {
      const look = review.bind(undefined, memberId, ladder, noon + 2000, 'cutoffs');
      await dying.store.change([memberRef(memberId)], look, request());
    }
    await dying.flush();
    await dying.stop();
    expect(Object.keys(await allTold(world))).toEqual(expect.arrayContaining(['m_0', 'm_3']));
    // Its lease must be over.
    bench.time.now += 10_000;
    const next = world.open();
    await next.look();
    await next.look();
    await next.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
    expect(await world.facts('cutoffs.published')).toHaveLength(1);
  });

  it('are computed at the set hour by the service itself, day after day, and reviewed', async () => {
    const world = await bench.world();
    const { service, store, contribute, ask } = world.open();
    const four = Date.parse('2026-12-02T04:00:00.000Z');
    bench.time.now = four - 1000;
    await service.start();
    await contribute([did('m_only')]);
    const published = () => world.facts('cutoffs.published');
    // A look is a query a shard: two of them, and nothing happens before the hour.
    const { most } = await store.spread();
    await until(() => store.table.sent.queries >= 2 * most, 'two looks');
    expect(await published()).toEqual([]);
    bench.time.now = four;
    await until(async () => (await published()).length === 1, 'the first cut-offs');
    bench.time.now += 4000;
    await until(async () => (await world.told('m_only')).length === 1, 'the review');
    bench.time.now = four + dayMs;
    await until(async () => (await published()).length === 2, 'the second cut-offs');
    expect((await published()).map(({ asOf }) => asOf)).toEqual([iso(four), iso(four + dayMs)]);
    expect(await world.told('m_only')).toEqual(['fan core cutoffs']);
    expect((await ask('GET', '/v1/me/standing', 'member:m_only')).body).toMatchObject({ tier: 'core' });
  });

  it('computed earlier never replace newer ones, although they are ready later', async () => {
    const world = await bench.world();
    const [slow, fast] = [world.open(), world.open()];
    await twenty(fast);
    await slow.ask('POST', '/v1/policy/cutoffs', 'ops:olga', {});
    const { begun, letGo } = holdUp(slow);
    const slowly = slow.look();
    await begun;
    bench.time.now += 20_000;
    await fast.computeCutoffs();
    letGo();
    await slowly;
    await Promise.all([slow.flush(), fast.flush()]);
    expect((await world.facts('cutoffs.published')).map(({ asOf }) => asOf)).toEqual([iso(noon + 20_000)]);
    expect(await asOfNow(world.open())).toBe(iso(noon + 20_000));
    await fast.review();
    await fast.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
  });

  it('that are asked for while others are being computed are computed next, with what was recorded meanwhile', async () => {
    const world = await bench.world();
    const [instance, other] = [world.open(), world.open()];
    await instance.ask('POST', '/v1/policy/cutoffs', 'ops:olga', {});
    const { begun, letGo } = holdUp(instance);
    const looking = instance.look();
    await begun;
    bench.time.now += 5000;
    const { body } = await other.ask('POST', '/v1/policy/cutoffs', 'ops:olga', {});
    expect(body).toEqual({ dueAt: iso(noon + 5000) });
    letGo();
    await looking;
    expect(await asOfNow(world.open())).toBe(iso(noon));
    await twenty(other);
    await instance.look();
    expect(await asOfNow(world.open())).toBe(iso(noon + 5000));
  });

  it('that ops ask for are told of with who asked, once a request', async () => {
    const world = await bench.world();
    const instance = world.open();
    for (const by of ['ops:olga', 'ops:olga', 'ops:oscar']) {
      await instance.ask('POST', '/v1/policy/cutoffs', by, {}, `asked-by-${by}`);
    }
    await instance.flush();
    expect(await world.facts('cutoffs.asked')).toEqual([{ by: 'olga' }, { by: 'oscar' }]);
  });

  it('that took long to compute are reviewed only when every instance has had time to hear of them', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    await instance.ask('POST', '/v1/policy/cutoffs', 'ops:olga', {});
    const { begun, letGo } = holdUp(instance);
    const looking = instance.look();
    await begun;
    bench.time.now += 60_000;
    letGo();
    await looking;
    bench.time.now += 3999;
    await instance.look();
    await instance.flush();
    expect(await allTold(world)).toEqual({});
    bench.time.now += 1;
    await instance.look();
    await instance.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
  });

  it('that were in force for moments only are part of the next review: whoever was told by them is told again', async () => {
    const world = await bench.world();
    const clockwork = world.open();
    await twenty(clockwork);
    await clockwork.computeCutoffs();
    await clockwork.review();
    // m_1 rises above m_0 for moments, in which m_0 does one more thing and is told a fall by it.
    const rise = Array.from({ length: 3 }, () => did('m_1', { occurredAt: iso(noon) }));
    await world.open().contribute(rise);
    await clockwork.computeCutoffs();
    await world.open().contribute([did('m_0', { kind: 'chore', occurredAt: iso(noon) })]);
    await world.open().contribute(rise.map(takenBack));
    bench.time.now += 1000;
    await clockwork.computeCutoffs();
    await clockwork.review();
    expect((await world.open().standing('m_0')).tier).toBe('core');
    const told = await until(async () => {
      await clockwork.flush();
      const list = await world.told('m_0');
      return list.length >= 3 && list;
    }, 'the last word on m_0');
    expect(told).toEqual(['fan core cutoffs', 'core loyal score', 'loyal core cutoffs']);
  });

  it('are reviewed for all others although some cannot be looked at, and once more when those can', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    await instance.computeCutoffs();
    // In the middle of those who are to be told stand items that nothing can be read from.
    const client = connect({ endpoint: bench.engine.endpoint });
    const TableName = instance.store.table.name;
    const { S } = await instance.member('m_2');
    const broken = Array.from({ length: 12 }, (_, index) => ({
      pk: { S: `member/m_broken${index}` },
      sk: { S: 'standing' },
    }));
    for (const key of broken) {
      await client.send(new PutItemCommand({ TableName, Item: { ...key, board: { S: '0' }, rank: { N: S } } }));
    }
    await expect(instance.review()).rejects.toThrow('what is due could not be done');
    await instance.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
    for (const Key of broken) await client.send(new DeleteItemCommand({ TableName, Key }));
    client.destroy();
    const next = world.open();
    bench.time.now += 10_000;
    expect(await next.look()).toBe(0);
    // Once more after a minute, and not every second meanwhile.
    bench.time.now += 50_000;
    expect([await next.look(), await next.look()]).toEqual([1, 0]);
    await next.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
  });

  it('tell also whom the board showed where they were before, once it has caught up', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    await instance.computeCutoffs();
    // The board lags: it shows m_0 with what it had long ago, far below.
    const { table } = instance.store;
    const board = table.board.bind(table);
    table.board = async function* (shard, between) {
      for await (const ranked of board(shard, between)) if (ranked.key.pk !== 'member/m_0') yield ranked;
    };
    await instance.review();
    await instance.flush();
    expect(await world.told('m_0')).toEqual([]);
    table.board = board;
    bench.time.now += 150_000;
    await instance.look();
    await instance.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
    // And that was the last look.
    expect((await instance.store.read([publishedRef]))[0].state).not.toHaveProperty('spans');
  });

  it('that are asked for again and again put no look off, and the item stays small', async () => {
    const world = await bench.world();
    const instance = world.open();
    await twenty(instance);
    for (let time = 0; time < 12; time += 1) {
      await instance.computeCutoffs();
      await instance.look();
      bench.time.now += 2000;
    }
    await instance.flush();
    expect(await allTold(world)).toEqual(afterTheFirst);
    const [{ state }] = await instance.store.read([publishedRef]);
    expect(JSON.stringify(state).length).toBeLessThan(2000);
  });

  it('are exact also where sums are too large for floating point', async () => {
    const world = await bench.world();
    const instance = world.open();
    const { t0, halfLifeDays } = defaultPolicy;
    const put = (memberId: string, S: bigint) => {
      const fact = scoreChanged.of({ memberId, S: String(S), t0, halfLifeDays, pins: [] });
      const rule = () => ({ outcome: 'accepted' as const, facts: [fact], receipt: {}, reasons: [] });
      return instance.store.change([memberRef(memberId)], rule, request());
    };
    await put('m_most', 2n ** 60n + 1n);
    await put('m_near', 2n ** 60n);
    await instance.computeCutoffs();
    await instance.review();
    expect((await world.open().standing('m_near')).tier).toBe('fan');
    await put('m_most', 0n);
    await instance.computeCutoffs();
    await instance.review();
    await instance.flush();
    expect(await world.told('m_near')).toEqual(['fan core cutoffs']);
  });

  it('leave out who has no score any more', async () => {
    const world = await bench.world();
    const instance = world.open();
    const [one, other] = [did('m_one'), did('m_other', { occurredAt: iso(noon - 9 * dayMs) })];
    await instance.contribute([one, other]);
    await instance.contribute([takenBack(one)]);
    await instance.computeCutoffs();
    const { S } = await instance.member('m_other');
    await instance.flush();
    const [published] = await world.facts('cutoffs.published');
    expect(published).toMatchObject({
      scored: 1,
      cutoffs: [
        { places: 1, S },
        { places: 1, S },
      ],
    });
    expect((await world.open().standing('m_other')).tier).toBe('core');
    await instance.contribute([takenBack(other)]);
    bench.time.now += 1000;
    await instance.computeCutoffs();
    await instance.flush();
    expect((await world.facts('cutoffs.published')).at(-1)).toMatchObject({ scored: 0, cutoffs: [] });
  });

  it('are those of the whole board, the shards merged in order, also beyond a thousand members', async () => {
    const world = await bench.world({ shards: 2 });
    const { store } = world.open();
    const sums = Array.from({ length: 1600 }, (_, index) => ((index * 7919) % 1_000_003) * 10 ** (index % 7) + 1);
    const puts = sums.map((sum, index) => ({
      PutRequest: {
        Item: {
          pk: { S: `somebody-${index}` },
          sk: { S: 'standing' },
          board: { S: index % 5 === 0 ? '0' : '1' },
          rank: { N: String(sum) },
        },
      },
    }));
    const client = connect({ endpoint: bench.engine.endpoint });
    for (let from = 0; from < puts.length; from += 25) {
      const page = puts.slice(from, from + 25);
      await client.send(new BatchWriteItemCommand({ RequestItems: { [store.table.name]: page } }));
    }
    client.destroy();
    const most = {
      ...defaultPolicy,
      tiers: defaultPolicy.tiers.map((rung) => (rung.by === 'share' ? { ...rung, share: 0.45 } : rung)),
    };
    const sorted = sums.toSorted((a, b) => b - a);
    for (const policy of [defaultPolicy, most]) {
      const { scored, cutoffs } = await computeCutoffs(store, policy, noon);
      expect(scored).toBe(1600);
      expect(cutoffs).toEqual(
        placesOf(policy, 1600).map((wanted) => ({ ...wanted, S: String(sorted[wanted.places - 1]) })),
      );
    }
  });
});

describe('the rule', () => {
  const computed = (asOf: number) => ({
    policy: 2,
    t0: defaultPolicy.t0,
    halfLifeDays: 180,
    asOf: iso(asOf),
    until: iso(asOf + 36 * hourMs),
    scored: 0,
    cutoffs: [],
  });
  const factsOf = (...args: Parameters<typeof publish>) => {
    const decision = publish(...args);
    return decision.outcome === 'accepted' ? decision.facts : [];
  };

  it('notes the next set hour after what it computed, and keeps what was asked for meanwhile', () => {
    const four = Date.parse('2026-12-02T04:00:00.000Z');
    const due = (computeAt: number) => ({ type: 'computation.due', data: { computeAt } });
    const first = { data: computed(noon), after: undefined };
    expect(factsOf(first, defaultPolicy, noon, { computeAt: noon })).toContainEqual(due(four));
    expect(factsOf(first, defaultPolicy, noon, { computeAt: noon + 1 })).toContainEqual(due(noon + 1));
  });

  it('publishes nothing where others came into force since the computation began, whatever clocks say', () => {
    const state = { current: computed(noon), computeAt: noon };
    const types = (after: number | undefined) =>
      factsOf(
        { data: computed(noon + 9), after: after === undefined ? undefined : iso(after) },
        defaultPolicy,
        noon,
        state,
      );
    expect(types(noon)).toContainEqual(expect.objectContaining({ type: 'cutoffs.published' }));
    expect(types(noon - 1)).toEqual([]);
    expect(types(undefined)).toEqual([]);
  });

  it('puts a later time on them than on the ones before, also when those were computed by a clock that was ahead', () => {
    const state = { current: computed(noon + 30_000), computeAt: noon };
    const facts = factsOf({ data: computed(noon), after: iso(noon + 30_000) }, defaultPolicy, noon, state);
    expect(facts).toContainEqual(
      expect.objectContaining({
        type: 'cutoffs.published',
        data: expect.objectContaining({ asOf: iso(noon + 30_001) }),
      }),
    );
  });
});

describe('the policy over HTTP', () => {
  it('shows what tiers need: nothing yet, then the cut-offs in force as points now', async () => {
    const world = await bench.world();
    const instance = world.open();
    const { body } = await instance.ask('GET', '/v1/policy', 'member:m_0');
    expect(body).toMatchObject({ version: defaultPolicy.version, halfLifeDays: 180, points: { fix: 8 } });
    expect(body.tiers).toEqual(defaultPolicy.tiers);
    expect(body).not.toHaveProperty('cutoffs');
    await twenty(instance);
    await instance.computeCutoffs();
    bench.time.now += hourMs;
    const after = (await world.open().ask('GET', '/v1/policy', 'checkout:shop')).body;
    const scoreOf = async (memberId: string) => (await instance.standing(memberId)).score;
    expect(after.tiers).toEqual([
      { tier: 'angel', by: 'pin' },
      { tier: 'core', by: 'share', share: 0.014, places: 1, minScore: expect.closeTo(await scoreOf('m_0'), 9) },
      { tier: 'loyal', by: 'share', share: 0.28, places: 6, minScore: expect.closeTo(await scoreOf('m_5'), 9) },
      { tier: 'fan', by: 'all' },
    ]);
    expect(after.cutoffs).toEqual({ asOf: iso(noon), until: iso(noon + 36 * hourMs), scored: 20 });
  });

  it('shows the points of tiers by score as they stand in the document', async () => {
    const { ask } = (await bench.world({ policy: scorePolicy })).open();
    expect((await ask('GET', '/v1/policy', 'ops:olga')).body.tiers).toEqual(scorePolicy.tiers);
  });

  it('lets ops alone ask for cut-offs, once under one key', async () => {
    const { ask } = (await bench.world()).open();
    for (const as of ['member:m_0', 'connector:github', 'checkout:shop']) {
      expect((await ask('POST', '/v1/policy/cutoffs', as, {})).status).toBe(403);
    }
    expect((await ask('POST', '/v1/policy/cutoffs', 'ops:olga', { now: true })).status).toBe(422);
    const first = await ask('POST', '/v1/policy/cutoffs', 'ops:olga', {}, 'k1');
    expect(first).toMatchObject({ status: 202, body: { dueAt: iso(noon) } });
    bench.time.now += 60_000;
    expect(await ask('POST', '/v1/policy/cutoffs', 'ops:olga', {}, 'k1')).toMatchObject({
      status: 202,
      replayed: true,
      body: first.body,
    });
  });
});
