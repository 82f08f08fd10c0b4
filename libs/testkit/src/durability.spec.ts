import { join } from 'node:path';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { ensureTables, startEngine } from '@fcode/infra/engine';
import { findJavaEngine } from '@fcode/infra/java';
import { tableName } from '@fcode/infra/tables';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDynamoLocal } from './dynamo-local.ts';
import { startTestStore } from './store-engine.ts';

interface Mortal {
  endpoint: string;
  kill(): Promise<void>;
  /** The same data on the same port. */
  resume(): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  stop(): Promise<void>;
}

const TableName = tableName('redemption');
const connected = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { requestTimeout: 20_000, httpAgent: { maxSockets: 256 } },
  });

const embedded = async (): Promise<Mortal> => {
  const store = await startTestStore();
  const file = join(store.folder, 'mortal.sqlite');
  let engine = await startEngine(file);
  const { endpoint } = engine;
  return {
    endpoint,
    kill: () => engine.kill(),
    resume: async () => {
      engine = await startEngine(file, Number(new URL(endpoint).port));
    },
    pause: () => engine.pause(),
    unpause: () => engine.unpause(),
    stop: async () => {
      await engine.stop();
      await store.stop();
    },
  };
};

const java = !('missing' in (await findJavaEngine('dynamodb-local')));
const engines: [string, boolean, () => Promise<Mortal>][] = [
  ['the embedded engine', true, embedded],
  ['DynamoDB Local', java, async () => (await startDynamoLocal({ keep: true })) as Mortal],
];

/** Writes of one item, one after the other, each guarded by the sequence before it, until one fails. */
const writing = async (client: DynamoDBClient, pk: string, position: number, acknowledged: Map<string, number>) => {
  const Key = { pk: { S: pk }, sk: { S: 's' } };
  const padding = { S: 'x'.repeat(500) };
  for (let seq = 1; ; seq += 1) {
    const next = { N: String(seq) };
    if (position % 2 === 0) {
      const guard: AttributeValue[] = [Key.pk, Key.sk, { N: String(seq - 1) }];
      const statement =
        seq === 1
          ? {
              Statement: `INSERT INTO "${TableName}" VALUE {'pk': ?, 'sk': ?, 'seq': ?, 'state': ?}`,
              Parameters: [Key.pk, Key.sk, next, padding],
            }
          : {
              Statement: `UPDATE "${TableName}" SET "seq"=? WHERE "pk"=? AND "sk"=? AND "seq"=?`,
              Parameters: [next, ...guard],
            };
      const { Responses } = await client.send(new BatchExecuteStatementCommand({ Statements: [statement] }));
      if (Responses?.[0]?.Error) throw new Error(Responses[0].Error.Code);
    } else {
      const guard =
        seq === 1
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'seq = :seq', ExpressionAttributeValues: { ':seq': { N: String(seq - 1) } } };
      const Put = { TableName, Item: { ...Key, seq: next, state: padding }, ...guard };
      await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
    }
    acknowledged.set(pk, seq);
  }
};

const sequences = async (client: DynamoDBClient, names: string[]): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for (let position = 0; position < names.length; position += 100) {
    const Keys = names.slice(position, position + 100).map((pk) => ({ pk: { S: pk }, sk: { S: 's' } }));
    const { Responses } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
    );
    for (const { pk, seq } of Responses?.[TableName] ?? []) found.set(pk?.S as string, Number(seq?.N));
  }
  return found;
};

const rounds = 3;

describe.each(engines)('%s', (_, isHere, start) => {
  let engine: Mortal;
  beforeAll(async () => {
    if (!isHere) return;
    engine = await start();
    await ensureTables(engine.endpoint);
  });
  afterAll(() => engine?.stop());

  it.skipIf(!isHere)(
    'keeps every write that it acknowledged, when it is killed in the midst of them',
    { timeout: 120_000 },
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const client = connected(engine.endpoint);
        const acknowledged = new Map<string, number>();
        const names = Array.from({ length: 200 }, (__, position) => `r${round}-${position}`);
        const writers = names.map((pk, position) =>
          writing(client, pk, position, acknowledged).catch((error: Error) => error),
        );
        // By what it has done, not by the clock: a slow machine's engine is killed in the midst of as much.
        await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(50), { timeout: 30_000, interval: 10 });
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
        await engine.kill();
        const ends = await Promise.all(writers);
        // Nobody ended for another reason.
        expect(ends.filter(({ name }) => /Cancel|Valid|Duplicate/.test(name))).toEqual([]);
        client.destroy();
        await engine.resume();
        const reader = connected(engine.endpoint);
        const kept = await sequences(reader, names);
        reader.destroy();
        const lost = names.filter((pk) => (kept.get(pk) ?? 0) < (acknowledged.get(pk) ?? 0));
        const made = names.filter((pk) => (kept.get(pk) ?? 0) > (acknowledged.get(pk) ?? 0) + 1);
        expect([lost, made]).toEqual([[], []]);
      }
    },
  );

  it.skipIf(!isHere)('answers nobody while it is paused, and everybody afterwards', async () => {
    const client = connected(engine.endpoint);
    const acknowledged = new Map<string, number>();
    const writer = writing(client, 'paused', 0, acknowledged).catch(() => {});
    const count = async (ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return acknowledged.get('paused') ?? 0;
    };
    const growsBeyond = (least: number) =>
      vi.waitFor(() => expect(acknowledged.get('paused') ?? 0).toBeGreaterThan(least), { timeout: 10_000 });
    await growsBeyond(0);
    await engine.pause();
    const before = await count(100);
    expect(await count(500)).toBe(before);
    await engine.unpause();
    await growsBeyond(before);
    await engine.pause();
    await engine.kill();
    await writer;
    await engine.resume();
    expect((await sequences(client, ['paused'])).get('paused')).toBeGreaterThanOrEqual(acknowledged.get('paused') ?? 0);
    client.destroy();
  });
});

describe('an embedded engine that is killed', () => {
  it('has not ended by itself', async () => {
    const store = await startTestStore();
    const engine = await startEngine(join(store.folder, 'killed.sqlite'));
    let ended = false;
    engine.ended.catch(() => {
      ended = true;
    });
    await engine.kill();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ended).toBe(false);
    await store.stop();
  });
});
