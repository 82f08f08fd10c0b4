import { Unavailable } from '@fcode/policy';
import { type Kafka, type Message, Partitioners, type Producer, type RecordMetadata } from 'kafkajs';
import { atMost } from './patiently.ts';

/** One record and where it goes. A null value takes its key off a compacted topic. */
export interface Outgoing {
  topic: string;
  partition: number;
  key: string;
  value: string | null;
}

interface Waiting {
  records: readonly Outgoing[];
  resolve: () => void;
  reject: (error: Error) => void;
}

/** A broker takes batches of up to a million bytes a partition; an item of ours holds 400 KB at most. */
const mostBytesAtOnce = 500_000;
const mostRecordsAtOnce = 1_000;
const mostWaiting = 20_000;
/** How long a close waits for what was called before. */
const closeMs = 4_000;

const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
const sizeOf = ({ key, value }: Outgoing): number => key.length + Buffer.byteLength(value ?? '') + 100;

/** A call in parts that each go in one batch. */
const partsOf = (records: readonly Outgoing[]): Outgoing[][] => {
  const parts: Outgoing[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes + size > mostBytesAtOnce || (parts.at(-1)?.length ?? 0) >= mostRecordsAtOnce) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(record);
    bytes += size;
  }
  return parts;
};

const byTopic = (records: readonly Outgoing[]) => {
  const messages = new Map<string, Message[]>();
  for (const { topic, partition, key, value } of records) {
    const some = messages.get(topic) ?? [];
    messages.set(topic, some);
    some.push({ partition, key, value, headers });
  }
  return [...messages].map(([topic, some]) => ({ topic, messages: some }));
};

/**
 * Throws unless a broker has confirmed every partition. kafkajs tries again by broker, not by partition: when a partition
 * moves from one broker to another that has answered already, it is never sent, and the send resolves all the same.
 */
const confirm = (records: readonly Outgoing[], answers: readonly RecordMetadata[]): void => {
  const confirmed = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const missing = records.find(({ topic, partition }) => !confirmed.has(`${topic}/${partition}`));
  if (missing) throw new Error(`no broker has confirmed ${missing.topic}/${missing.partition}`);
};

/**
 * Sends with one idempotent producer, one send at a time: kafkajs numbers concurrent sends of a producer alike, and the
 * broker then drops one as a duplicate (its issues 598, 1005). What waits meanwhile goes together. After a rejected send
 * the producer is discarded, since its next numbers may be those that the broker has already: all that waits is
 * rejected too, so that nothing overtakes it, and the next call begins with a new producer.
 */
export class Sender {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #waiting: Waiting[] = [];
  #going: Waiting[] = [];
  #count = 0;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Resolves when all in-sync replicas have the records; rejects with `Unavailable` when that is not known. */
  send(records: readonly Outgoing[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('event log: closed'));
    if (records.length === 0) return Promise.resolve();
    if (this.#count + records.length > mostWaiting) {
      return Promise.reject(new Unavailable('event log: too many events wait for the broker'));
    }
    const parts = partsOf(records).map((part) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#waiting.push({ records: part, resolve, reject });
      return promise;
    });
    this.#count += records.length;
    this.#sending ??= this.#sendAll();
    return Promise.all(parts).then(() => undefined);
  }

  async #sendAll(): Promise<void> {
    // Let what is called in this turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#next();
      this.#going = batch;
      try {
        this.#producer ??= this.#connect();
        const producer = await this.#producer;
        const records = batch.flatMap((waiting) => waiting.records);
        confirm(records, await producer.sendBatch({ topicMessages: byTopic(records), acks: -1 }));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        this.#discard();
        const failed = [...batch, ...this.#waiting.splice(0)];
        this.#count = 0;
        const reason = cause instanceof Error ? cause.message : String(cause);
        for (const { reject } of failed) reject(new Unavailable(`event log: ${reason}`, true, { cause }));
      }
    }
    this.#sending = undefined;
    this.#going = [];
  }

  #next(): Waiting[] {
    let bytes = 0;
    let records = 0;
    const batch: Waiting[] = [];
    for (const waiting of this.#waiting) {
      bytes += waiting.records.reduce((sum, record) => sum + sizeOf(record), 0);
      records += waiting.records.length;
      if (batch.length > 0 && (bytes > mostBytesAtOnce || records > mostRecordsAtOnce)) break;
      batch.push(waiting);
      this.#count -= waiting.records.length;
    }
    this.#waiting.splice(0, batch.length);
    return batch;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 3 },
    });
    await producer.connect();
    return producer;
  }

  #discard(): void {
    const old = this.#producer;
    this.#producer = undefined;
    // Its broker may be away, and then it would not return.
    void old?.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  /** Resolves when what was called before is settled. */
  async close(): Promise<void> {
    this.#closed = true;
    const leave = async () => {
      await this.#sending;
      const producer = await this.#producer?.catch(() => undefined);
      await producer?.disconnect().catch(() => undefined);
    };
    await atMost(closeMs, leave());
    // A broker that does not answer: nobody is left to hear it.
    for (const { reject } of [...this.#going, ...this.#waiting.splice(0)]) {
      reject(new Unavailable('event log: closed before the broker answered', true));
    }
  }
}
