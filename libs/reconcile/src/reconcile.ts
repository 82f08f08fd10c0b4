import { nameOf } from '@fcode/dynamo';
import type { EventLog } from '@fcode/event-log';
import { type CloudEvent, type Heard, hear, toCloudEvent } from '@fcode/events';
import type { ServiceName } from '@fcode/infra/tables';
import type { CheckResult, Difference, Open, System } from './check.ts';
import { intake } from './checks/events.ts';
import { families } from './checks/families.ts';
import { letters } from './checks/letters.ts';
import { type Ends, lookAtLog, recordsOf } from './log-pages.ts';
import type { Key, Tables } from './tables.ts';

export interface Reconciliation {
  /** Whether everybody had heard everything, so that also what needs that was judged. */
  settled: boolean;
  checks: CheckResult[];
  differences: Difference[];
}

export interface ReconcileOptions {
  /** Every table, read page by page. */
  tables: Tables;
  log: EventLog;
  /** Epoch ms. */
  now: () => number;
  /** Progress for people, such as "redemption: 12,000 items". */
  progress?: (line: string) => void;
}

/** Codes before the batches that issued them, and what was heard before the log that told it. */
const inOrder: readonly ServiceName[] = ['redemption', 'issuance', 'membership', 'referral', 'insights'];
const progressEvery = 5000;

/**
 * Compares the tables of a system with each other and with its log, while it goes on working. Nothing is locked, so what is
 * read later may be newer: tables are read first and the log afterwards, each item is judged at its own sequence, for
 * whose events are in the log by then or in the item as it was read; and what still looks wrong is looked at once more.
 */
export const reconcile = async (options: ReconcileOptions): Promise<Reconciliation> => {
  const { tables, log, now, progress = () => {} } = options;
  const checks: CheckResult[] = [];
  const differences: Difference[] = [];
  const open: Open = (name, about) => {
    const result: CheckResult = { name, about, looked: 0, differences: 0 };
    checks.push(result);
    return {
      looked: (count = 1) => {
        result.looked += count;
      },
      differs: (item, what) => {
        result.differences += 1;
        differences.push({ check: name, item, what });
      },
      skip: (reason) => {
        result.skipped = reason;
      },
    };
  };
  const counted = (what: string, things: string) => {
    let count = 0;
    return {
      one: () => ++count % progressEvery === 0 && progress(`${what}: ${inWords(count)} ${things} …`),
      all: () => progress(`${what}: ${inWords(count)} ${things}`),
    };
  };

  const events = intake(open);
  const dead = letters(open, log);
  const all = families.map((family) => family(open));
  const before = await lookAround(tables, log);

  /** Events that items had to publish when they were read, by id. */
  const held = new Map<string, Heard>();
  for (const service of inOrder) {
    if (service === 'issuance') for (const { prepare } of all) await prepare?.(tables);
    const takers = [events, ...all].flatMap(({ items }) => items?.[service] ?? []);
    const count = counted(service, 'items');
    for await (const item of tables.items(service)) {
      count.one();
      for (const entry of item.outbox) {
        const heard = events.understood(item, () => hear(toCloudEvent(nameOf(item), entry)));
        if (heard) held.set(heard.id, heard);
      }
      for (const take of takers) take(item);
    }
    count.all();
  }
  const unpublished = held.size;

  const tell = (heard: Heard) => {
    for (const { events: handlers } of all) (handlers?.[heard.type] as ((event: Heard) => void) | undefined)?.(heard);
  };
  const { ends } = await lookAtLog(log);
  const count = counted('event log', 'events');
  for await (const record of recordsOf(log, ends)) {
    count.one();
    const heard = events.take(record);
    if (!heard) continue;
    held.delete(heard.id);
    tell(heard);
  }
  count.all();
  for (const heard of held.values()) {
    events.takeHeld(heard);
    tell(heard);
  }

  const late = await lookAround(tables, log);
  const unsettled = whyUnsettled(before, late, unpublished);
  const system: System = {
    tables,
    now,
    ...(unsettled === undefined ? {} : { unsettled }),
    isThrough: (group) => !late.behind.has(group),
    lateEvents: (service, keys) => lateEvents({ tables, log, since: ends }, service, keys),
    events: () => understoodIn(log, ends),
  };
  await events.conclude(system);
  await dead.conclude();
  for (const { conclude } of all) await conclude?.(system);
  return { settled: unsettled === undefined, checks, differences };
};

const inWords = (count: number): string => count.toLocaleString('en-US');

type Around = Awaited<ReturnType<typeof lookAround>>;

const lookAround = async (tables: Tables, log: EventLog) => {
  // What is published between the two shows in the log's ends.
  const unpublished = await tables.unpublished();
  return { unpublished, ...(await lookAtLog(log)) };
};

const plural = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${inWords(count)} ${many}`;

/** Why the system was not at rest all the time between two looks. */
const whyUnsettled = (before: Around, now: Around, held: number): string | undefined => {
  for (const { unpublished, behind } of [before, now]) {
    if (unpublished > 0) return `${plural(unpublished, 'item has', 'items have')} events to publish`;
    if (behind.size > 0) {
      const some = [...behind].map(([group, count]) => `${group} ${inWords(count)}`).join(', ');
      return `${plural(behind.size, 'group has', 'groups have')} events to hear: ${some}`;
    }
  }
  if (held > 0) return `${plural(held, 'event was', 'events were')} still to be published while the tables were read`;
  const isSame =
    now.ends.size === before.ends.size && [...now.ends].every(([lane, end]) => before.ends.get(lane) === end);
  return isSame ? undefined : 'the system was at work meanwhile';
};

/** What cannot be understood tells nothing, and was found before. */
async function* understoodIn(log: EventLog, ends: Ends): AsyncGenerator<Heard> {
  for await (const { event } of recordsOf(log, ends)) {
    try {
      yield hear(event);
    } catch {}
  }
}

/** Items first and then the log: what has left an item by then is in the log. */
const lateEvents = async (
  { tables, log, since }: { tables: Tables; log: EventLog; since: Ends },
  service: ServiceName,
  keys: readonly Key[],
): Promise<Heard[]> => {
  const found: Heard[] = [];
  const take = (event: CloudEvent) => {
    try {
      found.push(hear(event));
    } catch {
      // What cannot be understood tells nothing.
    }
  };
  for (const key of keys) {
    const item = await tables.item(service, key);
    for (const entry of item?.outbox ?? []) take(toCloudEvent(nameOf(key), entry));
  }
  const { ends } = await lookAtLog(log);
  for await (const { event } of recordsOf(log, ends, since)) take(event);
  return found;
};
