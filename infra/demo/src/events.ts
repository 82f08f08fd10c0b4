import type { EventLog } from '@fcode/event-log';
import { type EventType, type Heard, hear, type Topic } from '@fcode/events';

const topics: readonly Topic[] = ['membership', 'issuance', 'redemption', 'referral'];
const pageOf = 500;

/** Everything in the log, each event once, in order within a key. Twice in the log is no fault: delivery is at least once. */
export const eventsOf = async (log: EventLog): Promise<Heard[]> => {
  const seen = new Map<string, Heard>();
  for (const topic of topics) {
    for (let partition = 0; partition < log.partitions(topic); partition += 1) {
      for (let offset = 0; ; ) {
        const page = await log.read(topic, partition, offset, pageOf);
        for (const { event } of page) if (!seen.has(event.id)) seen.set(event.id, hear(event));
        const last = page.at(-1);
        if (!last) break;
        offset = last.offset + 1;
      }
    }
  }
  return [...seen.values()];
};

/** Those of some types. */
export const ofType = <Type extends EventType>(events: readonly Heard[], ...types: Type[]): Heard<Type>[] =>
  events.filter((event): event is Heard<Type> => (types as string[]).includes(event.type));
