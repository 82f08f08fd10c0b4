import type { CloudEvent, Topic } from '@fcode/events';

/** Partition counts are fixed: growth is a new version of the topic, and the one before is drained first. */
export type Topics = Record<Topic, { version: number; partitions: number }>;

/** MurmurHash2, 32 bit, seed 0x9747b28c, as in Kafka's default partitioner (org.apache.kafka.common.utils.Utils). */
export const murmur2 = (bytes: Uint8Array): number => {
  const multiplier = 0x5bd1e995;
  const words = bytes.length >> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = 0x9747b28c ^ bytes.length;
  for (let word = 0; word < words; word++) {
    let mixed = Math.imul(view.getInt32(word * 4, true), multiplier);
    mixed = Math.imul(mixed ^ (mixed >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ mixed;
  }
  const tail = bytes.subarray(words * 4);
  if (tail.length > 0) {
    for (const [index, byte] of tail.entries()) hash ^= byte << (8 * index);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
};

const encoder = new TextEncoder();

/** The partition of a key: the one that Kafka's default partitioner would choose. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions;

/** Where an event belongs. Its topic is in its source, `/fcode/<topic>`, since each topic has one emitting service. */
export const placeOf = (event: CloudEvent, topics: Topics): { topic: Topic; partition: number } => {
  const topic = event.source.split('/')[2] as Topic;
  if (!Object.hasOwn(topics, topic)) throw new Error(`event ${event.id}: no topic for source ${event.source}`);
  return { topic, partition: partitionOf(event.partitionkey, topics[topic].partitions) };
};
