import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { askMetadata, countApis, countRecords, createTopic, produce } from './fixtures/ask-kafka.ts';
import { startKafka } from './kafka.ts';
import { until } from './until.ts';

const kafka = await startKafka();
afterAll(async () => kafka?.stop());

describe.skipIf(!kafka)('a broker for tests', () => {
  it('answers', async () => {
    expect(await countApis(kafka?.brokers ?? '')).toBeGreaterThan(30);
  });
});

describe.skipIf(!kafka?.resume)('a broker of our own', () => {
  const brokers = kafka?.brokers ?? '';
  const kept = () => until(() => countRecords(brokers, 'facts'), 'the leader of the partition', 30);

  it.skipIf(kafka?.how !== 'java' || process.platform !== 'linux')(
    'starts from the classes that the first one kept',
    () => {
      const isOurs = (pid: string): boolean => {
        try {
          const settings = readFileSync(`/proc/${pid}/cwd/server.properties`, 'utf8');
          return settings.includes(`listeners=PLAINTEXT://127.0.0.1:${kafka?.port},`);
        } catch {
          return false; // No broker, or one that ended meanwhile.
        }
      };
      const mapped = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && isOurs(name))
        .map((pid) => readFileSync(`/proc/${pid}/maps`, 'utf8'));
      expect(mapped.filter((files) => /\/kafka-\w+-java-\S+\.jsa$/m.test(files))).toHaveLength(1);
    },
  );

  it('keeps its data over a clean stop and over kill -9, at the same port', async () => {
    await createTopic(brokers, 'facts');
    await until(async () => (await countRecords(brokers, 'facts')) === 0, 'the leader of the partition', 30);
    await produce(brokers, 'facts', 'first', 'second');

    await kafka?.halt?.();
    await expect(countApis(brokers)).rejects.toThrow('ECONNREFUSED');
    await kafka?.resume?.();
    expect(await kept()).toBe(2);

    await kafka?.kill?.();
    await expect(countApis(brokers)).rejects.toThrow('ECONNREFUSED');
    await kafka?.resume?.();
    expect(await kept()).toBe(2);
  });

  it.skipIf(!kafka?.pause)('answers nobody while it is paused, and goes on where it stood', async () => {
    await kafka?.pause?.();
    const asked = countApis(brokers);
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 500));
    expect(await Promise.race([asked, late])).toBe('late');
    await kafka?.unpause?.();
    expect(await asked).toBeGreaterThan(30);
    expect(await kept()).toBe(2);
  });

  it('makes no topic that nobody made', async () => {
    await expect(produce(brokers, 'typo', 'x')).rejects.toThrow('error 3');
    // Who is about to write to it asks for it by its name.
    expect((await askMetadata(brokers, 'typo')).topics).toEqual([]);
    expect((await askMetadata(brokers)).topics).toEqual(['facts']);
  });
});
