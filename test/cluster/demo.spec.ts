import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compileCache } from '@fcode/processes';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;

/** The last line of the real program. */
const story = async (...args: string[]): Promise<string | undefined> => {
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: compileCache,
    KAFKA_BROKERS: process.env.FCODE_TEST_BROKERS,
    DYNAMODB_ENDPOINT: process.env.FCODE_TEST_STORE,
  };
  const program = `${root}infra/demo/src/main.ts`;
  const { stdout } = await run(process.execPath, [program, '--json', ...args], { env, cwd: root });
  return stdout.trim().split('\n').at(-1);
};

describe('the demo', () => {
  it('tells the same story with every service in processes of its own as in one process', async () => {
    const apart = await story('--kafka');
    expect(JSON.parse(apart ?? '')).toMatchObject({ invariants: 'ok' });
    expect(apart).toBe(await story());
  });
});
