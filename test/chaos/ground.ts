import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, openEventLog } from '@fcode/event-log';
import { createLogger } from '@fcode/http';
import { type Engine, ensureTables, startEngine } from '@fcode/infra/engine';
import { topics } from '@fcode/infra/topics';
import { clusterEngines } from '@fcode/processes';
import { type StoreProxy, startDynamoLocal, startKafka, startStoreProxy, startWire, type Wire } from '@fcode/testkit';

/** An engine that can be hurt. */
export interface Victim {
  kill(): Promise<void>;
  /** The same data on the same port, after it was killed. */
  revive(): Promise<void>;
  pause(): void | Promise<void>;
  unpause(): void | Promise<void>;
}

/** What a run stands on: a store behind a proxy, and an event log. */
export interface Ground {
  /** E.g. `Apache Kafka 4.3.1 (java) and DynamoDB Local 2.6.1 (java)`. */
  what: string;
  /** For the services: the store by way of the proxy, the log by way of the wire. */
  environment: Record<string, string>;
  proxy: StoreProxy;
  store: Victim;
  /** The store itself, for who checks it. */
  storeEndpoint: string;
  tablePrefix: string;
  /** The broker, and the wire before it. */
  broker?: Victim & { wire: Wire };
  /** Of the embedded log: nobody else can write for so long. */
  /** False when it could not be had. */
  lockLog?: (ms: number) => Promise<boolean>;
  openLog(): EventLog;
  stop(): Promise<void>;
}

const logger = createLogger('chaos', 'silent');

export interface GroundOptions {
  folder: string;
  kafka: boolean;
  random: () => number;
}

export const startGround = (options: GroundOptions): Promise<Ground> =>
  options.kafka ? startCluster(options) : startEmbeddedEngines(options);

const startEmbeddedEngines = async ({ folder, random }: GroundOptions): Promise<Ground> => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'store.sqlite');
  const logFile = join(folder, 'events.sqlite');
  let engine: Engine = await startEngine(file);
  const storeEndpoint = engine.endpoint;
  const port = Number(new URL(storeEndpoint).port);
  await ensureTables(storeEndpoint);
  const proxy = await startStoreProxy(storeEndpoint, { random, record: false });
  const address = `sqlite:${logFile}`;
  return {
    what: 'the embedded engines',
    environment: { DYNAMODB_ENDPOINT: proxy.endpoint, FCODE_EVENT_LOG: address },
    proxy,
    storeEndpoint,
    tablePrefix: 'fcode',
    store: {
      kill: () => engine.kill(),
      revive: async () => {
        engine = await startEngine(file, port);
      },
      pause: () => engine.pause(),
      unpause: () => engine.unpause(),
    },
    lockLog: async (ms) => {
      // Clients and wires are in this process: nothing here may wait without letting them go on.
      const db = new DatabaseSync(logFile, { timeout: 0 });
      try {
        const deadline = performance.now() + 2000;
        while (!begins(db)) {
          if (performance.now() > deadline) return false;
          await sleep(20);
        }
        await sleep(ms);
        db.exec('ROLLBACK');
        return true;
      } finally {
        db.close();
      }
    },
    openLog: () => openEventLog({ address, topics, logger }),
    stop: async () => {
      await proxy.stop();
      await engine.stop();
    },
  };
};

const begins = (db: DatabaseSync): boolean => {
  try {
    db.exec('BEGIN IMMEDIATE');
    return true;
  } catch {
    return false;
  }
};

const startCluster = async ({ random }: GroundOptions): Promise<Ground> => {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last; last = undo.pop()) await last();
  };
  try {
    const target = { port: 0 };
    const wire = await startWire(target);
    undo.push(() => wire.stop());
    const kafka = await startKafka({ own: true, advertisedPort: wire.port });
    if (!kafka) throw new Error('--kafka needs a Kafka broker of its own: Java 17 or later, and Maven.');
    undo.push(() => kafka.stop());
    const { kill, resume, pause, unpause, port } = kafka;
    const local = await startDynamoLocal({ keep: true });
    if (!local) throw new Error('--kafka needs a DynamoDB Local: Java 17 or later, and Maven.');
    undo.push(() => local.stop());
    if (
      !kill ||
      !resume ||
      !pause ||
      !unpause ||
      port === undefined ||
      !local.kill ||
      !local.resume ||
      !local.pause ||
      !local.unpause
    ) {
      throw new Error('--kafka kills its engines, so they must be its own, by Java.');
    }
    target.port = port;
    const brokers = `127.0.0.1:${wire.port}`;
    const engines = await clusterEngines(brokers, local.endpoint);
    const proxy = await startStoreProxy(local.endpoint, { random, record: false });
    undo.push(() => proxy.stop());
    return {
      what: `Apache Kafka ${kafka.version ?? ''} (${kafka.how}) and DynamoDB Local ${local.version ?? ''} (${local.how})`,
      environment: { ...engines.environment, DYNAMODB_ENDPOINT: proxy.endpoint },
      proxy,
      storeEndpoint: local.endpoint,
      tablePrefix: engines.tablePrefix,
      store: { kill: local.kill, revive: local.resume, pause: local.pause, unpause: local.unpause },
      broker: { kill, revive: resume, pause, unpause, wire },
      openLog: () => engines.openLog(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
