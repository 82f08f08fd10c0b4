import { renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Fcode } from '@fcode/client';
import { startEmbedded } from '@fcode/embedded';
import { type EventLog, openEmbeddedLog } from '@fcode/event-log';
import { createLogger, type Role } from '@fcode/http';
import { groups, topics } from '@fcode/infra/topics';
import { clusterEngines, startProcesses } from '@fcode/processes';
import { Tables } from '@fcode/reconcile';
import { startDynamoLocal, startKafka } from '@fcode/testkit';

/** A throwaway system at a time of the story's own, which stands still until it is moved. */
export interface Stage {
  url: string;
  /** The system as somebody with one role sees it. */
  as: (role: Role, subject: string) => Fcode;
  /** Epoch ms. */
  now: () => number;
  advance: (ms: number) => void;
  /** Resolves when every event has been published and heard by everybody. */
  settled: () => Promise<void>;
  tables: Tables;
  log: EventLog;
  stop: () => Promise<void>;
}

/** What runs on the stage: all in this process, or every service in processes of its own. */
interface Troupe {
  url: string;
  token: (role: Role, subject: string) => Promise<string>;
  setTime: (now: number) => void;
  tables: Tables;
  log: EventLog;
  stop: () => Promise<void>;
}

const settlesWithinMs = 60_000;

const inOneProcess = async (folder: string, at: number): Promise<Troupe> => {
  let now = at;
  const logger = createLogger('demo', process.env.LOG_LEVEL ?? 'warn');
  const system = await startEmbedded({ folder, port: 0, logger, clock: () => now });
  const log = openEmbeddedLog({ file: system.logFile, topics, logger });
  return {
    url: system.url,
    token: (role, subject) => system.token({ subject, roles: [role] }),
    setTime: (time) => {
      now = time;
    },
    tables: new Tables({ endpoint: system.storeEndpoint }),
    log,
    stop: async () => {
      await log.close();
      await system.stop();
    },
  };
};

const twice = [{}, {}];

/** Two processes of every service on Kafka and DynamoDB Local, which are found or started. */
const inProcesses = async (folder: string, at: number): Promise<Troupe> => {
  const kafka = await startKafka();
  const store = kafka && (await startDynamoLocal());
  const stopEngines = async () => {
    await store?.stop();
    await kafka?.stop();
  };
  try {
    if (!kafka || !store) throw new Error('--kafka needs a Kafka broker and a DynamoDB Local.');
    const clock = join(folder, 'clock');
    // Written beside and renamed, so that nobody reads half of it.
    const setTime = (now: number) => {
      writeFileSync(`${clock}.next`, String(now));
      renameSync(`${clock}.next`, clock);
    };
    setTime(at);
    const engines = await clusterEngines(kafka.brokers, store.endpoint);
    const services = { membership: twice, issuance: twice, redemption: twice, referral: twice, insights: twice };
    const environment = { FCODE_CLOCK_FILE: clock, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' };
    const system = await startProcesses({ engines, services, gateway: true, environment });
    const log = engines.openLog();
    return {
      url: system.gateway?.url ?? '',
      token: (role, subject) => system.token(role, subject),
      setTime,
      tables: new Tables({ endpoint: store.endpoint, prefix: engines.tablePrefix }),
      log,
      stop: async () => {
        await log.close();
        await system.stop();
        await stopEngines();
      },
    };
  } catch (error) {
    await stopEngines();
    throw error;
  }
};

/** `kafka`: on a broker, DynamoDB Local and processes of their own instead of the embedded engines in this one. */
export const startStage = async (at: number, { kafka = false } = {}): Promise<Stage> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-demo-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let now = at;
  const troupe = await (kafka ? inProcesses : inOneProcess)(folder, at).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const { url, tables, log } = troupe;

  const isQuiet = async (): Promise<boolean> => {
    if ((await tables.unpublished()) > 0) return false;
    const lags = await Promise.all(Object.entries(groups).map(([group, about]) => log.lag(group, about)));
    return lags.flat().every(({ next, end }) => next >= end);
  };

  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (role: Role, subject: string): Promise<string> => {
    const name = `${role} ${subject}`;
    const token = tokens.get(name) ?? troupe.token(role, subject);
    tokens.set(name, token);
    return token;
  };

  return {
    url,
    as: (role, subject) => createClient({ url, token: () => tokenOf(role, subject) }),
    now: () => now,
    advance: (ms) => {
      now += ms;
      troupe.setTime(now);
    },
    settled: async () => {
      const deadline = performance.now() + settlesWithinMs;
      // What is heard last may be said on: quiet once is a pause, twice in a row is the end.
      for (let quiet = 0; quiet < 2; ) {
        quiet = (await isQuiet()) ? quiet + 1 : 0;
        if (performance.now() > deadline) throw new Error('the system did not come to rest within a minute');
        await sleep(30);
      }
    },
    tables,
    log,
    stop: async () => {
      tables.close();
      await troupe.stop();
      await removeFolder();
    },
  };
};
