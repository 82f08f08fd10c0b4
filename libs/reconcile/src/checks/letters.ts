import type { EventLog } from '@fcode/event-log';
import { groups } from '@fcode/infra/topics';
import type { Open } from '../check.ts';

const listedAtMost = 1000;

/** What a group could not handle is not done, whatever the tables say. */
export const letters = (open: Open, log: EventLog) => {
  const finding = open('letters', 'no group has events that it could not handle');
  return {
    conclude: async () => {
      for (const group of Object.keys(groups)) {
        finding.looked();
        for (const { topic, partition, offset, reason } of await log.deadLetters(group, listedAtMost)) {
          const place = `${topic}/${partition}/${offset}`;
          finding.differs(`${group} ${place}`, `${group} could not handle ${place}: ${reason}`);
        }
      }
    },
  };
};
