import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@fcode/policy';
import type { Kafka, KafkaConfig } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { runBroker } from '../fixtures/broker.ts';
import { byKey, happened, upTo } from '../fixtures/happened.ts';
import { tcpProxy } from '../fixtures/tcp-proxy.ts';
import { Desk } from './desk.ts';
import { behind, eventsOf, type KafkaRig, kafkaRig } from './fixtures/kafka-rig.ts';
import { twoBrokers } from './fixtures/two-brokers.ts';
import { Pages } from './pages.ts';
import { Sender } from './sender.ts';

const brokers = (await runBroker()) ?? '';
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 };
const mostTries = 1 + retry.retries;

/** What stands in one partition. */
const valuesIn = async (kafka: Kafka, topic: string, partition: number): Promise<(string | null)[]> => {
  const desk = new Desk(kafka);
  const pages = new Pages(kafka, desk);
  try {
    return (await pages.read(topic, partition, 0, 10_000)).map(({ value }) => value);
  } finally {
    await Promise.all([pages.close(), desk.close()]);
  }
};

const open = async (rig: KafkaRig, more: Partial<KafkaConfig> = {}) => {
  const topic = `${rig.prefix}.redemption.v1`;
  const sender = new Sender(rig.raw({ retry, ...more }));
  return {
    topic,
    sender,
    send: (value: string, partition = 0) => sender.send([{ topic, partition, key: 'k', value }]),
    stored: (partition = 0) => valuesIn(rig.raw(), topic, partition),
    [Symbol.asyncDispose]: () => sender.close(),
  };
};

const outcomes = async (sends: readonly Promise<void>[]): Promise<string[]> =>
  (await Promise.allSettled(sends)).map((one) => (one.status === 'fulfilled' ? 'sent' : (one.reason as Error).name));

