import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findJavaEngine } from '@fcode/infra/java';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findDocker } from './docker.ts';
import { startDynamoLocal } from './dynamo-local.ts';
import { findEngine } from './engines.ts';
import { startKafka } from './kafka.ts';
import { answersTcp } from './port.ts';
import { until } from './until.ts';

const java = !('missing' in (await findJavaEngine('kafka')));
const docker = !('missing' in (await findDocker('apache/kafka:4.3.1')));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** As on a machine with neither Java nor Maven; Docker is left out. */
const stubNothing = () => {
  vi.stubEnv('FCODE_ENGINES', 'java');
  vi.stubEnv('FCODE_REQUIRE_KAFKA', '');
  vi.stubEnv('KAFKA_BROKERS', '');
  vi.stubEnv('DYNAMODB_ENDPOINT', '');
  vi.stubEnv('JAVA_HOME', '');
  vi.stubEnv('PATH', '/nowhere');
};

describe('where engines come from', () => {
  it('takes what is given before it looks for anything, and leaves it alone', async () => {
    stubNothing();
    vi.stubEnv('KAFKA_BROKERS', 'kafka-1:9092,kafka-2:9092');
    vi.stubEnv('DYNAMODB_ENDPOINT', 'http://dynamo:8000');
    const kafka = await startKafka();
    expect(kafka).toMatchObject({ brokers: 'kafka-1:9092,kafka-2:9092', how: 'given' });
    expect(kafka).not.toHaveProperty('kill');
    expect(await startDynamoLocal()).toMatchObject({ endpoint: 'http://dynamo:8000', how: 'given' });
  });

  it.skipIf(!docker && !java)('prefers Docker where it has the image', async () => {
    vi.stubEnv('FCODE_ENGINES', '');
    const found = { what: 'Kafka', orName: '' };
    const way = (how: 'docker' | 'java', isHere: boolean) => async () => (isHere ? { how } : { missing: how });
    const engine = await findEngine({ ...found, docker: way('docker', docker), java: way('java', java) });
    expect(engine?.how).toBe(docker ? 'docker' : 'java');
  });

  it.skipIf(!java)(
    'starts one of our own where it is asked for, whichever is given, and by Java when told to',
    async () => {
      vi.stubEnv('KAFKA_BROKERS', 'kafka-1:9092');
      vi.stubEnv('DYNAMODB_ENDPOINT', 'http://dynamo:8000');
      vi.stubEnv('FCODE_ENGINES', 'java');
      const [kafka, dynamo] = [await startKafka({ own: true }), await startDynamoLocal({ own: true })];
      expect(kafka).toMatchObject({ how: 'java', brokers: `127.0.0.1:${kafka?.port}` });
      expect(dynamo).toMatchObject({ how: 'java' });
      // In memory, it would not survive.
      expect(dynamo).not.toHaveProperty('kill');
      await Promise.all([kafka?.stop(), dynamo?.stop()]);
    },
  );

  it('refuses to be told anything else', async () => {
    vi.stubEnv('KAFKA_BROKERS', '');
    vi.stubEnv('FCODE_ENGINES', 'podman');
    await expect(startKafka()).rejects.toThrow('FCODE_ENGINES is docker or java, not podman');
  });

  it('says in one line what is missing, once', async () => {
    stubNothing();
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await startKafka()).toBeUndefined();
    expect(await startKafka()).toBeUndefined();
    expect(written.mock.calls).toEqual([
      [expect.stringMatching(/^\n\*\*\* No Kafka .*\(java: no Java.*KAFKA_BROKERS=.*\n\n$/)],
    ]);
  });

  it('fails where Kafka is required', async () => {
    stubNothing();
    vi.stubEnv('FCODE_REQUIRE_KAFKA', '1');
    await expect(startKafka()).rejects.toThrow('FCODE_REQUIRE_KAFKA is set');
  });
});

describe.skipIf(!docker && !java)('an engine whose tests are killed', () => {
  const holders: ChildProcess[] = [];
  afterEach(() => {
    for (const holder of holders.splice(0)) holder.kill('SIGKILL');
  });

  it.each(['kafka', 'dynamodb-local'])('ends with them: %s', async (what) => {
    vi.stubEnv('KAFKA_BROKERS', '');
    vi.stubEnv('DYNAMODB_ENDPOINT', '');
    const file = fileURLToPath(new URL('fixtures/holder.ts', import.meta.url));
    const holder = spawn(process.execPath, [file, what], { stdio: ['ignore', 'pipe', 'ignore'] });
    holders.push(holder);
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    const port = Number(said.toString().trim().split(':').at(-1));
    expect(await answersTcp(port)).toBe(true);
    holder.kill('SIGKILL');
    await until(async () => !(await answersTcp(port)), 'the engine to end', 30);
  });
});
