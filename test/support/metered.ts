import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeMint } from '@fcode/codes';
import { connect, Store, Table } from '@fcode/dynamo';
import { openEmbeddedLog } from '@fcode/event-log';
import type { Topic } from '@fcode/events';
import { createLogger, type Role, type Service } from '@fcode/http';
import { outboxShards, type ServiceName, services, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { createInsights } from '@fcode/insights';
import { createIssuance } from '@fcode/issuance';
import { createMembership } from '@fcode/membership';
import { defaultPolicy } from '@fcode/policy';
import { createRedemption } from '@fcode/redemption';
import { createReferral } from '@fcode/referral';
import { startTestStore, until } from '@fcode/testkit';

/** What a table was asked to do, in DynamoDB's units, as the engine counts them. */
export interface Metered {
  write: number;
  outbox: number;
  due: number;
  board: number;
  read: number;
}
export type Meter = Record<ServiceName, Metered>;

interface Capacity {
  Table?: { CapacityUnits?: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
}
interface Input {
  ReturnConsumedCapacity?: string;
  IndexName?: string;
  Key?: { pk?: { S?: string } };
  RequestItems?: Record<string, { Keys?: { pk?: { S?: string } }[] }>;
  ExpressionAttributeValues?: { ':pk'?: { S?: string } };
}

interface Took {
  group: string;
  type: string;
  ms: number;
}

const none = (): Metered => ({ write: 0, outbox: 0, due: 0, board: 0, read: 0 });
const meterOf = (value: () => Metered): Meter =>
  Object.fromEntries(services.map((service) => [service, value()])) as Meter;

/** So long that nothing else a listener does takes as much. */
const slowMs = 200;

/** What instances read every second whatever anybody asks of them, or once a second while somebody asks. */
const isBackground = (pk = ''): boolean =>
  ['terms', 'settings', 'timers', 'ready', 'cutoffs', 'campaigns'].includes(pk) || pk.startsWith('guesses/');

/** Every service on the embedded engines, in one process; each topic is heard when the test says so, and what that costs is told. */
export const startMetered = async () => {
  const engine = await startTestStore();
  const logger = createLogger('metered', 'silent');
  const log = openEmbeddedLog({ file: join(engine.folder, 'log.sqlite'), topics, logger });
  const meter = meterOf(none);
  /** How much later the store answers everybody. */
  let answersAfterMs = 0;
  const subscriptions: Parameters<typeof log.subscribe>[0][] = [];
  /** Nobody listens by itself. */
  const held = {
    ...log,
    subscribe: (listener: (typeof subscriptions)[number]) => {
      subscriptions.push(listener);
      return { stop: async () => {} };
    },
  };

  const clients = new Map<ServiceName, ReturnType<typeof connect>>();
  const storeOf = (service: ServiceName): Store => {
    const client = connect({ endpoint: engine.endpoint, requestTimeoutMs: 5000 });
    clients.set(service, client);
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const input = args.input as Input;
          input.ReturnConsumedCapacity = 'INDEXES';
          if (answersAfterMs > 0) await sleep(answersAfterMs);
          const answer = await next(args);
          const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: Capacity | Capacity[] };
          const isWrite = commandName === 'BatchExecuteStatementCommand' || commandName === 'TransactWriteItemsCommand';
          const of = meter[service];
          const keys = input.RequestItems?.[tableName(service)]?.Keys ?? (input.Key ? [input.Key] : []);
          const read = [
            ...keys.map(({ pk }) => pk?.S),
            ...[input.ExpressionAttributeValues?.[':pk'] ?? []].flat().map(({ S }) => S),
          ];
          const isIdle = read.length > 0 && read.every(isBackground);
          if (!isWrite && (input.IndexName !== undefined || isIdle)) return answer;
          for (const { Table, GlobalSecondaryIndexes = {} } of [ConsumedCapacity ?? []].flat()) {
            of[isWrite ? 'write' : 'read'] += Table?.CapacityUnits ?? 0;
            if (!isWrite) continue;
            for (const index of ['outbox', 'due', 'board'] as const) {
              of[index] += GlobalSecondaryIndexes[index]?.CapacityUnits ?? 0;
            }
          }
          return answer;
        },
      { step: 'initialize', name: 'meter' },
    );
    return new Store({
      table: new Table({ client, name: tableName(service) }),
      log,
      shards: outboxShards,
      clock: Date.now,
      logger,
    });
  };
  const stores = Object.fromEntries(services.map((service) => [service, storeOf(service)])) as Record<
    ServiceName,
    Store
  >;

  const verify = async (token: string) => {
    const [role, subject] = token.split(':') as [Role, string];
    return { subject, roles: [role] };
  };
  const mint = codeMint([{ version: 1, secret: new Uint8Array(32).fill(1) }]);
  const shared = { log: held, mint, policy: defaultPolicy, verify, logger, clock: Date.now, budgetMs: 10_000 };
  const running: Record<ServiceName, Service> = {
    membership: createMembership({ ...shared, store: stores.membership }),
    issuance: createIssuance({ ...shared, store: stores.issuance }),
    redemption: createRedemption({ ...shared, store: stores.redemption, buyerKey: new Uint8Array(32).fill(3) }),
    referral: createReferral({ ...shared, store: stores.referral, landing: '/friend' }),
    insights: createInsights({ ...shared, store: stores.insights }),
  };
  for (const service of Object.values(running)) await service.start();

  /** Everything is published and cleared, so that each command pays for its own. */
  const settled = () =>
    until(
      async () => {
        for (const service of services) {
          const { most } = await stores[service].spread();
          for (let shard = 0; shard < most; shard += 1) {
            if ((await stores[service].table.pending(String(shard), Number.MAX_SAFE_INTEGER, 1)).length > 0)
              return false;
          }
        }
        return true;
      },
      'the outboxes to be cleared',
      60,
    );

  /** What `work` and the publishing of what it did cost. */
  const costOf = async (work: () => Promise<unknown>): Promise<Meter> => {
    await settled();
    const before = structuredClone(meter);
    await work();
    await settled();
    const cost = meterOf(none);
    for (const service of services) {
      for (const unit of Object.keys(none()) as (keyof Metered)[]) {
        cost[service][unit] = meter[service][unit] - before[service][unit];
      }
    }
    return cost;
  };

  /** Hands one topic to all who listen to it, to its end; resolves to how long each of them took for each event, in ms. */
  const hear = async (topic: Topic): Promise<Took[]> => {
    const took: Took[] = [];
    const listeners = subscriptions.filter(({ topics: wanted }) => wanted.includes(topic));
    const listening = listeners.map((listener) =>
      log.subscribe({
        ...listener,
        topics: [topic],
        handle: async (...delivery) => {
          const since = performance.now();
          await listener.handle(...delivery);
          took.push({ group: listener.group, type: delivery[0].type, ms: performance.now() - since });
        },
      }),
    );
    await until(
      async () => {
        const lags = await Promise.all(listeners.map(({ group }) => log.lag(group, [topic])));
        return lags.flat().every(({ next, end }) => next >= end);
      },
      `${topic} to be heard`,
      60,
    );
    await Promise.all(listening.map((one) => one.stop()));
    return took;
  };

  /**
   * How many answers of the store each group waits for, one after the other, to handle what `commands` alike left in a topic; for
   * one of them. Of events of one type the quickest tells: all else that a machine does only takes longer.
   */
  const waitsFor = async (topic: Topic, commands: number): Promise<Map<string, number>> => {
    await settled();
    answersAfterMs = slowMs;
    const took = await hear(topic).finally(() => {
      answersAfterMs = 0;
    });
    const waits = new Map<string, number>();
    for (const alike of Map.groupBy(took, ({ group, type }) => `${group} ${type}`).values()) {
      const { group } = alike[0] as Took;
      // A timer may be a little early.
      const each = Math.floor(Math.min(...alike.map(({ ms }) => ms)) / slowMs + 0.1);
      waits.set(group, (waits.get(group) ?? 0) + (each * alike.length) / commands);
    }
    return waits;
  };

  const ask = async (service: ServiceName, as: `${Role}:${string}`, path: string, body: object, key?: string) => {
    const answer = await running[service].app.fetch(
      new Request(`http://${service}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${as}`,
          'content-type': 'application/json',
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      }),
    );
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };

  return {
    ask,
    hear,
    waitsFor,
    costOf,
    stop: async () => {
      for (const service of Object.values(running)) await service.stop();
      for (const client of clients.values()) client.destroy();
      await log.close();
      await engine.stop();
    },
  };
};
