import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import { request } from './fixtures/seat.ts';
import { place, type Task, task } from './fixtures/task.ts';
import type { Ref } from './item.ts';
import type { Table } from './table.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

const ranksOf = async (table: Table, shard: string, between?: { from: string; to: string }) => {
  const ranks: string[] = [];
  for await (const { rank } of table.board(shard, between)) ranks.push(rank);
  return ranks;
};
const namesOf = async (table: Table, shard: string) => {
  const names: string[] = [];
  for await (const { key } of table.board(shard)) names.push(key.pk.replace('task/', ''));
  return names;
};

describe('the board', () => {
  it('ranks by number, not by text, up to 38 digits; a changed rank moves, and one that is gone leaves', async () => {
    const { store, table } = await bench.onOneShard();
    const most = '9'.repeat(38);
    const ranks: Record<string, string> = { ten: '10', nine: '9', most, almost: `${'9'.repeat(37)}8`, two: '2' };
    for (const [name, rank] of Object.entries(ranks)) await place(store, task(name), { rank });
    expect(await namesOf(table, '0')).toEqual(['most', 'almost', 'ten', 'nine', 'two']);
    expect(await ranksOf(table, '0')).toEqual([most, `${'9'.repeat(37)}8`, '10', '9', '2']);
    await place(store, task('two'), { rank: '11' });
    expect(await namesOf(table, '0')).toEqual(['most', 'almost', 'two', 'ten', 'nine']);
    await place(store, task('most'), {});
    await place(store, task('ten'), { dueAt: 5 });
    expect(await namesOf(table, '0')).toEqual(['almost', 'two', 'nine']);
    expect(await table.ranked('0')).toBe(3);
    expect(await bench.raw(task('ten'))).not.toHaveProperty('rank');
    expect(await bench.raw(task('ten'))).toMatchObject({ dueAt: { N: '5' } });
    for (const name of Object.keys(ranks)) await place(store, task(name), {});
    expect(await namesOf(table, '0')).toEqual([]);
  });

  it('of a part is the ranks from the one, itself included, to the other, which is not', async () => {
    const { store, table } = await bench.onOneShard();
    const ranks = ['5', '7', '7', '9', '12', '100'];
    for (const [position, rank] of ranks.entries()) await place(store, task(`part-${position}`), { rank });
    const part = (from: string, to: string) => ranksOf(table, '0', { from, to });
    expect(await part('7', '12')).toEqual(['9', '7', '7']);
    expect(await part('0', '5')).toEqual([]);
    expect(await part('5', '6')).toEqual(['5']);
    expect(await part('6', '7')).toEqual([]);
    expect(await part('12', '9'.repeat(38))).toEqual(['100', '12']);
    for (const position of ranks.keys()) await place(store, task(`part-${position}`), {});
  });

  it('keeps an item while its events are published and cleared, and while others change with it', async () => {
    const { store, table } = await bench.onOneShard();
    store.outbox.start();
    const told: Ref<Task> = { ...task('told'), evolve: (state) => ({ ...state, rank: '42', dueAt: 43 }) };
    const pinned = { memberId: 'm', by: 'olga', pins: [], reason: 'x' };
    await store.change(
      [told, task('beside')],
      () => ({ outcome: 'accepted', facts: [{ type: 'member.pinned', data: pinned }], receipt: {}, reasons: [] }),
      request(),
    );
    await until(async () => (await bench.raw(told))?.outbox?.L?.length === 0, 'the outbox to be cleared');
    expect(await namesOf(table, '0')).toEqual(['told']);
    expect((await Array.fromAsync(table.due('0', 43, 10))).flat()).toEqual([{ pk: 'task/told', sk: 'task' }]);
    expect(await bench.raw(told)).not.toHaveProperty('pending');
    await place(store, task('told'), {});
    await store.outbox.stop();
  });

  it('is read to its end beyond a page, in order and counted, of its own shard only', async () => {
    const { client, table } = bench.open();
    const ranks = Array.from({ length: 1250 }, (_, index) => ((index * 7919) % 100_003) + 1);
    const put = (rank: number, index: number) => ({
      PutRequest: {
        Item: {
          pk: { S: `many-${index}` },
          sk: { S: 'one' },
          board: { S: index % 10 === 0 ? '0' : '1' },
          rank: { N: String(rank) },
        },
      },
    });
    const puts = ranks.map(put);
    for (let from = 0; from < puts.length; from += 25) {
      const page = puts.slice(from, from + 25);
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: page } }));
    }
    const few = ranks.filter((_, index) => index % 10 === 0).sort((a, b) => b - a);
    const many = ranks.filter((_, index) => index % 10 !== 0).sort((a, b) => b - a);
    expect(await ranksOf(table, '0')).toEqual(few.map(String));
    expect(await ranksOf(table, '1')).toEqual(many.map(String));
    expect([await table.ranked('0'), await table.ranked('1')]).toEqual([125, 1125]);
    const middle = many.filter((rank) => rank >= 1000 && rank < 99_000);
    expect(middle.length).toBeGreaterThan(1000);
    expect(await ranksOf(table, '1', { from: '1000', to: '99000' })).toEqual(middle.map(String));
    expect(await table.ranked('2')).toBe(0);
  });
});
