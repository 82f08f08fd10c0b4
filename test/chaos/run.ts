import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeMint, parseCodeKeys } from '@fcode/codes';
import type { EventLog } from '@fcode/event-log';
import { type Role, signToken } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import { eventsOf, ofType, reconcile, Tables } from '@fcode/reconcile';
import { Client } from './client.ts';
import { judgeCodes, lifeTypes } from './codes.ts';
import { judgeEffects } from './effects.ts';
import { type Struck, startStorm } from './faults.ts';
import { Fleet } from './fleet.ts';
import { type Ground, startGround } from './ground.ts';
import { History } from './history.ts';
import { Load } from './load.ts';
import { drawsOf } from './random.ts';
import { openShop } from './shop.ts';

export interface ChaosOptions {
  seconds: number;
  seed: number;
  kafka: boolean;
  /** Where everything of the run is kept; it must be empty. */
  folder: string;
  /** Another tree of the program. */
  root?: string;
  /** Faults of these kinds only. */
  kinds?: readonly string[];
  /** Processes of each service; default 2. */
  each?: number;
  /** Milliseconds that each client thinks between two requests, on average; default 15. */
  thinkMs?: number;
  /** How often each kind strikes; by default about once in a minute. */
  rounds?: number;
  /** How long the system may take to come to rest; default 300 s. */
  settleSeconds?: number;
  tell?: (line: string) => void;
}

/** What came of a run. */
export interface Outcome {
  seconds: number;
  /** By kind: how often it struck while somebody was using the system. */
  faults: Record<string, number>;
  /** What clients sent. */
  operations: number;
  /** What was answered with what was asked for. */
  acknowledged: number;
  /** Effects that were acknowledged, and are not there. */
  lost: number;
  /** Effects that are there more than once. */
  duplicated: number;
  /** Answers that nothing explains, and differences that a reconciliation finds. */
  violations: number;
  /** Of the seconds in which the store was there: in how many somebody was served. */
  servingRatio: number;
}

export interface Verdict {
  outcome: Outcome;
  /** What is wrong, in sentences. */
  findings: { lost: string[]; duplicated: string[]; violations: string[] };
}

export const isClean = ({ lost, duplicated, violations }: Outcome): boolean => lost + duplicated + violations === 0;

