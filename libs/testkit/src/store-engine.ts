import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTables, startEngine } from '@fcode/infra/engine';
import { quickFolder } from './quick-folder.ts';

export interface TestStore {
  endpoint: string;
  /** A folder of this test alone; it goes with `stop`. */
  folder: string;
  stop(): Promise<void>;
}

/** A real engine with its tables, for one test file: `DYNAMODB_ENDPOINT` when it is set, else the embedded one. */
export const startTestStore = async (): Promise<TestStore> => {
  const folder = await mkdtemp(join(await quickFolder(), 'fcode-test-'));
  const given = process.env.DYNAMODB_ENDPOINT;
  const engine = given ? undefined : await startEngine(join(folder, 'store.sqlite'));
  const endpoint = given ?? (engine?.endpoint as string);
  await ensureTables(endpoint);
  return {
    endpoint,
    folder,
    stop: async () => {
      await engine?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
