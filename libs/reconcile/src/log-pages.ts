import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogRecord } from '@fcode/event-log';
import { type EventType, type Heard, hear, type Topic } from '@fcode/events';
import { groups, topics } from '@fcode/infra/topics';

const pageOf = 500;
const triesAtMost = 5;
const topicNames = Object.keys(topics) as Topic[];

/** The next offset that will be written, by partition of every topic. */
export type Ends = Map<string, number>;

export const laneOf = ({ topic, partition }: { topic: Topic; partition: number }): string => `${topic}/${partition}`;

/** How far the log goes, and how many events each group has still to hear, of those who have any. */
export const lookAtLog = async (log: EventLog): Promise<{ ends: Ends; behind: Map<string, number> }> => {
  const ends: Ends = new Map();
  const behind = new Map<string, number>();
  const lags = await Promise.all(
    Object.entries(groups).map(async ([group, about]) => ({ group, lags: await log.lag(group, about) })),
  );
  for (const { group, lags: lanes } of lags) {
    for (const lane of lanes) {
      if (lane.end > lane.next) behind.set(group, (behind.get(group) ?? 0) + lane.end - lane.next);
      ends.set(laneOf(lane), Math.max(lane.end, ends.get(laneOf(lane)) ?? 0));
    }
  }
  return { ends, behind };
};

/** Every record from `from` up to, not with, `to`, partition by partition, each in its order. */
export async function* recordsOf(log: EventLog, to: Ends, from: Ends = new Map()): AsyncGenerator<LogRecord> {
  for (const topic of topicNames) {
    for (let partition = 0; partition < log.partitions(topic); partition += 1) {
      const lane = laneOf({ topic, partition });
      const end = to.get(lane) ?? 0;
      for (let offset = from.get(lane) ?? 0, tries = 0; offset < end; ) {
        const page = await log.read(topic, partition, offset, pageOf);
        for (const record of page) if (record.offset < end) yield record;
        const last = page.at(-1);
        if (last) {
          offset = last.offset + 1;
          tries = 0;
        } else {
          // A broker may have nothing for a moment; and what is no event is left out, be it all there is.
          tries += 1;
          if (tries >= triesAtMost) break;
          await sleep(50 * tries);
        }
      }
    }
  }
}

/** Everything in the log, each event once, in order within a key. Twice in the log is no fault: delivery is at least once. */
export const eventsOf = async (log: EventLog): Promise<Heard[]> => {
  const seen = new Map<string, Heard>();
  const { ends } = await lookAtLog(log);
  for await (const { event } of recordsOf(log, ends)) if (!seen.has(event.id)) seen.set(event.id, hear(event));
  return [...seen.values()];
};

/** Those of some types. */
export const ofType = <Type extends EventType>(events: readonly Heard[], ...types: Type[]): Heard<Type>[] =>
  events.filter((event): event is Heard<Type> => (types as string[]).includes(event.type));
