import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Fcode } from '@fcode/client';
import { startEmbedded } from '@fcode/embedded';
import { type EventLog, openEmbeddedLog } from '@fcode/event-log';
import { createLogger, type Role } from '@fcode/http';
import { topics } from '@fcode/infra/topics';
import { Tables } from './tables.ts';

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

export const groups = {
  membership: ['referral'],
  issuance: ['membership', 'issuance', 'redemption'],
  redemption: ['issuance'],
  referral: ['issuance', 'redemption'],
  insights: ['issuance', 'redemption', 'referral'],
} as const;

const settlesWithinMs = 60_000;

export const startStage = async (at: number): Promise<Stage> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-demo-'));
  let now = at;
  const logger = createLogger('demo', process.env.LOG_LEVEL ?? 'warn');
  const system = await startEmbedded({ folder, port: 0, logger, clock: () => now });
  const log = openEmbeddedLog({ file: system.logFile, topics, logger });
  const tables = new Tables(system.storeEndpoint);

  const isQuiet = async (): Promise<boolean> => {
    if ((await tables.unpublished()) > 0) return false;
    const lags = await Promise.all(Object.entries(groups).map(([group, about]) => log.lag(group, [...about])));
    return lags.flat().every(({ next, end }) => next >= end);
  };

  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (role: Role, subject: string): Promise<string> => {
    const name = `${role} ${subject}`;
    const token = tokens.get(name) ?? system.token({ subject, roles: [role] });
    tokens.set(name, token);
    return token;
  };

  return {
    url: system.url,
    as: (role, subject) => createClient({ url: system.url, token: () => tokenOf(role, subject) }),
    now: () => now,
    advance: (ms) => {
      now += ms;
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
      await log.close();
      await system.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
