import { tableName } from '@fcode/infra/tables';
import { startTestStore, type TestStore } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from './connection.ts';
import { encode } from './item.ts';
import { type Found, TableReader } from './scan.ts';
import { Table } from './table.ts';

const count = 1100;
const entry = {
  type: 'code.held',
  sequence: 3,
  time: '2026-11-01T00:00:00.000Z',
  data: {},
  correlationId: 'c',
  causationId: 'c',
};

let store: TestStore;
let reader: TableReader;
const own = `scan${Date.now()}`;
const key = (n: number) => ({ pk: `${own}/${n % 10}`, sk: `item/${String(n).padStart(4, '0')}` });
beforeAll(async () => {
  store = await startTestStore();
  const name = tableName('insights');
  const table = new Table({ client: connect({ endpoint: store.endpoint }), name });
  const write = (n: number) => {
    const item = { seq: n + 1, state: { n }, outbox: n === 7 ? [entry] : [], answers: [] };
    return table.write(
      { key: key(n), expected: 0, item: encode(item, '5', 1_700_000_000_000) },
      performance.now() + 20_000,
    );
  };
  await Promise.all(Array.from({ length: count }, (_, n) => write(n)));
  reader = new TableReader({ endpoint: store.endpoint, name });
});
afterAll(async () => {
  reader.close();
  await store.stop();
});

describe('a table that is only read', () => {
  it('is read whole, over pages, each item once and as it stands', async () => {
    const found = (await Array.fromAsync(reader.items())).filter(({ pk }) => pk.startsWith(own));
    expect(new Set(found.map(({ state }) => state.n)).size).toBe(count);
    expect(found).toHaveLength(count);
    const pending = found.filter(({ isPending }) => isPending);
    const expected: Found = {
      ...key(7),
      seq: 8,
      state: { n: 7 },
      outbox: [entry],
      since: 1_700_000_000_000,
      isPending: true,
    };
    expect(pending).toEqual([expected]);
  });

  it('is read by partition, by item, and several items at one instant', async () => {
    const partition = await Array.fromAsync(reader.partition(key(3).pk, 'item/0'));
    expect(partition.map(({ state }) => state.n)).toEqual(Array.from({ length: 100 }, (_, n) => 10 * n + 3));
    expect((await reader.item(key(12)))?.state).toEqual({ n: 12 });
    expect(await reader.item({ pk: own, sk: 'none' })).toBeUndefined();
    const [one, none, other] = await reader.snapshot([key(1), { pk: own, sk: 'none' }, key(2)]);
    expect([one?.seq, none, other?.seq]).toEqual([2, undefined, 3]);
  });

  it('says how many items have events to publish, and when there is no such table', async () => {
    expect(await reader.unpublished()).toBeGreaterThanOrEqual(1);
    const missing = new TableReader({ endpoint: store.endpoint, name: 'nobodys' });
    await expect(Array.fromAsync(missing.items())).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    missing.close();
  });
});
