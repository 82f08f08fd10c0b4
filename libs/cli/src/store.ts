import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Tables } from '@fcode/reconcile';
import { Advice } from './advice.ts';
import { inOneLine } from './event-log.ts';

/** A store's tables, and what people know it by. */
interface Store {
  endpoint: string | undefined;
  prefix: string;
  stop: () => Promise<void>;
}

const probeMs = 2000;

/**
 * The folder's lock, as the launcher takes it, so that two never have its files; undefined when a system is running on it. A
 * process that dies lets go by dying.
 */
const lockFolder = (folder: string): { release: () => void } | undefined => {
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (by INTEGER); COMMIT');
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === 5) return undefined;
    throw new Advice(`${join(folder, 'lock.sqlite')} cannot be locked: ${(error as Error).message}`);
  }
  writeFileSync(join(folder, 'running.pid'), `${process.pid}\n`);
  return { release: () => lock.close() };
};

const answers = async (endpoint: string): Promise<boolean> => {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(probeMs) });
    return true;
  } catch {
    return false;
  }
};

/** The store of the data folder: that of the system that runs on it, else its file, with an engine for the time. */
const storeInFolder = async (prefix: string): Promise<Store> => {
  const folder = resolve(process.env.FCODE_DATA || '.data');
  const file = join(folder, 'store.sqlite');
  if (!existsSync(file)) {
    throw new Advice(
      `There is no store in ${file}. Name one with DYNAMODB_ENDPOINT, name the folder of a system here with FCODE_DATA, or ` +
        'start one with npm start.',
    );
  }
  const lock = lockFolder(folder);
  if (!lock) {
    const urlFile = join(folder, 'store.url');
    const endpoint = existsSync(urlFile) ? readFileSync(urlFile, 'utf8').trim() : undefined;
    if (endpoint !== undefined && (await answers(endpoint))) return { endpoint, prefix, stop: async () => {} };
    throw new Advice(
      `A system has ${folder}, and its store engine does not answer${endpoint === undefined ? '' : ` at ${endpoint}`}. ` +
        'Try again in a moment, or stop the system first: without one, its files are looked at.',
    );
  }
  try {
    const { startEngine } = await import('@fcode/infra/engine');
    const engine = await startEngine(file);
    const stop = async () => {
      await engine.stop();
      lock.release();
    };
    return { endpoint: engine.endpoint, prefix, stop };
  } catch (error) {
    lock.release();
    throw new Advice((error as Error).message);
  }
};

/** Where the environment says that the store is, as services are told; without a word of it, in the data folder. */
const storeHere = async (): Promise<Store> => {
  const { readEnvironment, storeVariables } = await import('@fcode/http');
  const { DYNAMODB_ENDPOINT: endpoint, FCODE_TABLE_PREFIX: prefix } = inOneLine(() => readEnvironment(storeVariables));
  const isElsewhere =
    endpoint !== undefined ||
    Boolean(process.env.FCODE_TABLE_PREFIX) ||
    (process.env.FCODE_EVENT_LOG ?? '').startsWith('kafka:');
  return isElsewhere ? { endpoint, prefix, stop: async () => {} } : storeInFolder(prefix);
};

/** What a failure of the store means for who asked; undefined when it is not the store's. */
const adviceOnStore = (error: unknown, { endpoint, prefix }: Store): Advice | undefined => {
  const { name, message, $metadata } = error as Error & { $metadata?: unknown };
  const where = endpoint ?? 'DynamoDB';
  const variables = endpoint === undefined ? 'AWS_REGION and the credentials, or name an engine with' : '';
  if (name === 'ResourceNotFoundException') {
    const make = endpoint === undefined ? 'make them with its templates' : 'npx fcode provision --only tables';
    return new Advice(`Tables of ${prefix} are missing at ${where}: ${make}; or check FCODE_TABLE_PREFIX.`);
  }
  if (message.startsWith('the store ')) {
    const check =
      endpoint === undefined ? `Check ${variables} DYNAMODB_ENDPOINT.` : 'Start it, or check DYNAMODB_ENDPOINT.';
    return new Advice(`The store at ${where} does not answer (${message.replace(/^.*: /, '')}). ${check}`);
  }
  if ($metadata === undefined) return undefined;
  return new Advice(
    `The store at ${where} refuses (${name}: ${message}). Check ${variables || 'it and'} DYNAMODB_ENDPOINT.`,
  );
};

/** Opens the tables for one piece of work, and closes them. What fails there is said as advice. */
export const withTables = async <Result>(
  work: (tables: Tables, where: Pick<Store, 'endpoint' | 'prefix'>) => Promise<Result>,
): Promise<Result> => {
  const store = await storeHere();
  const { Tables } = await import('@fcode/reconcile');
  const { endpoint, prefix } = store;
  const tables = new Tables({ endpoint, prefix });
  try {
    return await work(tables, store);
  } catch (error) {
    throw adviceOnStore(error, store) ?? error;
  } finally {
    tables.close();
    await store.stop();
  }
};
