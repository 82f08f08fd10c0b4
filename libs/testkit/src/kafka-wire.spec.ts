import { afterAll, describe, expect, it } from 'vitest';
import { askMetadata, countApis, countRecords, createTopic, produce } from './fixtures/ask-kafka.ts';
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

describe.skipIf(!kafka)('a broker behind a wire', () => {
  const [brokers, listening] = [kafka?.brokers ?? '', `127.0.0.1:${kafka?.port}`];
  const count = () => countRecords(brokers, 'facts');

  it('sends its clients through it, wherever they ask', async () => {
    expect(brokers).toBe(`127.0.0.1:${wire.port}`);
    await createTopic(listening, 'facts');
    await until(async () => (await count()) === 0, 'the leader of the partition', 30);
    expect((await askMetadata(listening)).brokers).toEqual([brokers]);
    await produce(listening, 'facts', 'first');
    expect(await count()).toBe(1);

    wire.block();
    expect(await countApis(listening)).toBeGreaterThan(30);
    await expect(produce(listening, 'facts', 'lost')).rejects.toThrow('ECONNREFUSED');
    wire.unblock();
    expect(await until(count)).toBe(1);
  });

  it('can be killed, and comes back behind it', async () => {
    await kafka?.kill?.();
    await kafka?.resume?.();
    await until(count, 'the leader of the partition', 30);
    await produce(listening, 'facts', 'second');
    expect(await count()).toBe(2);
  });
});
