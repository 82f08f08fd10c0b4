import { until } from '@fcode/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, type OpenOptions, startBench } from './fixtures/bench.ts';
import { doDue, place, type Task, task, taskOf } from './fixtures/task.ts';
import { startWire, type Wire } from './fixtures/wire.ts';
import type { Key, Ref } from './item.ts';
import { Timers } from './timers.ts';

let bench: Bench;
let wire: Wire;
/** A clock of its own; each test begins when all leases of the one before are over. */
let now = Date.parse('2026-11-03T12:00:00.000Z');
beforeAll(async () => {
  bench = await startBench();
  wire = await startWire(bench.engine.endpoint);
});
beforeEach(() => {
  now += 3_600_000;
});
afterEach(() => wire.pass());
afterAll(async () => {
  await bench.stop();
  await wire.stop();
});

const nameOfTask = ({ pk }: Key) => pk.replace('task/', '');

/** A process with its own timers, doing what is due; `trouble` is thrown instead, where it says so. */
const start = (options: OpenOptions = {}, trouble: (key: Key) => Error | undefined = () => undefined) => {
  const { store, table, logged } = bench.open(options);
  const seen: string[] = [];
  const timers = new Timers({
    store,
    clock: () => now,
    logger: { warn: (_, message) => logged.push(message), error: (_, message) => logged.push(message) },
    everyMs: 20,
    handle: async (key, at) => {
      seen.push(nameOfTask(key));
      const error = trouble(key);
      if (error) throw error;
      await doDue(store, key, at);
    },
  });
  return { store, table, timers, seen, logged };
};

let tasks = 0;
const dueAt = async (...times: number[]): Promise<Ref<Task>[]> => {
  const { store } = bench.open();
  const refs = times.map(() => {
    tasks += 1;
    return task(`t${tasks}`);
  });
  await Promise.all(refs.map((ref, position) => place(store, ref, { dueAt: times[position] as number })));
  return refs;
};
const doneOf = async (refs: Ref<Task>[]) => (await bench.open().store.read(refs)).map(({ state }) => state.done);

