import type { EventLog } from '@fcode/event-log';
import type { CloudEvent, Topic } from '@fcode/events';
import { services } from '@fcode/infra/tables';
import { groups, topics } from '@fcode/infra/topics';
import { until } from '@fcode/testkit';

/** Everything that stands in the log, as often as it stands there, in the order of each partition. */
export const everything = async (log: EventLog): Promise<CloudEvent[]> => {
  const events: CloudEvent[] = [];
  for (const topic of Object.keys(topics) as Topic[]) {
    for (let partition = 0; partition < log.partitions(topic); partition += 1) {
      for (let offset = 0; ; ) {
        const page = await log.read(topic, partition, offset, 1000);
        const last = page.at(-1);
        if (!last) break;
        events.push(...page.map(({ event }) => event));
        offset = last.offset + 1;
      }
    }
  }
  return events;
};

/** Keys whose events do not stand in the order in which they happened to an aggregate; again and later is no fault. */
export const outOfOrder = (events: readonly CloudEvent[]): string[] => {
  const newest = new Map<string, number>();
  const seen = new Set<string>();
  const wrong = new Set<string>();
  for (const { aggregate, partitionkey, sequence, id } of events) {
    if (seen.has(id)) continue;
    seen.add(id);
    const of = `${partitionkey} of ${aggregate}`;
    if (Number(sequence) < (newest.get(of) ?? 0)) wrong.add(of);
    newest.set(of, Number(sequence));
  }
  return [...wrong];
};

/** Resolves when every group has heard everything. */
export const allHeard = (log: EventLog, seconds = 60): Promise<unknown> =>
  until(
    async () => {
      const lags = await Promise.all(services.map((group) => log.lag(group, groups[group])));
      return lags.flat().every(({ next, end }) => next >= end);
    },
    'every group to hear everything',
    seconds,
  );

export const allDead = async (log: EventLog): Promise<string[]> => {
  const letters = await Promise.all(services.map((group) => log.deadLetters(group)));
  return letters
    .flat()
    .map(({ group, topic, partition, offset, reason }) => `${group} ${topic}/${partition}/${offset}: ${reason}`);
};