/** Runs a system under load, hurts it for so many seconds, lets it come to rest, and judges what clients saw by what is left. */
export const chaos = async (options: ChaosOptions): Promise<Verdict> => {
  const { seconds, seed, kafka, folder, root, kinds, rounds, each, thinkMs, tell = () => {} } = options;
  mkdirSync(folder, { recursive: true });
  const diary = createWriteStream(join(folder, 'diary.log'));
  const note = (line: string) => {
    diary.write(`${line}\n`);
    tell(line);
  };
  const undo: (() => Promise<void> | void)[] = [() => void diary.end()];
  try {
    const proxyDraws = drawsOf(seed, 'proxy');
    const ground = await startGround({ folder: join(folder, 'engines'), kafka, random: () => proxyDraws.share() });
    undo.push(() => ground.stop());
    const secrets = {
      FCODE_JWT_SECRET: randomBytes(32).toString('base64url'),
      FCODE_CODE_KEYS: `1:${randomBytes(32).toString('base64url')}`,
      FCODE_BUYER_KEY: randomBytes(32).toString('base64url'),
    };
    const fleet = new Fleet({
      environment: { ...ground.environment, ...secrets },
      folder,
      ...(root === undefined ? {} : { root }),
      ...(each === undefined ? {} : { each }),
    });
    undo.push(() => fleet.stop());
    note(`On ${ground.what}, every service as ${each ?? 2} processes; seed ${seed}.`);
    await fleet.start();

    const history = new History(join(folder, 'history.ndjson'));
    undo.push(() => history.close());
    const client = new Client(fleet, history);
    undo.push(() => client.close());
    const token = (role: Role, subject: string) => signToken(secrets.FCODE_JWT_SECRET, { subject, roles: [role] });
    const mint = codeMint(parseCodeKeys(secrets.FCODE_CODE_KEYS));
    const { quotas, ...shop } = await openShop(fleet, token, mint, seconds);
    const load = new Load({ client, mint, token, seed, ...shop, ...(thinkMs === undefined ? {} : { thinkMs }) });
    load.start();
    undo.push(() => load.stop());

    const storm = startStorm({
      fleet,
      ground,
      draws: drawsOf(seed, 'storm'),
      seconds,
      now: () => history.now(),
      sent: () => history.operations.length,
      ...(kinds ? { kinds } : {}),
      ...(rounds === undefined ? {} : { rounds }),
      tell: note,
    });
    const startedAt = history.now();
    await Promise.all([storm.over, sleep(seconds * 1000)]);
    const endedAt = history.now();
    await load.stop();
    const ratio = servingRatio(history, storm.struck, startedAt, endedAt);
    note(
      `${history.operations.length} operations, ${history.acknowledged} acknowledged; served in ${Math.round(ratio * 100)} % of the seconds. Coming to rest …`,
    );

    const findings = await judge(options, { ground, fleet, history, quotas, note });
    const faults = Object.fromEntries(
      storm.kinds.toSorted().map((kind) => [kind, storm.struck.filter((one) => one.kind === kind).length]),
    );
    const outcome: Outcome = {
      seconds: Math.round((endedAt - startedAt) / 1000),
      faults,
      operations: history.operations.length,
      acknowledged: history.acknowledged,
      lost: findings.lost.length,
      duplicated: findings.duplicated.length,
      violations: findings.violations.length,
      servingRatio: Math.round(ratio * 1000) / 1000,
    };
    writeFileSync(
      join(folder, 'verdict.json'),
      JSON.stringify({ options: { seconds, seed, kafka, kinds }, outcome, findings }, null, 2),
    );
    return { outcome, findings };
  } finally {
    // Whatever ends badly, the rest is ended too.
    for (let last = undo.pop(); last; last = undo.pop()) {
      try {
        await last();
      } catch (error) {
        tell(`could not end: ${(error as Error).message}`);
      }
    }
  }
};

interface Evidence {
  ground: Ground;
  fleet: Fleet;
  history: History;
  /** By campaign. */
  quotas: ReadonlyMap<string, number>;
  note: (line: string) => void;
}

const judge = async (
  { settleSeconds = 300 }: ChaosOptions,
  { ground, fleet, history, quotas, note }: Evidence,
): Promise<Verdict['findings']> => {
  const tables = new Tables({ endpoint: ground.storeEndpoint, prefix: ground.tablePrefix });
  const log = ground.openLog();
  try {
    const violations: string[] = [];
    if (fleet.crashes > 0)
      violations.push(`${fleet.crashes} processes ended by themselves while they ran; see the logs.`);
    for (const member of fleet.members) fleet.skew(member, 0);
    await fleet.ready();
    const campaigns = [...quotas.keys()];
    const unrest = await restOf({ tables, log, campaigns }, settleSeconds, note);
    if (unrest !== undefined) violations.push(`The system did not come to rest: ${unrest}.`);
    let { differences, settled } = await reconcile({ tables, log, now: Date.now });
    // Clicks wait in memory, where nobody sees them, and come when the log is back.
    for (let tries = 0; !settled && unrest === undefined && tries < 3; tries += 1) {
      await restOf({ tables, log, campaigns }, settleSeconds, note);
      ({ differences, settled } = await reconcile({ tables, log, now: Date.now }));
    }
    if (!settled && unrest === undefined) violations.push('The system moved while it was reconciled.');
    violations.push(...differences.map(({ check, what }) => `${check}: ${what}`));
    const events = await eventsOf(log);
    const lives = ofType(events, ...lifeTypes);
    const skewOf = (asked: string, from: number, to: number) => fleet.skewOf(asked, ...history.times(from, to));
    const codes = judgeCodes(history.operations, lives, history.wall, skewOf);
    const effects = judgeEffects(history.operations, events, quotas);
    note(`${events.length} events; ${codes.explained} answers about codes explained`);
    return {
      lost: effects.lost,
      duplicated: effects.duplicated,
      violations: [...violations, ...codes.violations, ...effects.violations],
    };
  } finally {
    await log.close();
    tables.close();
  }
};

