import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/**
 * One table a service, all of one shape: items by `pk` and `sk`, and a sparse index of the items whose outbox still
 * holds events, by shard and by the time since when. Nothing but the relay reads that index, and it reads keys only.
 */
export const services = ['membership', 'issuance', 'redemption', 'insights'] as const;
export type ServiceName = (typeof services)[number];

/** Shards of the outbox index: peak commits a second ÷ 400 or more, since one index partition takes 1,000 writes/s. */
export const outboxShards = 16;

/** `prefix` keeps several systems apart in one account, e.g. `prod-fcode`. */
export const tableName = (service: ServiceName, prefix = 'fcode'): string => `${prefix}-${service}`;

export const tableDefinition = (service: ServiceName, prefix?: string): CreateTableCommandInput => ({
  TableName: tableName(service, prefix),
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'pending', AttributeType: 'S' },
    { AttributeName: 'since', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'outbox',
      KeySchema: [
        { AttributeName: 'pending', KeyType: 'HASH' },
        { AttributeName: 'since', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
});
