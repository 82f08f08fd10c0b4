import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Guarded } from '@fcode/infra/guarded';
import { type JavaEngine, startJava } from '@fcode/infra/java';
import type { DynamoLocal } from './dynamo-local.ts';
import { quietPort } from './port.ts';
import { quickFolder } from './quick-folder.ts';
import { until } from './until.ts';
import { startWire, type Wire } from './wire.ts';

const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
const startSeconds = 30;

/** In a folder of its own; see `log-1` there, `log-2` after it was resumed, and so on. */
export const startDynamoLocalByJava = async (engine: JavaEngine, keep = false): Promise<DynamoLocal> => {
  const folder = await mkdtemp(join(keep ? await quickFolder() : tmpdir(), 'fcode-dynamodb-'));
  const port = await quietPort();
  const endpoint = `http://127.0.0.1:${port}`;
  // One database for everybody, so that `settled` is about all.
  const data = keep ? ['-dbPath', 'data', '-sharedDb'] : ['-inMemory'];
  await mkdir(join(folder, 'data'));
  let wire: Wire | undefined;
  let running: Guarded | undefined;
  let starts = 0;
  const resume = async () => {
    if (running) throw new Error('DynamoDB Local is running');
    starts += 1;
    const log = `log-${starts}`;
    const started = await startJava(engine, folder, log, [main, ...data, '-disableTelemetry', '-port', String(port)]);
    running = started;
    let gone = false;
    void started.exited.then(() => {
      gone = true;
    });
    // 400 is what it answers to a request without a signature.
    const answers = async () => gone || (await fetch(endpoint)).status === 400;
    await until(answers, 'DynamoDB Local to start', startSeconds);
    if (gone) throw new Error(`DynamoDB Local ended:\n${await readFile(join(folder, log), 'utf8')}`);
    wire?.unblock();
  };
  const kill = async () => {
    // It answers a transaction when its commit is in the queue, not when it is done: 2.6.1 would lose what it has
    // acknowledged, which DynamoDB never does. So first nobody hears it any more, and what it has said becomes true.
    wire?.block();
    await running?.resume();
    await settled(endpoint);
    await end();
  };
  const end = async () => {
    await running?.kill();
    running = undefined;
  };
  const stop = async () => {
    await wire?.stop();
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await resume();
    if (keep) wire = await startWire(port);
    return {
      endpoint: wire ? `http://127.0.0.1:${wire.port}` : endpoint,
      how: 'java',
      version: engine.version,
      ...(keep ? { kill, resume } : {}),
      pause: async () => running?.pause(),
      unpause: async () => running?.resume(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Resolves when what has been queued for the database is done: questions of it wait in the same queue. */
const settled = async (endpoint: string): Promise<void> => {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    // It does not check the signature.
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20250101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=none',
  };
  const signal = AbortSignal.timeout(3000);
  await fetch(endpoint, { method: 'POST', headers, body: '{}', signal }).catch(() => {});
};