/** Work that is left and does not get less is work that nobody does. */
const stuckAfterMs = 60_000;

/** Grants that are approved, and of whose members not all have their codes. */
const runningIn = async (tables: Tables, campaigns: readonly string[]): Promise<number> => {
  let running = 0;
  for (const campaignId of campaigns) {
    for await (const { state } of tables.partition('issuance', `grants/${campaignId}`)) {
      if (state.status === 'running') running += 1;
    }
  }
  return running;
};

/** Places that are to be offered, or are, and nobody has taken. */
const placesIn = async (tables: Tables, campaigns: readonly string[]): Promise<number> => {
  let places = 0;
  for (const campaignId of campaigns) {
    const pool = await tables.item('issuance', { pk: `quota/${campaignId}`, sk: 'lane/waitlist/pool' });
    const { status, left, waitlist } = (pool?.state ?? {}) as {
      status?: string;
      left?: number;
      waitlist?: { offered: number };
    };
    places += (waitlist?.offered ?? 0) + (status === 'open' ? (left ?? 0) : 0);
  }
  return places;
};

/**
 * Waits until all that was granted is given, no place is kept for anybody, and everything is published and heard; what is still
 * missing when that takes too long, or does not go on.
 */
const restOf = async (
  { tables, log, campaigns }: { tables: Tables; log: EventLog; campaigns: readonly string[] },
  seconds: number,
  note: (line: string) => void,
): Promise<string | undefined> => {
  const deadline = performance.now() + seconds * 1000;
  let least = Number.POSITIVE_INFINITY;
  let lessAt = performance.now();
  for (let quiet = 0, rounds = 0; ; rounds += 1) {
    const [running, places] = [await runningIn(tables, campaigns), await placesIn(tables, campaigns)];
    const unpublished = await tables.unpublished();
    const lags = await Promise.all(
      Object.entries(groups).map(async ([group, about]) => ({
        group,
        behind: (await log.lag(group, about)).reduce((sum, { next, end }) => sum + Math.max(0, end - next), 0),
      })),
    );
    const late = lags
      .filter(({ behind }) => behind > 0)
      .map(({ group, behind }) => `${group} is ${behind} events behind`);
    const left = lags.reduce((sum, { behind }) => sum + behind, unpublished + running + places);
    if (left < least) [least, lessAt] = [left, performance.now()];
    // What is heard last may be said on: quiet once is a pause, twice in a row is the end.
    quiet = left === 0 ? quiet + 1 : 0;
    if (quiet === 2) return undefined;
    const missing = [
      `${unpublished} items have events to publish`,
      `${running} grants are under way`,
      `${places} places are kept`,
      ...late,
    ].join(', ');
    if (rounds % 20 === 0) note(missing);
    const now = performance.now();
    if (now > deadline || now - lessAt > stuckAfterMs) return missing;
    await sleep(500);
  }
};

const servingRatio = (history: History, struck: readonly Struck[], from: number, to: number): number => {
  const seconds = Array.from(
    { length: Math.floor((to - from) / 1000) },
    (_, second) => Math.ceil(from / 1000) + second,
  );
  const isAway = (second: number) =>
    struck.some((fault) => fault.storeIsAway && fault.from < (second + 1) * 1000 && fault.to > second * 1000);
  const open = seconds.filter((second) => !isAway(second));
  return open.length === 0 ? 1 : open.filter((second) => history.served.has(second)).length / open.length;
};
