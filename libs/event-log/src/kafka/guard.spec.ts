import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { runBroker } from '../fixtures/broker.ts';
import { Child } from '../fixtures/child.ts';
import { upTo } from '../fixtures/happened.ts';
import { kafkaRig } from './fixtures/kafka-rig.ts';
import { guardRequestQueues } from './guard.ts';

const brokers = (await runBroker()) ?? '';

/** Calls of setTimeout for at most 1 ms in one idle second, and what Node warned of. */
const idle = async (topic: string, how: string): Promise<{ soonest: number; warnings: string[] }> => {
  const child = new Child(new URL('./fixtures/idle.ts', import.meta.url), [brokers, topic, how]);
  expect(await child.ended()).toBe(0);
  return JSON.parse(child.lines.at(-1) ?? '');
};

interface Queue {
  push(request: object): void;
  maybeThrottle(milliseconds: number): void;
  fulfillRequest(response: object): void;
  destroy(): void;
  throttleCheckTimeoutId: unknown;
}

/** A queue of kafkajs by itself, and the numbers of the requests that it has sent. */
const queueOf = (maxInFlightRequests: number) => {
  guardRequestQueues();
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
  const logger = { debug: () => {}, warn: () => {} };
  const queue: Queue = new RequestQueue({ maxInFlightRequests, requestTimeout: 10_000, logger });
  const sent: number[] = [];
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve: () => {}, reject: () => {} },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  return { queue, sent, push };
};

describe.skipIf(!brokers)('Kafka: an idle client', { timeout: 60_000 }, () => {
  it('wakes every millisecond with kafkajs as it is, and Node warns of it', async () => {
    await using rig = await kafkaRig(brokers);
    const { soonest, warnings } = await idle(`${rig.prefix}.redemption.v1`, 'as it is');
    expect(soonest).toBeGreaterThan(100);
    expect(warnings).toContain('TimeoutNegativeWarning');
  });

  it('sleeps once its queues are guarded', async () => {
    await using rig = await kafkaRig(brokers);
    const { soonest, warnings } = await idle(`${rig.prefix}.redemption.v1`, 'guarded');
    expect(soonest).toBeLessThan(10);
    expect(warnings).toEqual([]);
  });

  it('still sends what had to wait for those in flight', async () => {
    await using rig = await kafkaRig(brokers);
    guardRequestQueues();
    const producer = rig.raw({}).producer({ maxInFlightRequests: 1 });
    await producer.connect();
    const topic = `${rig.prefix}.redemption.v1`;
    const sends = upTo(200).map((n) => producer.send({ topic, messages: [{ partition: 0, value: String(n) }] }));
    expect(await Promise.all(sends)).toHaveLength(200);
    await producer.disconnect();
    const log = rig.open();
    expect((await log.lag('all', ['redemption']))[0]?.end).toBe(200);
  });
});

describe('Kafka: a guarded queue of requests', () => {
  it('sends what a broker throttled when the time is over, in its order', async () => {
    const { queue, sent, push } = queueOf(10);
    queue.maybeThrottle(200);
    for (const n of upTo(5)) push(n);
    expect(sent).toEqual([]);
    const began = performance.now();
    await expect.poll(() => sent, { timeout: 5_000, interval: 5 }).toEqual(upTo(5));
    expect(performance.now() - began).toBeGreaterThan(150);
    queue.destroy();
  });

  it('sends the next when one is answered, and has no timer when nothing waits', async () => {
    const { queue, sent, push } = queueOf(1);
    push(0);
    expect(queue.throttleCheckTimeoutId).toBeNull();
    push(1);
    expect(sent).toEqual([0]);
    queue.fulfillRequest({ correlationId: 0, payload: null, size: 0 });
    expect(sent).toEqual([0, 1]);
    await expect.poll(() => queue.throttleCheckTimeoutId, { timeout: 5_000, interval: 5 }).toBeNull();
    queue.destroy();
  });

  it('longer throttling that comes while it waits is kept', async () => {
    const { queue, sent, push } = queueOf(10);
    queue.maybeThrottle(100);
    push(0);
    queue.maybeThrottle(400);
    const began = performance.now();
    await expect.poll(() => sent, { timeout: 5_000, interval: 5 }).toEqual([0]);
    expect(performance.now() - began).toBeGreaterThan(350);
    queue.destroy();
  });
});
