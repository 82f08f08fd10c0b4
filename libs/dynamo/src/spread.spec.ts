import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromTheTop } from './board.ts';
import { type Bench, type OpenOptions, startBench } from './fixtures/bench.ts';
import { hold, request, seat } from './fixtures/seat.ts';
import { doDue, place, task, taskOf } from './fixtures/task.ts';
import { type Key, nameOf } from './item.ts';
import { TableReader } from './scan.ts';
import { isShardCount } from './spread.ts';
import { Timers } from './timers.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

const count = 120;
/** Everything that stands in an index, committed by a process that dies before it publishes. */
const leave = async (batch: number, options: OpenOptions) => {
  const { store } = bench.open({ ...options, log: { ...bench.log, append: () => Promise.reject(new Error('dead')) } });
  await store.spread();
  const seats = Array.from({ length: count }, (_, index) => seat(batch, index));
  const tasks = Array.from({ length: count }, (_, index) => task(`of-${batch}-${index}`));
  await Promise.all(seats.map((one) => store.change([one], hold(one, 'order'), request())));
  await Promise.all(tasks.map((one, index) => place(store, one, { dueAt: 1000 + index, rank: String(index) })));
  return { seats, tasks };
};
type Left = Awaited<ReturnType<typeof leave>>;

/** Items as they lie in the store, some at a time: each is a connection. */
const raws = async (refs: readonly Key[]) => {
  const items: Awaited<ReturnType<Bench['raw']>>[] = [];
  for (let from = 0; from < refs.length; from += 10) {
    items.push(...(await Promise.all(refs.slice(from, from + 10).map((ref) => bench.raw(ref)))));
  }
  return items;
};
const shardsIn = async ({ seats, tasks }: Left): Promise<Record<'pending' | 'due' | 'board', Set<number>>> => {
  const items = await raws([...seats, ...tasks]);
  const of = (index: string) => new Set(items.flatMap((item) => (item?.[index] ? [Number(item[index].S)] : [])));
  return { pending: of('pending'), due: of('due'), board: of('board') };
};

/** What a process that comes later finds: it is all published, done, and on the board. */
const finds = async (options: OpenOptions, ...lefts: Left[]) => {
  const { store } = bench.open({ ...options, relayAfterMs: 0 });
  const seats = lefts.flatMap((left) => left.seats);
  const tasks = lefts.flatMap((left) => left.tasks);
  const board = (await Array.fromAsync(fromTheTop(store))).map(({ key }) => key.pk);
  expect(board.toSorted()).toEqual(tasks.map(({ pk }) => pk).toSorted());
  store.outbox.start();
  const reader = new TableReader({ endpoint: bench.engine.endpoint, name: store.table.name });
  await expect.poll(() => reader.unpublished(), { timeout: 40_000, interval: 200 }).toBe(0);
  reader.close();
  const published = await Promise.all(seats.map((one) => bench.published(nameOf(one))));
  expect(published.map((events) => events.length)).toEqual(seats.map(() => 1));
  const timers = new Timers({
    store,
    clock: () => 5000,
    logger: { warn: () => {}, error: () => {} },
    handle: async (key, at) => void (await doDue(store, key, at)),
  });
  expect(await timers.look()).toBe(tasks.length);
  const done = await store.read(tasks.map(({ pk, sk }) => taskOf({ pk, sk })));
  expect(done.map(({ state }) => state.done)).toEqual(tasks.map(() => 1));
};

describe('what waits in the indexes of a table', () => {
  it('is found after their shards became more, by who has more and by who has not been told', async () => {
    const untold = bench.open({ shards: 16 });
    const low = await leave(1, { shards: 16 });
    expect(Math.max(...(await shardsIn(low)).pending)).toBe(15);
    const high = await leave(2, { shards: 64 });
    const shards = await shardsIn(high);
    for (const index of Object.values(shards)) expect([index.size > 40, Math.max(...index)]).toEqual([true, 63]);
    expect((await Array.fromAsync(fromTheTop(untold.store))).length).toBe(2 * count);
    await finds({ shards: 16 }, low, high);
  });

  it('is found after they became fewer, also by a process that writes to one alone', async () => {
    const high = await leave(1, { shards: 64 });
    const low = await leave(2, { shards: 1 });
    expect(Math.max(...(await shardsIn(high)).due)).toBeGreaterThan(50);
    expect([...(await shardsIn(low)).due]).toEqual([0]);
    const reader = new TableReader({ endpoint: bench.engine.endpoint, name: bench.open().table.name });
    expect([await reader.spread(), await reader.unpublished()]).toEqual([{ fewest: 1, most: 64 }, 2 * count]);
    reader.close();
    await finds({ shards: 16 }, high, low);
  });

  it('moves to a shard of the same remainder when it is written again', async () => {
    const { tasks, seats } = await leave(1, { shards: 16 });
    const boards = async () => (await raws(tasks)).map((item) => Number(item?.board?.S));
    const before = await boards();
    const { store } = bench.open({ shards: 64 });
    await store.spread();
    await Promise.all(tasks.map((ref) => place(store, ref, { rank: '7' })));
    const after = await boards();
    expect(after.map((shard) => shard % 16)).toEqual(before);
    expect(new Set(after).size).toBeGreaterThan(40);
    expect((await Array.fromAsync(fromTheTop(store))).length).toBe(count);
    expect(seats).toHaveLength(count);
  });
});

describe('a process that is to spread over other shards', () => {
  it('keeps to those that everybody looks at until the table says so', async () => {
    const { store } = bench.open({ shards: 64 });
    const tasks = Array.from({ length: 64 }, (_, index) => task(`early-${index}`));
    await Promise.all(tasks.map((ref) => place(store, ref, { dueAt: 1 })));
    const { due } = await shardsIn({ seats: [], tasks });
    expect(Math.max(...due)).toBe(15);
  });

  it('has the table say so by itself once it is started, and leaves a table alone that says it already', async () => {
    const { store, table } = bench.open({ shards: 32 });
    store.outbox.start();
    const reader = new TableReader({ endpoint: bench.engine.endpoint, name: table.name });
    await expect.poll(() => reader.spread(), { timeout: 10_000 }).toEqual({ fewest: 16, most: 32 });
    reader.close();
    const seqOf = async () => (await bench.raw({ pk: 'settings', sk: 'shards' }))?.seq?.N;
    const seq = await seqOf();
    for (const shards of [16, 32]) await bench.open({ shards }).store.spread();
    expect(await seqOf()).toBe(seq);
  });

  it('loses nothing of what others have the table say at the same time', async () => {
    const counts = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    await Promise.all(counts.flatMap((shards) => [1, 2].map(() => bench.open({ shards }).store.spread())));
    expect(await bench.open().store.spread()).toEqual({ fewest: 1, most: 256 });
  });

  it('is not begun with a count that is none', () => {
    expect([1, 2, 16, 256].map(isShardCount)).toEqual([true, true, true, true]);
    for (const shards of [0, -16, 3, 24, 1.5, 512, Number.NaN]) {
      expect(() => bench.open({ shards })).toThrow('powers of two');
    }
  });
});
