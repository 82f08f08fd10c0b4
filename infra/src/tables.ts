import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/**
 * One table a service, all of one shape: items by `pk` and `sk`, and three sparse indexes of keys only, by shard:
 * - `outbox`: items whose outbox still holds events, by the time since when; for the relay;
 * - `due`: items that something is to be done about, by when; for the timers;
 * - `board`: items that have a rank, by it.
 */
export const services = ['membership', 'issuance', 'redemption', 'referral', 'insights'] as const;
export type ServiceName = (typeof services)[number];

/**
 * Shards of each index where FCODE_INDEX_SHARDS names no others: peak commits a second ÷ 400 or more, since one index partition
 * takes 1,000 writes/s.
 */
export const outboxShards = 16;

const indexes = [
  { name: 'outbox', shard: 'pending', sort: 'since' },
  { name: 'due', shard: 'due', sort: 'dueAt' },
  { name: 'board', shard: 'board', sort: 'rank' },
];

/** `prefix` keeps several systems apart in one account, e.g. `prod-fcode`. */
export const tableName = (service: ServiceName, prefix = 'fcode'): string => `${prefix}-${service}`;

export const tableDefinition = (service: ServiceName, prefix?: string): CreateTableCommandInput => ({
  TableName: tableName(service, prefix),
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    ...indexes.flatMap(({ shard, sort }) => [
      { AttributeName: shard, AttributeType: 'S' as const },
      { AttributeName: sort, AttributeType: 'N' as const },
    ]),
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: indexes.map(({ name, shard, sort }) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: shard, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  })),
});
