import type { Item, Ref, Store } from '@fcode/dynamo';
import type { EmbeddedLog } from '@fcode/event-log';
import type { ServiceName } from '@fcode/infra/tables';
import { type LogPosition, markRef } from './marker.ts';

export type Stores = Record<ServiceName, Store>;
type Event = Awaited<ReturnType<EmbeddedLog['after']>>[number]['event'];

const pageSize = 500;
const readWithinMs = 10_000;

/**
 * Finds out whether the store and the log are of one instant, or of two between which nothing happened that matters.
 * Resolves to what the groups of the log are known to have done, if that is to be had: what they did beyond it is to be done
 * again. Throws with what to do when
 * - the log is older: events have left the store's items that are not in the log;
 * - the store is older: the log tells of what never happened in it;
 * - both went on from an older copy of the other.
 */
export const checkRestore = async (
  stores: Stores,
  log: EmbeddedLog,
  folder: string,
): Promise<Pick<LogPosition, 'offsets' | 'settled'> | undefined> => {
  const [{ seq, state: mark }] = await stores.redemption.read([markRef], performance.now() + readWithinMs);
  const [boots, { last }] = await Promise.all([log.boots(), log.position()]);
  const refuse = (what: string) =>
    new Error(
      `The store and the event log in ${folder} are not of one instant: ${what}. ` +
        'Restore store.sqlite and events.sqlite from the same backup, taken while the system was stopped or of both files at ' +
        'one instant, or start on an empty folder: FCODE_DATA=./other',
    );
  const logEnds = async () => {
    const [newest] = last === 0 ? [] : await log.after(last - 1, 1);
    return newest ? `events.sqlite ends at ${newest.event.time}` : 'events.sqlite is empty';
  };

  if (seq === 0) {
    // A folder of before marks were kept. It gets one with the start that it is taken by, unless that was broken off.
    if (boots.length === 0) return undefined;
    if (boots.every((boot) => boot.last === last)) return { offsets: {}, settled: 0 };
    throw refuse(`store.sqlite is the older; ${await logEnds()}, and the store knows of no start that wrote to it`);
  }
  const started = boots.findIndex(({ id }) => id === mark.boot);
  if (started < 0) {
    throw refuse(
      `${await logEnds()}, and knows nothing of the start that wrote store.sqlite until ${mark.at}: it is older, or went on ` +
        'from an older copy',
    );
  }
  // A start after the store's took the log up before the place that the store has seen.
  const branched = boots.slice(started + 1).some((boot) => boot.last < mark.last);
  if (branched) {
    throw refuse(
      `events.sqlite went on from an older copy, and store.sqlite until ${mark.at} knows of events that it has not`,
    );
  }
  if (last < mark.last) {
    throw refuse(
      `events.sqlite is the older; ${await logEnds()}, and store.sqlite knows of ${count(mark.last - last)} until ${mark.at}`,
    );
  }
  const stranger = await firstUnknown(stores, log, mark.last);
  if (stranger) {
    const { event, why } = stranger;
    throw refuse(
      `store.sqlite is the older, written until about ${mark.at}; ${await logEnds()}, with ${count(last - mark.last)} since then, ` +
        `and ${why} ${event.type} of ${event.time}`,
    );
  }
  if (!(await log.remembers(mark.settled))) {
    throw refuse(
      `store.sqlite is the older, written until about ${mark.at}, before more events were replayed than are kept`,
    );
  }
  return mark;
};

const count = (events: number): string => `${events} later event${events === 1 ? '' : 's'}`;

const anything = { initial: {}, evolve: (state: object) => state };

/** The item that an event is about: a click has none. No sort key has a `#`. */
const itemOf = ({ aggregate }: Event): Ref<object> | undefined => {
  const end = aggregate.lastIndexOf('#');
  return end < 0 ? undefined : { pk: aggregate.slice(0, end), sk: aggregate.slice(end + 1), ...anything };
};

/** The first event after a row that did not happen in the store, or not so. */
const firstUnknown = async (stores: Stores, log: EmbeddedLog, row: number) => {
  for (let from = row; ; ) {
    const page = await log.after(from, pageSize);
    const newest = page.at(-1);
    if (!newest) return undefined;
    from = newest.row;
    const events = page.flatMap(({ topic, event }) => {
      const ref = itemOf(event);
      return ref ? [{ topic, event, ref }] : [];
    });
    const deadline = performance.now() + readWithinMs;
    const items = await Promise.all(events.map(({ topic, ref }) => stores[topic].read([ref], deadline)));
    for (const [position, { event }] of events.entries()) {
      const [{ seq, outbox }] = items[position] as [Item<object>];
      if (seq < Number(event.sequence)) return { event, why: 'the store knows nothing of' };
      // What the store has not seen in the log is still in its item, and tells what happened here instead.
      const own = outbox.find(({ sequence }) => sequence === Number(event.sequence));
      if (own && !isSame(own, event)) return { event, why: 'in the store something else happened in place of' };
    }
  }
};

/** Whatever version it is published in, an event is told by when it happened and why. */
const isSame = (entry: Item<object>['outbox'][number], event: Event): boolean =>
  entry.time === event.time &&
  entry.correlationId === event.correlationid &&
  entry.causationId === event.causationid &&
  event.type.startsWith(`fcode.${entry.type}.v`);
