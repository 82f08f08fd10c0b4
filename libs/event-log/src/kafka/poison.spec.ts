import type { CloudEvent } from '@fcode/events';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog, Listener } from '../event-log.ts';
import { runBroker } from '../fixtures/broker.ts';
import { happened, upTo } from '../fixtures/happened.ts';
import { behind, eventsOf, type KafkaRig, kafkaRig, soon } from './fixtures/kafka-rig.ts';

const brokers = (await runBroker()) ?? '';

/** Puts values into partition 0 of the redemptions, as a program would that knows nothing of events. */
const put = async (rig: KafkaRig, ...values: (string | Buffer | null)[]) => {
  const producer = rig.raw().producer();
  await producer.connect();
  await producer.send({
    topic: `${rig.prefix}.redemption.v1`,
    messages: values.map((value) => ({ partition: 0, key: 'k', value })),
  });
  await producer.disconnect();
};

const collect = (log: EventLog, group = 'all', more: Partial<Listener> = {}) => {
  const events: { event: CloudEvent; replayed: boolean }[] = [];
  const handle: Listener['handle'] = async (event, { replayed }) => void events.push({ event, replayed });
  log.subscribe({ group, topics: ['redemption'], handle, attempts: 2, ...more });
  return events;
};

const stored = (event: CloudEvent): string => JSON.stringify(event);
/** Events of partition 0, whatever their key would say. */
const [first, second, third] = [happened('k', 0), happened('k', 1), happened('k', 2)];

describe.skipIf(!brokers)('Kafka: what is no event', { timeout: 90_000 }, () => {
  it('ends with the dead letters, tells where it was, and those behind it flow', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const seen = collect(log);
    await put(rig, stored(first), '{ "not": "JSON', null, stored(second), '', stored(third));
    await vi.waitUntil(() => seen.length === 3, soon);
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    expect(seen.map(({ event }) => event)).toEqual([first, second, third]);
    const place = { group: 'all', topic: 'redemption', partition: 0, attempts: 2, mended: false };
    expect(await log.deadLetters('all')).toEqual(
      [
        { offset: 1, body: '{ "not": "JSON' },
        { offset: 2, body: '' },
        { offset: 4, body: '' },
      ].map((one) => ({ ...place, ...one, reason: expect.stringMatching(/JSON/), at: expect.any(String) })),
    );
    expect((await log.read('redemption', 0, 0)).map(({ offset }) => offset)).toEqual([0, 3, 5]);
    expect(await eventsOf(log)).toEqual([first, second, third]);
    expect(log.figures().groups.all).toMatchObject({ handled: 3, deadLetters: 3 });
  });

  it('is handed over once when it was mended, to its own group only', async () => {
    await using rig = await kafkaRig(brokers, { groups: ['all', 'other'] });
    const log = rig.open();
    const seen = collect(log);
    const others = collect(log, 'other');
    await put(rig, 'broken', stored(second));
    await vi.waitUntil(() => seen.length === 1 && others.length === 1, soon);
    await vi.waitUntil(async () => (await log.deadLetters('all')).length === 1, soon);
    const place = { topic: 'redemption', partition: 0, offset: 0 } as const;
    expect(await log.mendDeadLetter('all', place, first)).toBe(true);
    expect(await log.deadLetters('all')).toMatchObject([{ ...place, mended: true, body: stored(first) }]);
    expect(await log.replayDeadLetters('all')).toBe(1);
    await vi.waitUntil(async () => (await log.deadLetters('all')).length === 0, soon);
    expect(seen).toEqual([
      { event: second, replayed: false },
      { event: first, replayed: true },
    ]);
    expect(others).toEqual([{ event: second, replayed: false }]);
    expect(await log.deadLetters('other')).toMatchObject([{ ...place, mended: false, body: 'broken' }]);
    expect(await log.replayDeadLetters('all')).toBe(0);
    expect((await log.read('redemption', 0, 0)).map(({ offset }) => offset)).toEqual([1]);
  });

  it('comes off the list when it is discarded, and is never handed over again', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const seen = collect(log);
    await put(rig, 'broken', 'broken too', stored(first));
    await vi.waitUntil(async () => (await log.deadLetters('all')).length === 2, soon);
    const place = { topic: 'redemption', partition: 0, offset: 0 } as const;
    expect(await log.discardDeadLetter('all', place)).toBe(true);
    expect(await log.discardDeadLetter('all', place)).toBe(false);
    expect(await log.mendDeadLetter('all', place, first)).toBe(false);
    expect(await log.deadLetters('all')).toMatchObject([{ offset: 1 }]);
    expect(await log.replayDeadLetters('all')).toBe(1);
    await vi.waitUntil(async () => (await log.deadLetters('all'))[0]?.attempts === 4, soon);
    expect(seen).toHaveLength(1);
  });

  it('is listed with a limit when there are 1,500 of it', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    collect(log, 'all', { attempts: 1 });
    await put(rig, ...upTo(1_500).map((n) => `broken ${n}`));
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    expect((await log.deadLetters('all')).map(({ offset }) => offset)).toEqual(upTo(100));
    expect(await log.deadLetters('all', 10)).toHaveLength(10);
    expect((await log.deadLetters('all', 1_500)).map(({ body }) => body)).toEqual(
      upTo(1_500).map((n) => `broken ${n}`),
    );
    expect(log.figures().groups.all?.deadLetters).toBe(1_500);
  });

  it('may be as large as a broker takes, and still ends with the dead letters', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const seen = collect(log);
    // Each quote takes two bytes within the letter.
    await put(rig, '"'.repeat(700_000));
    await put(rig, stored(first));
    await vi.waitUntil(() => seen.length === 1, { ...soon, timeout: 10_000 });
    expect(await log.deadLetters('all')).toMatchObject([{ offset: 0 }]);
  });

  it('keeps nothing from being appended meanwhile, however large it is', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    collect(log);
    await put(rig, '"'.repeat(700_000));
    const refusals: unknown[] = [];
    for (const began = performance.now(); performance.now() - began < 4_000; ) {
      const append = log.append([happened('other', 0)]);
      await append.catch((error: unknown) => refusals.push(error));
    }
    expect(refusals).toEqual([]);
  });
});
