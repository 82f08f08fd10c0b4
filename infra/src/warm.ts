import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Plan, TablePlan } from './capacity.ts';
import { adminOf } from './engine.ts';
import { type ServiceName, services, tableName } from './tables.ts';

/** Units a second that are there at once, without DynamoDB growing first. */
export interface Warmth {
  read: number;
  write: number;
}

type Index = keyof TablePlan['indexes'];

/** What a table has. */
export interface WarmTable {
  table: ServiceName;
  name: string;
  isOnDemand: boolean;
  /** Absent where the engine does not know of it: DynamoDB does, those that run on one machine do not. */
  warm?: {
    table: Warmth;
    indexes: Partial<Record<Index, Warmth>>;
    /** False while DynamoDB works on the table or on one of its indexes. */
    isSettled: boolean;
  };
}

interface Described {
  ReadUnitsPerSecond?: number | undefined;
  WriteUnitsPerSecond?: number | undefined;
  Status?: string | undefined;
}

const warmthOf = ({ ReadUnitsPerSecond = 0, WriteUnitsPerSecond = 0 }: Described): Warmth => ({
  read: ReadUnitsPerSecond,
  write: WriteUnitsPerSecond,
});

const describe = async (admin: DynamoDBClient, table: ServiceName, prefix: string): Promise<WarmTable> => {
  const name = tableName(table, prefix);
  const { Table } = await admin.send(new DescribeTableCommand({ TableName: name }));
  const { WarmThroughput, GlobalSecondaryIndexes = [], TableStatus, BillingModeSummary } = Table ?? {};
  const found = { table, name, isOnDemand: BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' };
  if (!WarmThroughput) return found;
  const indexes = GlobalSecondaryIndexes.flatMap(({ IndexName, IndexStatus, WarmThroughput: warm }) =>
    warm ? [{ name: IndexName as Index, warm, statuses: [IndexStatus, warm.Status] }] : [],
  );
  const statuses = [TableStatus, WarmThroughput.Status, ...indexes.flatMap((index) => index.statuses)];
  return {
    ...found,
    warm: {
      table: warmthOf(WarmThroughput),
      indexes: Object.fromEntries(indexes.map(({ name: index, warm }) => [index, warmthOf(warm)])),
      isSettled: statuses.every((status) => status === undefined || status === 'ACTIVE'),
    },
  };
};

/** Where the tables are: `endpoint` absent is DynamoDB itself. */
export interface Place {
  endpoint?: string | undefined;
  prefix: string;
}

/** What the tables of all services have. Rejects with the SDK's error. */
export const warmTables = async ({ endpoint, prefix }: Place): Promise<WarmTable[]> => {
  const admin = adminOf(endpoint);
  try {
    return await Promise.all(services.map((table) => describe(admin, table, prefix)));
  } finally {
    admin.destroy();
  }
};

/** What is missing of a table's or an index's warmth, as the whole that it is to have; undefined when it has enough. */
const more = (has: Warmth, needed: Warmth): Described | undefined =>
  needed.read > has.read || needed.write > has.write
    ? {
        ReadUnitsPerSecond: Math.max(has.read, needed.read),
        WriteUnitsPerSecond: Math.max(has.write, needed.write),
      }
    : undefined;

/** The update that makes a table as warm as a plan wants it; undefined when it is, or when nobody knows. Nothing gets less. */
const missingOf = ({ name, warm }: WarmTable, plan: TablePlan): UpdateTableCommandInput | undefined => {
  if (!warm) return undefined;
  const table = more(warm.table, { read: plan.readUnits, write: plan.writeUnits });
  const indexes = Object.entries(warm.indexes).flatMap(([index, has]) => {
    const WarmThroughput = more(has, { read: 0, write: plan.indexes[index as Index] ?? 0 });
    return WarmThroughput ? [{ Update: { IndexName: index, WarmThroughput } }] : [];
  });
  if (!table && indexes.length === 0) return undefined;
  return {
    TableName: name,
    ...(table ? { WarmThroughput: table } : {}),
    ...(indexes.length > 0 ? { GlobalSecondaryIndexUpdates: indexes } : {}),
  };
};

export type Warmed = 'enough' | 'raised' | 'unknown' | 'unfinished';

export interface WarmUpOptions extends Place {
  plan: Plan;
  /** How long to wait for DynamoDB, which takes minutes, to be done. */
  waitMs: number;
  everyMs?: number;
  progress: (line: string) => void;
}

/**
 * Raises the warm throughput of tables and indexes to what the plan says, and waits until it is there. It never lowers any, and
 * never touches the billing. Resolves to what became of each table: `unfinished` where the time was over first. Rejects with the
 * SDK's error.
 */
export const warmUp = async (options: WarmUpOptions): Promise<Record<ServiceName, Warmed>> => {
  const admin = adminOf(options.endpoint);
  const deadline = performance.now() + options.waitMs;
  try {
    const results = await Promise.all(
      options.plan.tables.map(async (plan) => [plan.table, await warmOne(admin, plan, deadline, options)] as const),
    );
    return Object.fromEntries(results) as Record<ServiceName, Warmed>;
  } finally {
    admin.destroy();
  }
};

/** It says that it is busy where it was asked a moment before it says so of the table itself; then it is looked at again. */
const raise = async (admin: DynamoDBClient, update: UpdateTableCommandInput): Promise<void> => {
  try {
    await admin.send(new UpdateTableCommand(update));
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw error;
  }
};

const warmOne = async (
  admin: DynamoDBClient,
  plan: TablePlan,
  deadline: number,
  { prefix, everyMs = 5000, progress }: WarmUpOptions,
): Promise<Warmed> => {
  let result: Warmed = 'enough';
  for (let looks = 0; ; looks += 1) {
    const found = await describe(admin, plan.table, prefix);
    if (!found.warm) return 'unknown';
    const missing = missingOf(found, plan);
    if (found.warm.isSettled) {
      if (!missing) {
        if (looks > 0) progress(`${found.name} is ready.`);
        return result;
      }
      if (result !== 'raised') progress(`Raising the warm throughput of ${found.name}.`);
      await raise(admin, missing);
      result = 'raised';
    } else if (looks === 0) {
      progress(`${found.name} is being changed already.`);
    }
    if (performance.now() + everyMs >= deadline) return 'unfinished';
    await sleep(everyMs);
  }
};
