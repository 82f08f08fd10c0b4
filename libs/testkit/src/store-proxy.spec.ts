import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { startEngine } from '@fcode/infra/engine';
import { tableName } from '@fcode/infra/tables';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './store-engine.ts';
import { type StoreProxy, startStoreProxy } from './store-proxy.ts';
import { until } from './until.ts';

const TableName = tableName('redemption');
const connected = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

let store: TestStore;
let direct: DynamoDBClient;
let proxy: StoreProxy;
/** By way of the proxy. */
let client: DynamoDBClient;
beforeAll(async () => {
  store = await startTestStore();
  direct = connected(store.endpoint);
  proxy = await startStoreProxy(store.endpoint);
  client = connected(proxy.endpoint);
});
afterAll(async () => {
  direct.destroy();
  client.destroy();
  await proxy.stop();
  await store.stop();
});
let before: Record<keyof StoreProxy['counts'], number>;
beforeEach(() => {
  proxy.set({});
  proxy.calls.length = 0;
  before = { ...proxy.counts };
});
const counted = (kind: keyof StoreProxy['counts']) => proxy.counts[kind] - before[kind];

let items = 0;
interface Key {
  pk: { S: string };
  sk: { S: string };
}
const fresh = (): Key => {
  items += 1;
  return { pk: { S: `p${items}` }, sk: { S: 's' } };
};
const freshOnes = (count: number) => Array.from({ length: count }, fresh);
const stored = async (Key: Key, by = direct) =>
  (await by.send(new GetItemCommand({ TableName, Key: { ...Key }, ConsistentRead: true }))).Item;
const areStored = async (keys: Key[]) =>
  (await Promise.all(keys.map((key) => stored(key)))).map((item) => item !== undefined);

// As libs/dynamo writes them.
const insert = ({ pk, sk }: Key, more: Record<string, AttributeValue> = {}) => {
  const names = ['seq', ...Object.keys(more)].map((name) => `'${name}': ?`).join(', ');
  return {
    Statement: `INSERT INTO "${TableName}" VALUE {'pk': ?, 'sk': ?, ${names}}`,
    Parameters: [pk, sk, { N: '1' }, ...Object.values(more)],
  };
};
const clearing = ({ pk, sk }: Key) => ({
  Statement: `UPDATE "${TableName}" SET "outbox"=? REMOVE "pending" WHERE "pk"=? AND "sk"=? AND "seq"=?`,
  Parameters: [{ L: [] }, pk, sk, { N: '1' }],
});
const batch = async (statements: { Statement: string; Parameters: AttributeValue[] }[], by = client) =>
  (await by.send(new BatchExecuteStatementCommand({ Statements: statements }))).Responses?.map(
    ({ Error: error }) => error?.Code ?? 'done',
  );
const put = (key: Key) => ({
  Put: { TableName, Item: { ...key, seq: { N: '1' } }, ConditionExpression: 'attribute_not_exists(pk)' },
});
const transact = (keys: Key[]) => client.send(new TransactWriteItemsCommand({ TransactItems: keys.map(put) }));
const snapshot = (keys: Key[]) =>
  client.send(
    new TransactGetItemsCommand({ TransactItems: keys.map((Key) => ({ Get: { TableName, Key: { ...Key } } })) }),
  );
const failed = (asked: Promise<unknown>) =>
  asked.then(
    () => undefined,
    (error: Error & { CancellationReasons?: { Code?: string }[]; $metadata?: { httpStatusCode?: number } }) => error,
  );
/** Draws what it is told, and then 0.99 for ever. */
const drawing =
  (...draws: number[]) =>
  () =>
    draws.shift() ?? 0.99;
const proxied = async <Result>(random: () => number, work: (by: DynamoDBClient, p: StoreProxy) => Promise<Result>) => {
  const own = await startStoreProxy(store.endpoint, { random });
  const by = connected(own.endpoint);
  try {
    return await work(by, own);
  } finally {
    by.destroy();
    await own.stop();
  }
};
const throttles = ['ThrottlingError', 'ProvisionedThroughputExceeded'];

