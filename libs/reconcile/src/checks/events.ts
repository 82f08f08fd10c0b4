import { hash } from 'node:crypto';
import { nameOf } from '@fcode/dynamo';
import type { LogRecord } from '@fcode/event-log';
import { type Heard, hear, type Topic, topicOf } from '@fcode/events';
import { each, type ItemTakers, type Open, type System } from '../check.ts';
import { laneOf } from '../log-pages.ts';
import type { Found, Key } from '../tables.ts';

/** Whose events name them: any other item that an event names is read when it is met. */
const tellers: Record<Topic, RegExp> = {
  redemption: /#life$/,
  issuance: /^campaigns#|^batches\/|#codes\/|#waitlist\//,
  membership: /^member\/|^cutoffs#|^policy#/,
  referral: /^link\/|^referral\//,
};

/** A click has no item: it goes to the log as it is. */
const hasItem = (aggregate: string): boolean => !aggregate.startsWith('click/');

const keyOf = (aggregate: string): Key => {
  const end = aggregate.lastIndexOf('#');
  return { pk: aggregate.slice(0, end), sk: aggregate.slice(end + 1) };
};

/**
 * The way in for events. Each must be understood, stand in the order of its item, always say the same, and belong to an item
 * that knows of it. The same event again is no fault: delivery is at least once.
 */
export const intake = (open: Open) => {
  const finding = open(
    'events',
    'each is understood, says the same each time, and comes in the order of its item, which knows of it',
  );
  const known: Record<Topic, Map<string, number>> = {
    redemption: new Map(),
    issuance: new Map(),
    membership: new Map(),
    referral: new Map(),
  };
  /** The last sequence of items that were read before they told it, or not at all. */
  const ahead: Record<Topic, Map<string, number>> = {
    redemption: new Map(),
    issuance: new Map(),
    membership: new Map(),
    referral: new Map(),
  };
  // Of one partition at a time: a key has its place, and so have all copies of an event.
  let lane = '';
  let bodies = new Map<string, string>();
  let newest = new Map<string, number>();

  const understood = (about: Key | string, read: () => Heard): Heard | undefined => {
    try {
      return read();
    } catch (error) {
      const item = typeof about === 'string' ? about : nameOf(about);
      const reason = (error as Error).message.replace(/\s+/g, ' ').slice(0, 200);
      finding.differs(item, `${item} has an event that cannot be understood: ${reason}`);
      return undefined;
    }
  };

  const note = ({ type, aggregate, sequence }: Heard) => {
    finding.looked();
    if (!hasItem(aggregate)) return;
    const topic = topicOf(type);
    if (sequence <= (known[topic].get(aggregate) ?? 0)) return;
    ahead[topic].set(aggregate, Math.max(sequence, ahead[topic].get(aggregate) ?? 0));
  };

  const itemsOf = (topic: Topic) => (item: Found) => {
    const name = nameOf(item);
    if (tellers[topic].test(name)) known[topic].set(name, item.seq);
  };

  return {
    items: {
      redemption: itemsOf('redemption'),
      issuance: itemsOf('issuance'),
      membership: itemsOf('membership'),
      referral: itemsOf('referral'),
    } as ItemTakers,
    understood,

    /** The event of a record of the log; undefined when it came before, or cannot be understood. */
    take: (record: LogRecord): Heard | undefined => {
      if (laneOf(record) !== lane) {
        lane = laneOf(record);
        bodies = new Map();
        newest = new Map();
      }
      const heard = understood(`${lane}/${record.offset}`, () => hear(record.event));
      if (!heard) return undefined;
      const { id, aggregate, sequence } = heard;
      const body = hash('sha1', JSON.stringify(heard), 'base64').slice(0, 12);
      const before = bodies.get(id);
      if (before !== undefined) {
        if (before !== body) finding.differs(id, `${id} stands in the log twice and says different things`);
        return undefined;
      }
      bodies.set(id, body);
      const last = newest.get(aggregate) ?? 0;
      if (hasItem(aggregate) && sequence <= last) {
        finding.differs(id, `${id} comes after event ${last} of the same item in the log`);
      }
      newest.set(aggregate, Math.max(last, sequence));
      note(heard);
      return heard;
    },

    /** An event that stands in its item and not in the log yet. */
    takeHeld: note,

    conclude: async ({ tables }: Pick<System, 'tables'>) => {
      for (const [topic, names] of Object.entries(ahead) as [Topic, Map<string, number>][]) {
        await each([...names], async ([name, sequence]) => {
          const item = await tables.item(topic, keyOf(name));
          if (!item) finding.differs(name, `${name} has events, and no item`);
          else if (item.seq < sequence) {
            finding.differs(name, `${name} has told event ${sequence}, and is at ${item.seq} itself`);
          }
        });
      }
    },
  };
};
