import type { Admin, Kafka } from 'kafkajs';
import { patiently } from './patiently.ts';

/** Asks the cluster about itself, over one connection that is made when it is needed and anew after a failure. */
export class Desk {
  readonly #kafka: Kafka;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    return patiently(() => this.#ask(question));
  }

  async #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    this.#admin ??= this.#connect();
    const connection = this.#admin;
    try {
      return await question(await connection);
    } catch (error) {
      if (this.#admin === connection) this.#admin = undefined;
      void connection.then((admin) => admin.disconnect()).catch(() => undefined);
      throw error;
    }
  }

  /** First and next offset of each partition of a topic. */
  async bounds(topic: string): Promise<{ partition: number; low: number; high: number }[]> {
    const offsets = await this.ask((admin) => admin.fetchTopicOffsets(topic));
    return offsets
      .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  /** The next offset that a group reads of each partition, by topic; absent where it has not begun. */
  async positions(groupId: string, topics: string[]): Promise<Map<string, Map<number, number>>> {
    const answer = await this.ask((admin) => admin.fetchOffsets({ groupId, topics }));
    return new Map(
      answer.map(({ topic, partitions }) => [
        topic,
        new Map(
          partitions.flatMap(({ partition, offset }) => (Number(offset) >= 0 ? [[partition, Number(offset)]] : [])),
        ),
      ]),
    );
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }

  async close(): Promise<void> {
    const admin = await this.#admin?.catch(() => undefined);
    this.#admin = undefined;
    await admin?.disconnect().catch(() => undefined);
  }
}
