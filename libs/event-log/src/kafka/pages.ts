import type { Kafka } from 'kafkajs';
import type { Desk } from './desk.ts';
import { patiently } from './patiently.ts';

/** What stands at one offset. */
export interface StoredRecord {
  offset: number;
  key: string;
  /** Null: the key was taken off a compacted topic. */
  value: string | null;
}

interface FetchedMessage {
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
}
interface Page {
  messages: FetchedMessage[];
  /** The next offset that will be written. */
  end: number;
}
interface FetchBroker {
  fetch(request: {
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { partitions: { highWatermark: string; messages: FetchedMessage[] }[] }[] }>;
}
interface FetchCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<FetchBroker>;
}

const bytesAtOnce = 1_000_000;

const createCluster = (kafka: Kafka): FetchCluster => {
  // A consumer of kafkajs must join a group to read, which takes seconds on a busy cluster and leaves a group behind.
  // Its connections can read a page by themselves; the way to them has no public name.
  const symbol = Object.getOwnPropertySymbols(kafka).find((own) => own.description?.endsWith('createCluster'));
  const create = (kafka as unknown as Record<symbol, (options: object) => FetchCluster>)[symbol as symbol];
  if (!create) throw new Error('this is not kafkajs 2.2.4');
  return create({ allowAutoTopicCreation: false, metadataMaxAge: 300_000, isolationLevel: 1 });
};

/** Reads pages of partitions, without a group and without moving anything. */
export class Pages {
  readonly #kafka: Kafka;
  readonly #desk: Desk;
  #cluster: Promise<FetchCluster> | undefined;

  constructor(kafka: Kafka, desk: Desk) {
    this.#kafka = kafka;
    this.#desk = desk;
  }

  /** At most `limit` records from offset `from` on; fewer only at the end of the partition. */
  async read(topic: string, partition: number, from: number, limit: number): Promise<StoredRecord[]> {
    const records: StoredRecord[] = [];
    for (let next = from; records.length < limit; ) {
      const fetched = await patiently(() => this.#page(topic, partition, next));
      // A broker answers with whole batches, which may begin before the offset.
      const fresh = fetched.messages.filter(({ offset }) => Number(offset) >= next).slice(0, limit - records.length);
      for (const { offset, key, value } of fresh) {
        records.push({ offset: Number(offset), key: key?.toString() ?? '', value: value?.toString() ?? null });
        next = Number(offset) + 1;
      }
      if (next >= fetched.end || fresh.length === 0) break;
    }
    return records;
  }

  async #page(topic: string, partition: number, from: number): Promise<Page> {
    try {
      return await this.#fetch(topic, partition, from);
    } catch (error) {
      await this.close();
      if ((error as { type?: string }).type !== 'OFFSET_OUT_OF_RANGE') throw error;
      // A broker refuses an offset beyond the end, and one before the beginning in the same words.
      const end = (await this.#desk.bounds(topic)).find((bound) => bound.partition === partition)?.high ?? 0;
      if (from < end) throw error;
      return { messages: [], end };
    }
  }

  async #fetch(topic: string, partition: number, from: number): Promise<Page> {
    this.#cluster ??= this.#connect();
    const cluster = await this.#cluster;
    await cluster.addTargetTopic(topic);
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) throw new Error(`event log: ${topic} has no partition ${partition}`);
    const broker = await cluster.findBroker({ nodeId });
    const { responses } = await broker.fetch({
      maxWaitTime: 50,
      minBytes: 1,
      maxBytes: bytesAtOnce,
      isolationLevel: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes: bytesAtOnce }] }],
    });
    const [answer] = responses.flatMap(({ partitions }) => partitions);
    return { messages: answer?.messages ?? [], end: Number(answer?.highWatermark ?? 0) };
  }

  async #connect(): Promise<FetchCluster> {
    const cluster = createCluster(this.#kafka);
    await cluster.connect();
    return cluster;
  }

  async close(): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    this.#cluster = undefined;
    await cluster?.disconnect().catch(() => undefined);
  }
}
