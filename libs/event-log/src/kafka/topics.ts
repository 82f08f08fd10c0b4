import type { Topic } from '@fcode/events';
import kafkajs, { type ITopicConfig } from 'kafkajs';
import type { Topics } from '../place.ts';
import { connectKafka, type KafkaAccess } from './client.ts';
import { Desk } from './desk.ts';
import { namesOf } from './names.ts';

export const replayPartitions = 4;
const hour = 60 * 60 * 1_000;
const days = 24 * hour;
/** What happened is never forgotten. */
const kept = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
/** A letter holds a whole record as text within text: each of its bytes takes up to six. */
const roomy = { 'max.message.bytes': '8000000' };

export interface EnsureTopicsOptions {
  access: KafkaAccess;
  topics: Topics;
  /** Each has dead letters and replays of its own. */
  groups: readonly string[];
  prefix?: string;
}

/** A topic that somebody else has made may have been made to forget. */
const refuseForgetting = async (desk: Desk, names: readonly string[]): Promise<void> => {
  const resources = names.map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configNames: Object.keys(kept),
  }));
  const { resources: found } = await desk.ask((admin) => admin.describeConfigs({ resources, includeSynonyms: false }));
  for (const { resourceName, configEntries } of found) {
    for (const { configName, configValue } of configEntries) {
      const wanted = kept[configName as keyof typeof kept];
      if (wanted === undefined || configValue === wanted) continue;
      throw new Error(
        `${resourceName} has ${configName}=${configValue}, and its events must be kept for ever. Set it: ${configName}=${wanted}.`,
      );
    }
  }
};

/**
 * Makes the topics that are missing and gives their names. Replicas: three, or as many as there are brokers. Throws when a topic that is there forgets, or has another number of partitions: a count never changes, since keys would change their partition and lose their order.
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
      ...Object.entries(topics).map(([topic, { partitions }]) =>
        topicOf(names.topic(topic as Topic), partitions, kept),
      ),
      ...groups.map((group) =>
        topicOf(names.deadLetters(group), 1, { 'cleanup.policy': 'compact', 'segment.ms': String(hour), ...roomy }),
      ),
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
    await refuseForgetting(
      desk,
      Object.keys(topics).map((topic) => names.topic(topic as Topic)),
    );
    return missing.map(({ topic }) => topic);
  } finally {
    await desk.close();
  }
};
