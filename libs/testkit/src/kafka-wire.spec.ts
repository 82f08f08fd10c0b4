import { afterAll, describe, expect, it } from 'vitest';
import { countApis, countRecords } from './fixtures/ask-kafka.ts';
import { hasKafkaTools, kafkaTool } from './fixtures/kafka-tool.ts';
import { startKafka } from './kafka.ts';
import { until } from './until.ts';
import { startWire } from './wire.ts';

const target = { port: 0 };
const wire = await startWire(target);
const kafka = await startKafka({ advertisedPort: wire.port });
target.port = kafka?.port ?? 0;
afterAll(async () => {
  await wire.stop();
  await kafka?.stop();
});

describe.skipIf(!kafka || !hasKafkaTools)('a broker behind a wire', () => {
  const listening = `127.0.0.1:${kafka?.port}`;
  const produce = (text: string, ...more: string[]) =>
    kafkaTool('ConsoleProducer', ['--bootstrap-server', listening, '--topic', 'facts', ...more], text);

  it('sends its clients through it, wherever they ask', async () => {
    expect(kafka?.brokers).toBe(`127.0.0.1:${wire.port}`);
    await kafkaTool('TopicCommand', ['--bootstrap-server', listening, '--create', '--topic', 'facts']);
    await produce('first\n');
    expect(await until(() => countRecords(kafka?.brokers ?? '', 'facts'))).toBe(1);

    wire.block();
    expect(await countApis(listening)).toBeGreaterThan(30);
    await produce('lost\n', '--producer-property', 'delivery.timeout.ms=2500');
    wire.unblock();
    expect(await until(() => countRecords(kafka?.brokers ?? '', 'facts'))).toBe(1);
  });

  it('can be killed, and comes back behind it', async () => {
    await kafka?.kill?.();
    await kafka?.resume?.();
    await until(() => countRecords(kafka?.brokers ?? '', 'facts'), 'the leader of the partition');
    await produce('second\n');
    expect(await until(() => countRecords(kafka?.brokers ?? '', 'facts'))).toBe(2);
  });
});