describe('what is due', () => {
  it('is handed over when its time has come, not a millisecond before, and once', async () => {
    const { timers, seen } = start();
    const refs = await dueAt(now - 86_400_000, now, now + 1);
    expect(await timers.look()).toBe(2);
    expect(await doneOf(refs)).toEqual([1, 1, 0]);
    expect(await timers.look()).toBe(0);
    now += 1;
    expect(await timers.look()).toBe(1);
    expect(await doneOf(refs)).toEqual([1, 1, 1]);
    expect(seen).toHaveLength(3);
  });

  it('comes the longest overdue first', async () => {
    const order = [7, 2, 9, 4, 1, 8, 3, 6, 5, 10];
    const { timers, seen } = start();
    const refs = await dueAt(...order.map((minutes) => now - minutes * 60_000));
    const shards = await Promise.all(refs.map(async (ref) => (await bench.raw(ref))?.due?.S as string));
    await timers.look();
    for (const shard of new Set(shards)) {
      const expected = refs
        .map((ref, position) => ({
          name: nameOfTask(ref),
          minutes: order[position] as number,
          shard: shards[position],
        }))
        .filter((one) => one.shard === shard)
        .sort((a, b) => b.minutes - a.minutes)
        .map(({ name }) => name);
      expect(seen.filter((name) => expected.includes(name))).toEqual(expected);
    }
  });

  it('is all done in one look, also when it is more than a page of one shard', async () => {
    const { store } = await bench.onOneShard();
    const refs = Array.from({ length: 230 }, (_, index) => task(`many-${index}`));
    await Promise.all(refs.map((ref, index) => place(store, ref, { dueAt: now - 230 + index })));
    const { timers, seen } = start({ shards: 1 });
    expect(await timers.look()).toBe(230);
    expect(new Set(seen).size).toBe(230);
    expect(await doneOf(refs)).toEqual(refs.map(() => 1));
    expect(await timers.look()).toBe(0);
  });

  it('that fails keeps none of the others from their turn, is said, and comes again with the next look', async () => {
    let isBroken = true;
    const refs = await dueAt(now - 3000, now - 2000, now - 1000);
    const [broken] = refs as [Ref<Task>];
    const { timers, logged } = start({}, ({ pk }) =>
      isBroken && pk === broken.pk ? new Error('out of order') : undefined,
    );
    await timers.look();
    expect(await doneOf(refs)).toEqual([0, 1, 1]);
    expect(logged).toEqual(['what is due about an item could not be done yet']);
    await timers.look();
    expect(await doneOf(refs)).toEqual([0, 1, 1]);
    isBroken = false;
    expect(await timers.look()).toBe(1);
    expect(await doneOf(refs)).toEqual([1, 1, 1]);
  });

  it('that keeps failing, a page of it and more, keeps none of those behind it from their turn', async () => {
    const { store } = await bench.onOneShard();
    const refs = Array.from({ length: 260 }, (_, index) => task(`${index < 240 ? 'stuck' : 'behind'}-${index}`));
    await Promise.all(refs.map((ref, index) => place(store, ref, { dueAt: now - 260 + index })));
    let isBroken = true;
    const { timers } = start({ shards: 1 }, ({ pk }) =>
      isBroken && pk.includes('stuck') ? new Error('out of order') : undefined,
    );
    expect(await timers.look()).toBe(260);
    expect(await doneOf(refs)).toEqual(refs.map((_, index) => (index < 240 ? 0 : 1)));
    isBroken = false;
    expect(await timers.look()).toBe(240);
  });

  it('is found by itself every second or so, and by nobody after the stop', async () => {
    const { timers, seen } = start();
    timers.start();
    const [first] = await dueAt(now);
    await until(async () => (await doneOf([first as Ref<Task>]))[0] === 1, 'the task to be done');
    await timers.stop();
    const [second] = await dueAt(now);
    expect(await timers.look()).toBe(0);
    expect(await doneOf([second as Ref<Task>])).toEqual([0]);
    expect(seen).toEqual([nameOfTask(first as Ref<Task>)]);
    now += 3_600_000;
    await start().timers.look();
  });

  it('waits while the store is away, and is done when it is back', async () => {
    const { timers, logged } = start({ endpoint: wire.endpoint });
    const refs = await dueAt(now);
    wire.handle = async () => undefined;
    timers.start();
    await until(() => logged.length > 0, 'a failed look', 20);
    expect(await doneOf(refs)).toEqual([0]);
    wire.pass();
    await until(async () => (await doneOf(refs))[0] === 1, 'the task to be done');
    await timers.stop();
  });
});

