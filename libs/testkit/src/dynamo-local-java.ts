import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JavaEngine, startJava } from '@fcode/infra/java';
import type { DynamoLocal } from './dynamo-local.ts';
import { quietPort } from './port.ts';
import { until } from './until.ts';

const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
const startSeconds = 30;

export const startDynamoLocalByJava = async (engine: JavaEngine): Promise<DynamoLocal> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-dynamodb-'));
  const port = await quietPort();
  const endpoint = `http://127.0.0.1:${port}`;
  const command = [main, '-inMemory', '-disableTelemetry', '-port', String(port)] as const;
  const started = await startJava(engine, folder, 'log', [...command]);
  const stop = async () => {
    await started.kill();
    await rm(folder, { recursive: true, force: true });
  };
  let gone = false;
  void started.exited.then(() => {
    gone = true;
  });
  try {
    // 400 is what it answers to a request without a signature.
    const answers = async () => gone || (await fetch(endpoint)).status === 400;
    await until(answers, 'DynamoDB Local to start', startSeconds);
    if (gone) throw new Error(`DynamoDB Local ended:\n${await readFile(join(folder, 'log'), 'utf8')}`);
    return { endpoint, how: 'java', version: engine.version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