describe('a store behind the proxy', () => {
  it('is what it is while nothing is set, or all at 0', async () => {
    for (const faults of [{}, { throttle: 0, conflict: 0, internalError: 0, lostResponse: 0, duplicate: 0 }]) {
      proxy.set({ ...faults, ...('throttle' in faults ? { slow: { share: 0, ms: 5000 }, staleIndexMs: 0 } : {}) });
      const [one, two, three] = freshOnes(3) as [Key, Key, Key];
      expect(await batch([insert(one), insert(two)])).toEqual(['done', 'done']);
      expect(await batch([insert(one)])).toEqual(['DuplicateItem']);
      await transact([three]);
      expect((await failed(transact([fresh(), three])))?.CancellationReasons?.map(({ Code }) => Code)).toEqual([
        'None',
        'ConditionalCheckFailed',
      ]);
      expect(await stored(three, client)).toEqual({ ...three, seq: { N: '1' } });
    }
    expect(proxy.counts).toEqual(before);
  });

  it('passes headers and checksums through, and uses its connections again', async () => {
    const connections = new Set<unknown>();
    const engine = createServer((incoming, outgoing) => {
      connections.add(incoming.socket);
      incoming.resume().on('end', () => {
        outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': '2745614147' });
        outgoing.end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(engine, 'listening');
    const own = await startStoreProxy(`http://127.0.0.1:${(engine.address() as AddressInfo).port}`);
    for (let times = 0; times < 5; times += 1) {
      const answer = await fetch(own.endpoint, { method: 'POST', body: '{}' });
      expect(answer.headers.get('x-amz-crc32')).toBe('2745614147');
      expect(await answer.text()).toBe('{}');
    }
    expect(connections.size).toBe(1);
    await own.stop();
    engine.close();
  });

  it('is recorded, or not', async () => {
    const [one, two] = freshOnes(2) as [Key, Key];
    await batch([insert(one)]);
    expect(proxy.calls).toMatchObject([{ operation: 'BatchExecuteStatement' }]);
    const own = await startStoreProxy(store.endpoint, { record: false });
    const by = connected(own.endpoint);
    await batch([insert(two)], by);
    expect(own.calls).toEqual([]);
    own.fault = ({ operation, body }) => (operation === 'GetItem' && body.includes('"pk"') ? 'refuse' : 'pass');
    expect(await failed(stored(two, by))).toBeDefined();
    own.fault = () => 'lose';
    const three = fresh();
    expect(await failed(batch([insert(three)], by))).toBeDefined();
    expect(await areStored([two, three])).toEqual([true, true]);
    by.destroy();
    await own.stop();
  });

  it('may go away and come back', async () => {
    const file = join(store.folder, 'away.sqlite');
    const engine = await startEngine(file);
    const own = await startStoreProxy(engine.endpoint);
    const list = () => fetch(own.endpoint, { method: 'POST', body: '{}' }).then(({ status }) => status);
    expect(await list()).toBeGreaterThan(0);
    await engine.pause();
    const waiting = failed(list());
    await new Promise((resolve) => setTimeout(resolve, 100));
    await engine.kill();
    expect(await waiting).toBeDefined();
    expect(await failed(list())).toBeDefined();
    const again = await startEngine(file, Number(new URL(engine.endpoint).port));
    expect(await list()).toBeGreaterThan(0);
    await own.stop();
    await again.stop();
  });
});

describe('a store that throttles', () => {
  it('leaves one statement of five undone, and answers each in its position', async () => {
    const keys = freshOnes(5);
    // Two statements by draws above the share, the third below it and by the second code, and so on.
    await proxied(drawing(0.9, 0.9, 0.1, 0.9), async (by, own) => {
      own.set({ throttle: 0.5 });
      expect(
        await batch(
          keys.map((key) => insert(key)),
          by,
        ),
      ).toEqual(['done', 'done', 'ProvisionedThroughputExceeded', 'done', 'done']);
      expect(own.counts.throttle).toBe(1);
    });
    expect(await areStored(keys)).toEqual([true, true, false, true, true]);
  });

  it('always, does nothing at all', async () => {
    proxy.set({ throttle: 1 });
    const keys = freshOnes(20);
    for (const code of (await batch(keys.map((key) => insert(key)))) ?? []) expect(throttles).toContain(code);
    expect(counted('throttle')).toBe(20);
    const names = new Set<string | undefined>();
    for (let times = 0; times < 40; times += 1) {
      const error = await failed(transact(keys.slice(0, 3)));
      names.add(error?.name);
      expect(error?.$metadata?.httpStatusCode).toBe(400);
      if (error?.name !== 'TransactionCanceledException') continue;
      const codes = error.CancellationReasons?.map(({ Code }) => Code);
      expect(codes).toHaveLength(3);
      expect(codes?.some((code = '') => throttles.includes(code))).toBe(true);
      expect(error.message).toContain(codes?.join(', '));
    }
    expect(names).toEqual(
      new Set(['TransactionCanceledException', 'ThrottlingException', 'ProvisionedThroughputExceededException']),
    );
    expect((await failed(stored(keys[0] as Key, client)))?.name).toMatch(/^(Provisioned)?Thr/);
    expect(await areStored(keys)).not.toContain(true);
  });

  it('some, is right about which', async () => {
    proxy.set({ throttle: 0.3, conflict: 0.1, internalError: 0.1 });
    for (let times = 0; times < 10; times += 1) {
      const keys = freshOnes(25);
      const codes = await batch(keys.map((key) => insert(key)));
      const are = await areStored(keys);
      codes?.forEach((code, position) => {
        if (code !== 'InternalServerError') expect(are[position]).toBe(code === 'done');
      });
    }
    for (const kind of ['throttle', 'conflict', 'internalError'] as const) expect(counted(kind)).toBeGreaterThan(0);
  });
});

describe('a store in which another transaction is in the way', () => {
  it('cancels transactions, and statements of batches, and does none of them', async () => {
    proxy.set({ conflict: 1 });
    const keys = freshOnes(3);
    for (const asked of [transact(keys), snapshot(keys)]) {
      const error = await failed(asked);
      expect(error).toMatchObject({ name: 'TransactionCanceledException', $metadata: { httpStatusCode: 400 } });
      const codes = error?.CancellationReasons?.map(({ Code }) => Code) ?? [];
      expect(codes).toHaveLength(3);
      expect(codes).toContain('TransactionConflict');
    }
    expect(await batch([insert(keys[0] as Key)])).toEqual(['TransactionConflict']);
    expect(counted('conflict')).toBe(3);
    expect(await areStored(keys)).toEqual([false, false, false]);
    // Other calls know no transactions.
    expect(await stored(keys[0] as Key, client)).toBeUndefined();
  });
});

describe('a store that fails', () => {
  it('has done half of the writes', async () => {
    proxy.set({ internalError: 1 });
    const keys = freshOnes(60);
    const errors = await Promise.all(keys.map((key) => failed(transact([key]))));
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'InternalServerError', $metadata: { httpStatusCode: 500 } });
    }
    expect(new Set(await areStored(keys))).toEqual(new Set([true, false]));
    const more = freshOnes(25);
    expect(new Set(await batch(more.map((key) => insert(key))))).toEqual(new Set(['InternalServerError']));
    expect(new Set(await areStored(more))).toEqual(new Set([true, false]));
    expect((await failed(stored(keys[0] as Key, client)))?.name).toBe('InternalServerError');
    expect(counted('internalError')).toBe(60 + 25 + 1);
  });
});

describe('an answer that is lost', () => {
  it('was to something done', async () => {
    proxy.set({ lostResponse: 1 });
    const [one, two] = freshOnes(2) as [Key, Key];
    const error = await failed(transact([one]));
    expect(error).toBeDefined();
    expect(error?.$metadata?.httpStatusCode).toBeUndefined();
    expect(await failed(batch([insert(two)]))).toBeDefined();
    expect(await areStored([one, two])).toEqual([true, true]);
    expect(counted('lostResponse')).toBe(2);
  });
});

describe('a call that comes twice', () => {
  it('is answered as the second, which finds the work of the first', async () => {
    const key = fresh();
    await proxied(drawing(0.1, 0.1), async (by, own) => {
      own.set({ duplicate: 0.5 });
      expect(await batch([insert(key)], by)).toEqual(['DuplicateItem']);
      expect(own.counts.duplicate).toBe(1);
    });
    expect(await areStored([key])).toEqual([true]);
  });

  it('is answered as the first, and done again', async () => {
    const key = fresh();
    await direct.send(new PutItemCommand({ TableName, Item: { ...key, seq: { N: '1' } } }));
    await proxied(drawing(0.1, 0.9), async (by, own) => {
      own.set({ duplicate: 0.5 });
      const add = new UpdateItemCommand({
        TableName,
        Key: { ...key },
        UpdateExpression: 'ADD seq :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      });
      expect((await by.send(add)).Attributes?.seq).toEqual({ N: '2' });
      await until(async () => (await stored(key))?.seq?.N === '3', 'the second to be done');
    });
  });
});

describe('a slow store', () => {
  it('is waited for, before it works or after', async () => {
    const took = async (...draws: number[]) => {
      const key = fresh();
      return await proxied(drawing(...draws), async (by, own) => {
        own.set({ slow: { share: 0.5, ms: 300 } });
        const began = performance.now();
        const asked = batch([insert(key)], by);
        await new Promise((resolve) => setTimeout(resolve, 150));
        const early = (await areStored([key]))[0];
        await asked;
        return { ms: performance.now() - began, early, slow: own.counts.slow };
      });
    };
    const late = await took(0.1, 0.99, 0.1);
    expect(late).toMatchObject({ early: false, slow: 1 });
    expect(late.ms).toBeGreaterThan(280);
    const after = await took(0.1, 0.99, 0.9);
    expect(after).toMatchObject({ early: true, slow: 1 });
    expect(after.ms).toBeGreaterThan(280);
    expect((await took(0.9)).slow).toBe(0);
  });
});

describe('an index that lags', () => {
  /** Every query as late as it can be. */
  const lagging = <Result>(
    work: (by: DynamoDBClient, own: StoreProxy) => Promise<Result>,
    staleIndexMs = 30_000,
  ): Promise<Result> =>
    proxied(
      () => 0.999,
      async (by, own) => {
        own.set({ staleIndexMs });
        const result = await work(by, own);
        expect([...own.notUnderstood]).toEqual([]);
        return result;
      },
    );
  let shards = 0;
  const freshShard = () => {
    shards += 1;
    return `shard-${shards}`;
  };
  const pendingIn = (shard: string, since: number) => ({ since: { N: String(since) }, pending: { S: shard } });
  const query = (by: DynamoDBClient, shard: string, more: Partial<QueryCommandInput> = {}) =>
    by.send(
      new QueryCommand({
        TableName,
        IndexName: 'outbox',
        KeyConditionExpression: 'pending = :shard AND since < :before',
        ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { N: '1000' } },
        Limit: 10,
        ...more,
      }),
    );
  const names = async (...asked: Parameters<typeof query>) => {
    const { Items = [], Count, ScannedCount } = await query(...asked);
    expect([Count, ScannedCount]).toEqual([Items.length, Items.length]);
    return Items.map(({ pk }) => pk?.S);
  };
  const namesOf = (keys: Key[]) => keys.map(({ pk }) => pk.S);

  it('does not know what has just been written, by whichever call', async () => {
    const [old, ...keys] = freshOnes(5) as [Key, Key, Key, Key, Key];
    const shard = freshShard();
    const at = (since: number) => pendingIn(shard, since);
    await batch([insert(old, at(1))], direct);
    const [one, two, three, four] = keys as [Key, Key, Key, Key];
    await batch([insert(four)], direct);
    await lagging(async (by, own) => {
      await batch([insert(one, at(2))], by);
      await by.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { ...two, ...at(3) } } }] }),
      );
      await by.send(new PutItemCommand({ TableName, Item: { ...three, ...at(4) } }));
      const set = `UPDATE "${TableName}" SET "since"=?, "pending"=? WHERE "pk"=? AND "sk"=? AND "seq"=?`;
      await batch([{ Statement: set, Parameters: [{ N: '5' }, { S: shard }, four.pk, four.sk, { N: '1' }] }], by);
      expect(await names(direct, shard)).toEqual(namesOf([old, ...keys]));
      expect(await names(by, shard)).toEqual(namesOf([old]));
      expect(own.counts.staleIndex).toBe(1);
      own.set({});
      expect(await names(by, shard)).toEqual(namesOf([old, ...keys]));
      expect(own.counts.staleIndex).toBe(1);
    });
  });

  it('learns of it in time, and knows at once what was refused', async () => {
    const [one, two] = freshOnes(2) as [Key, Key];
    const shard = freshShard();
    await batch([insert(two, pendingIn(shard, 2))], direct);
    await lagging(async (by) => {
      expect(await batch([insert(one, pendingIn(shard, 1)), insert(two, pendingIn(shard, 3))], by)).toEqual([
        'done',
        'DuplicateItem',
      ]);
      expect(await names(by, shard)).toEqual(namesOf([two]));
      await until(async () => (await names(by, shard)).length === 2, 'the index to learn of it');
    }, 300);
  });

  it('still has what was cleared, for a while, where the key condition finds it', async () => {
    const keys = freshOnes(3);
    const [first, second] = keys as [Key, Key];
    const shard = freshShard();
    await batch(
      keys.map((key, position) => insert(key, pendingIn(shard, position + 1))),
      direct,
    );
    await lagging(async (by) => {
      expect(await names(by, shard)).toEqual(namesOf(keys));
      expect(await batch([clearing(second)], by)).toEqual(['done']);
      expect(await names(direct, shard)).toEqual(namesOf([first, keys[2] as Key]));
      // In its place; the time that a relay asks for is another each time.
      const before = (bound: string) => ({
        ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { N: bound } },
      });
      expect(await names(by, shard, before('999'))).toEqual(namesOf(keys));
      expect(await names(by, shard, { ...before('998'), ScanIndexForward: false })).toEqual(namesOf(keys).toReversed());
      expect(await names(by, shard, before('2'))).toEqual(namesOf([first]));
      expect(await names(by, freshShard())).toEqual([]);
    });
    await lagging(async (by) => {
      expect(await names(by, shard)).toEqual(namesOf([first, keys[2] as Key]));
      await batch([clearing(first)], by);
      expect(await names(by, shard)).toHaveLength(2);
      await until(async () => (await names(by, shard)).length === 1, 'the index to forget');
    }, 300);
  });

  it('has an item as it was before it was written again', async () => {
    const key = fresh();
    const shard = freshShard();
    await batch([insert(key, pendingIn(shard, 1))], direct);
    await lagging(async (by) => {
      await query(by, shard);
      const again = { ...key, ...pendingIn(shard, 7) };
      await by.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: again } }] }));
      expect((await query(direct, shard)).Items).toMatchObject([{ since: { N: '7' } }]);
      expect((await query(by, shard)).Items).toMatchObject([{ since: { N: '1' } }]);
      expect((await query(by, shard)).Items).toMatchObject([{ since: { N: '1' } }]);
    });
  });

  it('is read page by page to the end, each item once', async () => {
    const keys = freshOnes(30);
    const shard = freshShard();
    // Some of them stand level.
    await batch(
      keys.slice(0, 25).map((key, position) => insert(key, pendingIn(shard, Math.floor(position / 2)))),
      direct,
    );
    await batch(
      keys.slice(25).map((key) => insert(key, pendingIn(shard, 50))),
      direct,
    );
    const all = async (by: DynamoDBClient) => {
      const found: (string | undefined)[] = [];
      for (let ExclusiveStartKey: Record<string, AttributeValue> | undefined, pages = 0; ; pages += 1) {
        expect(pages).toBeLessThan(30);
        const page = await query(by, shard, { Limit: 4, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) });
        expect(page.Items?.length).toBeLessThanOrEqual(4);
        found.push(...(page.Items ?? []).map(({ pk }) => pk?.S));
        ExclusiveStartKey = page.LastEvaluatedKey;
        if (!ExclusiveStartKey) return found;
      }
    };
    await lagging(async (by) => {
      expect(new Set(await all(by))).toEqual(new Set(namesOf(keys)));
      await batch(keys.slice(3, 16).map(clearing), by);
      const found = await all(by);
      expect(new Set(found).size).toBe(found.length);
      for (const { pk } of [...keys.slice(0, 3), ...keys.slice(16)]) expect(found).toContain(pk.S);
      expect(found.length).toBeGreaterThan(30 - 13);
    });
  });

  it('counts as it is, and tells what it does not understand', async () => {
    const key = fresh();
    const shard = freshShard();
    await proxied(
      () => 0.999,
      async (by, own) => {
        own.set({ staleIndexMs: 30_000 });
        await batch([insert(key, pendingIn(shard, 1))], by);
        expect((await query(by, shard, { Select: 'COUNT' })).Count).toBe(1);
        expect([...own.notUnderstood]).toEqual([]);
        const Statement = `UPDATE "${TableName}" SET "since"=2 WHERE "pk"='${key.pk.S}' AND "sk"='s'`;
        await by.send(new BatchExecuteStatementCommand({ Statements: [{ Statement }] }));
        expect([...own.notUnderstood]).toEqual([Statement]);
        expect(own.counts.staleIndex).toBe(0);
      },
    );
  });
});
