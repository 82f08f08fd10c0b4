import { type AttributeValue, DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { outboxShards, type ServiceName, services, tableName } from '@fcode/infra/tables';

/** An item as it stands in a table: its key, its state and the events that it still has to publish. */
export interface Found {
  pk: string;
  sk: string;
  seq: number;
  state: Record<string, unknown>;
  unpublished: number;
}

/** Every table of a system, read whole: for checking, never for serving. */
export class Tables {
  readonly #client: DynamoDBClient;
  readonly #prefix: string | undefined;

  constructor(endpoint: string, prefix?: string) {
    this.#prefix = prefix;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    this.#client = new DynamoDBClient({ endpoint, region: 'local', credentials });
  }

  async *items(service: ServiceName): AsyncGenerator<Found> {
    for (let start: Record<string, AttributeValue> | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new ScanCommand({
          TableName: tableName(service, this.#prefix),
          ConsistentRead: true,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      for (const item of Items) {
        const { pk, sk, seq, state } = unmarshall(item) as Found;
        yield { pk, sk, seq, state, unpublished: item.outbox?.L?.length ?? 0 };
      }
      start = LastEvaluatedKey;
      if (!start) return;
    }
  }

  /** How many items still have events to publish. */
  async unpublished(): Promise<number> {
    const counts = await Promise.all(
      services.flatMap((service) =>
        Array.from({ length: outboxShards }, async (_, shard) => {
          const { Count = 0 } = await this.#client.send(
            new QueryCommand({
              TableName: tableName(service, this.#prefix),
              IndexName: 'outbox',
              KeyConditionExpression: 'pending = :shard',
              ExpressionAttributeValues: { ':shard': { S: String(shard) } },
              Select: 'COUNT',
            }),
          );
          return Count;
        }),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    this.#client.destroy();
  }
}
