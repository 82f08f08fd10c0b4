import type { Topic } from '@fcode/events';
import type { Topics } from '../place.ts';

/** What things of one system are called on a cluster that it may share with others. `prefix` keeps them apart. */
export interface Names {
  topic(topic: Topic, version?: number): string;
  /** The domain topic behind a name, in any version. */
  topicOf(name: string): Topic | undefined;
  groupId(group: string): string;
  /** Compacted: the newest record of a key is the dead letter, a null takes it off the list. */
  deadLetters(group: string): string;
  /** What is to be handed to the group again. */
  replays(group: string): string;
}

export const namesOf = (prefix: string, topics: Topics): Names => ({
  topic: (topic, version = topics[topic].version) => `${prefix}.${topic}.v${version}`,
  topicOf: (name) => {
    const [topic, version, ...rest] = name.slice(prefix.length + 1).split('.');
    const isOurs = name.startsWith(`${prefix}.`) && rest.length === 0 && /^v\d+$/.test(version ?? '');
    return isOurs && topic !== undefined && Object.hasOwn(topics, topic) ? (topic as Topic) : undefined;
  },
  groupId: (group) => `${prefix}.${group}`,
  deadLetters: (group) => `${prefix}.dead-letters.${group}`,
  replays: (group) => `${prefix}.replays.${group}`,
});