describe.skipIf(!brokers)('Kafka: one send at a time', { timeout: 60_000 }, () => {
  it('is needed: of two concurrent sends of a producer of kafkajs one is dropped when an answer is lost', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const topic = `${rig.prefix}.redemption.v1`;
    const producer = rig.raw({ brokers: [proxy.brokers], retry }).producer({ idempotent: true });
    await producer.connect();
    const send = (value: string) => producer.send({ topic, messages: [{ partition: 0, key: 'k', value }] });
    await send('before');
    proxy.loseProduceAnswers(1);
    // Both say that they were stored.
    await Promise.all([send('first'), send('second')]);
    await producer.disconnect();
    const stored = await valuesIn(rig.raw(), topic, 0);
    expect([
      ['before', 'first', 'first'],
      ['before', 'second', 'second'],
    ]).toContainEqual(stored);
  });

  it('loses nothing, doubles nothing and keeps the order of calls, however many call at once', async () => {
    await using rig = await kafkaRig(brokers);
    await using opened = await open(rig);
    const { send, stored } = opened;
    const calls = upTo(2_000).map((n) => ({ partition: n % 4, value: String(n) }));
    await Promise.all(
      upTo(20).map(async (turn) => {
        await sleep(turn * 5);
        await Promise.all(
          calls.slice(turn * 100, turn * 100 + 100).map(({ value, partition }) => send(value, partition)),
        );
      }),
    );
    for (const partition of upTo(4)) {
      expect(await stored(partition)).toEqual(
        calls.filter((call) => call.partition === partition).map(({ value }) => value),
      );
    }
  });

  it('loses nothing and doubles nothing while answers are lost and asked for again', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    await using opened = await open(rig, { brokers: [proxy.brokers] });
    const { send, stored } = opened;
    await send('before');
    for (const turn of upTo(10)) {
      proxy.loseProduceAnswers(1);
      await Promise.all(upTo(50).map((n) => send(String(turn * 50 + n))));
    }
    expect(await stored()).toEqual(['before', ...upTo(500).map(String)]);
  });

  it('begins with a new producer after a rejected send, and none of the next is dropped as a duplicate', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    await using opened = await open(rig, { brokers: [proxy.brokers] });
    const { send, stored } = opened;
    await send('before');
    proxy.loseProduceAnswers(mostTries);
    const first = send('first');
    const error = await first.then(() => undefined).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Unavailable).outcomeUnknown).toBe(true);
    await send('second');
    await send('third');
    expect(await stored()).toEqual(['before', 'first', 'second', 'third']);
  });

  it('rejects what waits behind a rejected send, so that nothing overtakes it', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    await using opened = await open(rig, { brokers: [proxy.brokers] });
    const { send, stored } = opened;
    await send('before');
    proxy.loseProduceAnswers(mostTries);
    const sends = [send('first')];
    await sleep(20);
    sends.push(...upTo(30).map((n) => send(`waiting ${n}`)));
    expect(await outcomes(sends)).toEqual(sends.map(() => 'Unavailable'));
    await Promise.all(upTo(30).map((n) => send(`again ${n}`)));
    expect(await stored()).toEqual(['before', 'first', ...upTo(30).map((n) => `again ${n}`)]);
  });

  it('goes on after a record that the broker refuses as too large', async () => {
    await using rig = await kafkaRig(brokers);
    await using opened = await open(rig);
    const { send, stored } = opened;
    const sends = [send('x'.repeat(1_200_000)), send('beside it')];
    expect(await outcomes(sends)).toContain('Unavailable');
    await send('after');
    expect((await stored()).at(-1)).toBe('after');
    expect((await stored()).filter((value) => value === 'after')).toHaveLength(1);
  });

  it('goes on after a send to a topic that is not there', async () => {
    await using rig = await kafkaRig(brokers);
    await using opened = await open(rig);
    const { sender, send, stored } = opened;
    const stray = sender.send([{ topic: `${rig.prefix}.nowhere`, partition: 0, key: 'k', value: 'x' }]);
    expect(await outcomes([stray, send('beside it')])).toEqual(['Unavailable', 'Unavailable']);
    await send('after');
    expect(await stored()).toEqual(['after']);
  });

  it('appends in one call what is more than a broker takes in one batch', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const events = upTo(600).map((n) => ({ ...happened('k', n), data: { sequence: n, text: 'x'.repeat(3_000) } }));
    await log.append(events);
    expect(byKey(await eventsOf(log))).toEqual({ k: upTo(600) });
  });

  it('replays a range whose events together are more than a broker takes in one batch', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    for (const n of upTo(6)) {
      await log.append(
        upTo(100).map((m) => ({ ...happened('k', 100 * n + m), data: { sequence: 0, text: '"'.repeat(1_500) } })),
      );
    }
    const partition = (await log.lag('all', ['redemption'])).find(({ end }) => end > 0)?.partition ?? -1;
    expect(await log.replay('all', 'redemption', partition, 0, 600)).toBe(600);
  });

  it('refuses at once what is more than it holds while the broker does not answer', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const sender = new Sender(rig.raw({ brokers: [proxy.brokers], retry }));
    const topic = `${rig.prefix}.redemption.v1`;
    const send = (value: string) => sender.send([{ topic, partition: 0, key: 'k', value }]);
    await send('before');
    proxy.mode('hold');
    const waiting = upTo(20_500).map((n) => send(String(n)));
    const last = await Promise.race([waiting.at(-1)?.catch((error: Error) => error.message), sleep(1_000)]);
    expect(last).toMatch(/too many/);
    proxy.mode('pass');
    const results = await outcomes(waiting);
    expect(results.slice(0, 20_000)).toEqual(upTo(20_000).map(() => 'sent'));
    await sender.close();
    const log = rig.open();
    expect((await log.lag('all', ['redemption'])).find(({ partition }) => partition === 0)?.end).toBe(
      1 + results.filter((result) => result === 'sent').length,
    );
    expect(await behind(log)).toBeGreaterThan(20_000);
  });
});

describe('Kafka: a partition that moves to another broker while it is sent', () => {
  const outgoing = (partition: number) => ({ topic: 't', partition, key: 'k', value: 'v' });

  it('is never sent by kafkajs, which says that all went well; the sender does not believe it', async () => {
    const { kafka, stored } = twoBrokers('t');
    const raw = kafka.producer();
    const messages = [0, 1].map((partition) => ({ partition, value: 'v' }));
    await raw.sendBatch({ topicMessages: [{ topic: 't', messages }], acks: -1 });
    expect(stored).toEqual([1]);

    const moved = twoBrokers('t');
    const sender = new Sender(moved.kafka);
    await expect(sender.send([outgoing(0), outgoing(1)])).rejects.toThrow('no broker has confirmed t/0');
    await sender.send([outgoing(0), outgoing(1)]);
    expect(moved.stored).toEqual([1, 0, 1]);
    await sender.close();
  });
});