describe('of two processes', () => {
  it('only the one that has the lease looks; the other takes over when the lease is over, and not before', async () => {
    const [one, other] = [start(), start()];
    await one.timers.look();
    const refs = await dueAt(now);
    expect(await other.timers.look()).toBe(0);
    expect(await one.timers.look()).toBe(1);
    // The first one is gone: it does not look any more.
    const left = await dueAt(now + 1000);
    now += 9999;
    expect(await other.timers.look()).toBe(0);
    expect(await doneOf(left)).toEqual([0]);
    now += 1;
    expect(await other.timers.look()).toBe(1);
    expect([await doneOf(refs), await doneOf(left)]).toEqual([[1], [1]]);
    // And when it comes back, it is the one that waits.
    await dueAt(now);
    expect(await one.timers.look()).toBe(0);
    expect(await other.timers.look()).toBe(1);
  });

  it('the one that keeps looking keeps the lease', async () => {
    const [one, other] = [start(), start()];
    for (let second = 0; second < 40; second += 1) {
      const refs = await dueAt(now);
      expect([await one.timers.look(), await other.timers.look()]).toEqual([1, 0]);
      expect(await doneOf(refs)).toEqual([1]);
      now += 1000;
    }
  });

  it('that look at the same moment one does all of it, whichever it is', async () => {
    for (let round = 0; round < 10; round += 1) {
      const both = [start(), start()];
      const refs = await dueAt(now - 2, now - 1, now);
      const looked = await Promise.all(both.map(({ timers }) => timers.look()));
      expect(looked.sort((a, b) => a - b)).toEqual([0, 3]);
      expect(await doneOf(refs)).toEqual([1, 1, 1]);
      now += 10_000;
    }
  });

  it('whose clocks are apart may both look, and each thing is done once', async () => {
    const refs = await dueAt(now - 2, now - 1, now);
    const one = start();
    await one.timers.look();
    const more = await dueAt(now, now);
    const ahead = bench.open();
    const fast = new Timers({
      store: ahead.store,
      clock: () => now + 30_000,
      logger: { warn: () => {}, error: () => {} },
      handle: async (key, at) => void (await doDue(ahead.store, key, at)),
    });
    await Promise.all([fast.look(), one.timers.look()]);
    expect(await doneOf([...refs, ...more])).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('an index that lags', () => {
  it('hands over again what was done already, which is harmless, and ends', async () => {
    const refs = await dueAt(...Array.from({ length: 100 }, (_, index) => now - index));
    const stale = new Map<string, string>();
    wire.handle = async ({ operation, body }, forward) => {
      if (operation !== 'Query') return forward();
      const shard = (JSON.parse(body) as { ExpressionAttributeValues: { ':shard': { S: string } } })
        .ExpressionAttributeValues[':shard'].S;
      const answer = await forward();
      const first = stale.get(shard) ?? answer.body;
      stale.set(shard, first);
      return { status: 200, body: first };
    };
    const { timers, seen } = start({ endpoint: wire.endpoint });
    expect(await timers.look()).toBe(100);
    expect(await timers.look()).toBe(100);
    expect(seen).toHaveLength(200);
    expect(await doneOf(refs)).toEqual(refs.map(() => 1));
  });

  it('that shows the same full page again and again is left until the next look', async () => {
    const { store } = await bench.onOneShard();
    const refs = Array.from({ length: 100 }, (_, index) => task(`page-${index}`));
    await Promise.all(refs.map((ref) => place(store, ref, { dueAt: now })));
    let first: string | undefined;
    wire.handle = async ({ operation, body }, forward) => {
      const answer = await forward();
      if (operation !== 'Query' || !body.includes('"0"')) return answer;
      first ??= answer.body;
      return { status: 200, body: first };
    };
    const { timers } = start({ endpoint: wire.endpoint, shards: 1 });
    expect(await timers.look()).toBe(100);
    expect(await doneOf(refs)).toEqual(refs.map(() => 1));
  });
});

describe('an item in the index', () => {
  it('moves with its time, and leaves when nothing is to be done any more', async () => {
    const { store, table } = await bench.onOneShard();
    const ref = task('moving');
    const due = async (at: number) => (await Array.fromAsync(table.due('0', at, 100))).flat().map(nameOfTask);
    await place(store, ref, { dueAt: now + 10 });
    expect([await due(now + 9), await due(now + 10)]).toEqual([[], ['moving']]);
    await place(store, ref, { dueAt: now + 20 });
    expect([await due(now + 19), await due(now + 20)]).toEqual([[], ['moving']]);
    await doDue(store, ref, now + 20);
    expect(await due(now + 1e9)).toEqual([]);
    expect(await bench.raw(ref)).not.toHaveProperty('due');
    expect(await bench.raw(ref)).not.toHaveProperty('dueAt');
    expect((await store.read([ref]))[0].state).toEqual({ done: 1 });
    expect(taskOf(ref).pk).toBe(ref.pk);
  });
});
