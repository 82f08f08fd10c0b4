import { type Found, type Key, TableReader } from '@fcode/dynamo';
import { type ServiceName, services, tableName } from '@fcode/infra/tables';

export type { Found, Key } from '@fcode/dynamo';

/** Every table of a system, to be read and never written. */
export class Tables {
  readonly #readers: Record<ServiceName, TableReader>;

  /** `endpoint` absent means DynamoDB itself; `prefix` is what table names begin with. */
  constructor({ endpoint, prefix }: { endpoint?: string | undefined; prefix?: string | undefined }) {
    const readerOf = (service: ServiceName) => new TableReader({ endpoint, name: tableName(service, prefix) });
    this.#readers = Object.fromEntries(services.map((service) => [service, readerOf(service)])) as Record<
      ServiceName,
      TableReader
    >;
  }

  /** Every item of a table, page by page. Items may change meanwhile. */
  items(service: ServiceName): AsyncGenerator<Found> {
    return this.#readers[service].items();
  }

  /** An item as it is now. */
  item(service: ServiceName, key: Key): Promise<Found | undefined> {
    return this.#readers[service].item(key);
  }

  /** Several items of one table as they were at one instant. */
  snapshot(service: ServiceName, keys: Key[]): Promise<(Found | undefined)[]> {
    return this.#readers[service].snapshot(keys);
  }

  /** The items of one partition, in key order. */
  partition(service: ServiceName, pk: string, prefix?: string): AsyncGenerator<Found> {
    return this.#readers[service].partition(pk, prefix);
  }

  /** How many items still have events to publish. */
  async unpublished(): Promise<number> {
    const counts = await Promise.all(services.map((service) => this.#readers[service].unpublished()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many shards the indexes of each table are spread over at the most. */
  async indexShards(): Promise<Record<ServiceName, number>> {
    const entries = await Promise.all(
      services.map(async (service) => [service, (await this.#readers[service].spread()).most] as const),
    );
    return Object.fromEntries(entries) as Record<ServiceName, number>;
  }

  close(): void {
    for (const reader of Object.values(this.#readers)) reader.close();
  }
}
