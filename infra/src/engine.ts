import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { startGuarded } from './guarded.ts';
import { type ServiceName, services, tableDefinition } from './tables.ts';

export interface Engine {
  endpoint: string;
  pid: number;
  /** Ends the engine; resolves when its file is closed. */
  stop: () => Promise<void>;
  /** `kill -9`; `startEngine` with the same file and port is the same engine again. */
  kill: () => Promise<void>;
  /** It stands still and answers nobody, its connections stay open; and goes on where it stood. */
  pause: () => Promise<void>;
  unpause: () => Promise<void>;
  /** Never resolves; rejects when the engine ends by itself. */
  ended: Promise<never>;
}

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

const binary = (): string => {
  try {
    const path = createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    throw new Error(
      `The embedded store engine has no binary for ${process.platform}-${process.arch}. Either install again with ` +
        'optional dependencies (npm ci --include=optional) on linux-x64, or run any DynamoDB-compatible engine and name ' +
        'it: DYNAMODB_ENDPOINT=http://127.0.0.1:8000 (for example: docker run -p 8000:8000 amazon/dynamodb-local).',
    );
  }
};

/**
 * Starts the store engine on a free loopback port, keeping its data in `file`, and waits until it answers.
 * It ends with this process, `kill -9` included. Throws with what to do when this platform has no binary.
 */
export const startEngine = async (file: string, port?: number): Promise<Engine> => {
  const path = binary();
  const chosen = port ?? (await freePort());
  const guarded = startGuarded([path, 'serve', '--port', String(chosen), '--db-path', file]);
  let stopping = false;
  const ended = new Promise<never>((_, reject) => {
    void guarded.exited.then(() => stopping || reject(new Error(`the store engine ended by itself (${file})`)));
  });
  ended.catch(() => {});
  const endpoint = `http://127.0.0.1:${chosen}`;
  const end = (how: 'stop' | 'kill') => async () => {
    stopping = true;
    await guarded[how]();
  };
  const stop = end('stop');
  await Promise.race([ready(endpoint), ended]).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    endpoint,
    pid: guarded.pid,
    stop,
    kill: end('kill'),
    pause: guarded.pause,
    unpause: guarded.resume,
    ended,
  };
};

/** For what is done to tables as a whole; without an endpoint at DynamoDB itself, with the region and credentials of the environment. */
export const adminOf = (endpoint?: string): DynamoDBClient =>
  endpoint === undefined
    ? new DynamoDBClient()
    : new DynamoDBClient({
        endpoint,
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        maxAttempts: 1,
      });

const ready = async (endpoint: string): Promise<void> => {
  const deadline = Date.now() + 10_000;
  const probe = adminOf(endpoint);
  for (;;) {
    try {
      await probe.send(new ListTablesCommand({ Limit: 1 }));
      probe.destroy();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

/**
 * Creates the tables of the `wanted` services, and indexes of tables, that are missing, and gives the names of the tables that
 * were; for engines on this machine (the cloud's are made by its templates).
 */
export const ensureTables = async (
  endpoint: string,
  prefix?: string,
  wanted: readonly ServiceName[] = services,
): Promise<string[]> => {
  const admin = adminOf(endpoint);
  const made: string[] = [];
  try {
    for (const service of wanted) {
      const definition = tableDefinition(service, prefix);
      try {
        await admin.send(new CreateTableCommand(definition));
        made.push(definition.TableName as string);
      } catch (error) {
        if ((error as Error).name !== 'ResourceInUseException') throw error;
        await ensureIndexes(admin, definition);
      }
    }
    return made;
  } finally {
    admin.destroy();
  }
};

/** A table of an earlier version gets the indexes that came later. */
const ensureIndexes = async (admin: DynamoDBClient, definition: CreateTableCommandInput): Promise<void> => {
  const { TableName, AttributeDefinitions, GlobalSecondaryIndexes = [] } = definition;
  const { Table } = await admin.send(new DescribeTableCommand({ TableName }));
  const present = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of GlobalSecondaryIndexes.filter(({ IndexName }) => !present.has(IndexName))) {
    const update = { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: index }] };
    await admin.send(new UpdateTableCommand(update));
  }
};
