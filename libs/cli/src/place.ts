import type { Place } from '@fcode/event-log';
import type { Topic } from '@fcode/events';
import { topics } from '@fcode/infra/topics';
import { InvalidArgumentError, Option } from 'commander';

const known = Object.keys(topics) as Topic[];

/** A place as people write it. */
export const placeText = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

/** A topic as an option, one of those that there are. */
export const topicOption = (about: string): Option => new Option('--topic <topic>', about).choices(known);

const partitionsOf = (topic: Topic): string => `${topic} has the partitions 0 to ${topics[topic].partitions - 1}.`;

/** What is wrong with a partition of a topic; undefined when there is one. */
export const notIn = (topic: Topic, partition: number): string | undefined =>
  partition < topics[topic].partitions ? undefined : partitionsOf(topic);

/** A place as it was written: `topic/partition/offset`. */
export const placeIn = (text: string): Place => {
  const [, name, partition, offset] = /^([^/]+)\/(\d{1,5})\/(\d{1,15})$/.exec(text) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError('It must be written as topic/partition/offset, such as redemption/3/17.');
  }
  const topic = known.find((one) => one === name);
  if (!topic) throw new InvalidArgumentError(`There is no topic ${name}; there are ${known.join(', ')}.`);
  const problem = notIn(topic, Number(partition));
  if (problem) throw new InvalidArgumentError(problem);
  return { topic, partition: Number(partition), offset: Number(offset) };
};
