import { afterAll, describe, expect, it } from 'vitest';
import { countApis, countRecords } from './fixtures/ask-kafka.ts';
import { hasKafkaTools, kafkaTool } from './fixtures/kafka-tool.ts';
import { startKafka } from './kafka.ts';
import { until } from './until.ts';

const kafka = await startKafka();
afterAll(async () => kafka?.stop());

describe.skipIf(!kafka)('a broker for tests', () => {
  it('answers', async () => {
    expect(await countApis(kafka?.brokers ?? '')).toBeGreaterThan(30);
  });
});

describe.skipIf(!kafka?.resume || !hasKafkaTools)('a broker of our own', () => {
  const bootstrap = ['--bootstrap-server', kafka?.brokers ?? ''];
  const kept = () => until(() => countRecords(kafka?.brokers ?? '', 'facts'), 'the leader of the partition');

  it('keeps its data over a clean stop and over kill -9, at the same port', async () => {
    await kafkaTool('TopicCommand', [...bootstrap, '--create', '--topic', 'facts']);
    await kafkaTool('ConsoleProducer', [...bootstrap, '--topic', 'facts'], 'first\nsecond\n');

    await kafka?.halt?.();
    await expect(countApis(kafka?.brokers ?? '')).rejects.toThrow('ECONNREFUSED');
    await kafka?.resume?.();
    expect(await kept()).toBe(2);

    await kafka?.kill?.();
    await expect(countApis(kafka?.brokers ?? '')).rejects.toThrow('ECONNREFUSED');
    await kafka?.resume?.();
    expect(await kept()).toBe(2);
  });

  it.skipIf(!kafka?.pause)('answers nobody while it is paused, and goes on where it stood', async () => {
    await kafka?.pause?.();
    const asked = countApis(kafka?.brokers ?? '');
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 500));
    expect(await Promise.race([asked, late])).toBe('late');
    await kafka?.unpause?.();
    expect(await asked).toBeGreaterThan(30);
    expect(await kept()).toBe(2);
  });

  it('makes no topic that nobody made', async () => {
    await kafkaTool(
      'ConsoleProducer',
      [...bootstrap, '--topic', 'typo', '--producer-property', 'max.block.ms=1000'],
      'x\n',
    );
    expect(await kafkaTool('TopicCommand', [...bootstrap, '--list'])).not.toContain('typo');
  });
});
