import type { Topic } from '@fcode/events';
import type { ITopicConfig } from 'kafkajs';
import type { Topics } from '../place.ts';
import { connectKafka, type KafkaAccess } from './client.ts';
import { Desk } from './desk.ts';
import { namesOf } from './names.ts';

export const replayPartitions = 4;
const days = 24 * 60 * 60 * 1_000;
const forEver = '-1';
/** A letter holds a whole record as text within text: each of its bytes takes up to six. */
const roomy = { 'max.message.bytes': '8000000' };

export interface EnsureTopicsOptions {
  access: KafkaAccess;
  topics: Topics;
  /** Each has dead letters and replays of its own. */
  groups: readonly string[];
  prefix?: string;
}

/**
 * Makes the topics that are missing and gives their names. Replicas: three, or as many as there are brokers. Throws when a topic that is there has
 * another number of partitions: a count never changes, since keys would change their partition and lose their order.
 */
export const ensureTopics = async (options: EnsureTopicsOptions): Promise<string[]> => {
  const { access, topics, groups, prefix = 'fcode' } = options;
  const names = namesOf(prefix, topics);
  const desk = new Desk(connectKafka(access));
  try {
    const { brokers } = await desk.ask((admin) => admin.describeCluster());
    const replicationFactor = Math.min(3, brokers.length);
    const topicOf = (topic: string, numPartitions: number, config: Record<string, string>): ITopicConfig => ({
      topic,
      numPartitions,
      replicationFactor,
      configEntries: Object.entries({ ...config, 'min.insync.replicas': replicationFactor > 2 ? '2' : '1' }).map(
        ([name, value]) => ({ name, value }),
      ),
    });
    const wanted = [
      // What happened is never forgotten.
      ...Object.entries(topics).map(([topic, { partitions }]) =>
        topicOf(names.topic(topic as Topic), partitions, { 'retention.ms': forEver, 'retention.bytes': forEver }),
      ),
      ...groups.map((group) => topicOf(names.deadLetters(group), 1, { 'cleanup.policy': 'compact', ...roomy })),
      ...groups.map((group) =>
        topicOf(names.replays(group), replayPartitions, { 'retention.ms': String(30 * days), ...roomy }),
      ),
    ];
    const present = new Set(await desk.ask((admin) => admin.listTopics()));
    const missing = wanted.filter(({ topic }) => !present.has(topic));
    if (missing.length > 0) await desk.ask((admin) => admin.createTopics({ topics: missing, waitForLeaders: true }));
    const { topics: found } = await desk.ask((admin) =>
      admin.fetchTopicMetadata({ topics: wanted.map(({ topic }) => topic) }),
    );
    for (const { topic, numPartitions } of wanted) {
      const has = found.find(({ name }) => name === topic)?.partitions.length;
      if (has !== numPartitions) {
        throw new Error(
          `${topic} has ${has} partitions, not ${numPartitions}: counts are fixed. To grow, define the next version of the topic.`,
        );
      }
    }
    return missing.map(({ topic }) => topic);
  } finally {
    await desk.close();
  }
};
