import type { CloudEvent } from '@fcode/events';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog } from '../event-log.ts';
import { runBroker } from '../fixtures/broker.ts';
import { byKey, happened, upTo } from '../fixtures/happened.ts';
import { topics } from '../fixtures/topics.ts';
import { behind, type KafkaRig, kafkaRig, soon } from './fixtures/kafka-rig.ts';
import { ensureTopics } from './topics.ts';

const brokers = (await runBroker()) ?? '';
const grown = { ...topics, redemption: { version: 2, partitions: 8 } };
const keys = upTo(16).map((n) => `k${n}`);

const grow = (rig: KafkaRig) =>
  ensureTopics({ access: rig.access, topics: grown, groups: ['all'], prefix: rig.prefix });

const append = (log: EventLog, from: number, to: number) =>
  log.append(upTo(to - from).flatMap((n) => keys.map((key) => happened(key, from + n))));

const collect = (log: EventLog, events: CloudEvent[], milliseconds = 0) =>
  log.subscribe({
    group: 'all',
    topics: ['redemption'],
    async handle(event) {
      if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
      events.push(event);
    },
  });

const firstSeen = (events: readonly CloudEvent[]): CloudEvent[] => {
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
};

const all = (count: number) => Object.fromEntries(keys.map((key) => [key, upTo(count)]));

describe.skipIf(!brokers)('Kafka: a topic that grows', { timeout: 90_000 }, () => {
  it('is read to its end in the version before, then in the next: the order of each key holds', async () => {
    await using rig = await kafkaRig(brokers);
    const old = rig.open();
    await append(old, 0, 20);
    await old.close();
    expect(await grow(rig)).toEqual([`${rig.prefix}.redemption.v2`]);
    const [one, two] = [rig.open({ topics: grown }), rig.open({ topics: grown })];
    await append(one, 20, 40);
    // Those of before that nobody has read count too.
    expect((await one.lag('all', ['redemption'])).length).toBeGreaterThan(8);
    expect(await behind(one)).toBe(40 * keys.length);
    expect(one.partitions('redemption')).toBe(8);
    const events: CloudEvent[] = [];
    collect(one, events, 3);
    collect(two, events, 3);
    await vi.waitUntil(() => new Set(events.map(({ id }) => id)).size === 40 * keys.length, soon);
    const order = firstSeen(events);
    expect(byKey(order)).toEqual(all(40));
    expect(byKey(order.slice(0, 20 * keys.length))).toEqual(all(20));
    await vi.waitUntil(async () => (await behind(two)) === 0, soon);
    expect(await two.lag('all', ['redemption'])).toHaveLength(8);
  });

  it('is read to its end while a member of the release before still runs', async () => {
    await using rig = await kafkaRig(brokers);
    const old = rig.open();
    await append(old, 0, 30);
    const events: CloudEvent[] = [];
    collect(old, events, 20);
    await vi.waitUntil(() => events.length > 20, soon);
    await grow(rig);
    const next = rig.open({ topics: grown });
    await append(next, 30, 50);
    collect(next, events, 5);
    await vi.waitUntil(() => new Set(events.map(({ id }) => id)).size === 50 * keys.length, soon);
    expect(byKey(firstSeen(events))).toEqual(all(50));
    await old.close();
    await append(next, 50, 51);
    await vi.waitUntil(() => new Set(events.map(({ id }) => id)).size === 51 * keys.length, soon);
  });

  it('loses nothing that the release before appended after the others had gone over', async () => {
    await using rig = await kafkaRig(brokers);
    const old = rig.open();
    await append(old, 0, 2);
    await grow(rig);
    const next = rig.open({ topics: grown });
    await append(next, 2, 4);
    const events: CloudEvent[] = [];
    collect(next, events);
    await vi.waitUntil(() => events.length >= 4 * keys.length, soon);
    await old.append([happened('straggler', 0)]);
    await old.close();
    await expect.poll(() => byKey(events).straggler, { timeout: 10_000 }).toEqual([0]);
  });
});

describe.skipIf(!brokers)('Kafka: the topics of a cluster', { timeout: 90_000 }, () => {
  it('are made once, also by two at once', async () => {
    await using rig = await kafkaRig(brokers);
    const prefix = `${rig.prefix}x`;
    const ensure = () => ensureTopics({ access: rig.access, topics, groups: ['all', 'one'], prefix });
    const made = await Promise.all([ensure(), ensure()]);
    expect(new Set(made.flat()).size).toBe(8);
    expect(await ensure()).toEqual([]);
    const admin = rig.raw().admin();
    await admin.connect();
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [...new Set(made.flat())] });
    expect(
      Object.fromEntries(found.map(({ name, partitions }) => [name.slice(prefix.length), partitions.length])),
    ).toEqual({
      '.membership.v1': 2,
      '.issuance.v1': 2,
      '.redemption.v1': 4,
      '.referral.v1': 2,
      '.dead-letters.all': 1,
      '.dead-letters.one': 1,
      '.replays.all': 4,
      '.replays.one': 4,
    });
    await admin.disconnect();
  });

  it('keep their number of partitions: another one is refused, with what to do', async () => {
    await using rig = await kafkaRig(brokers);
    const more = { ...topics, redemption: { version: 1, partitions: 8 } };
    const ensure = ensureTopics({ access: rig.access, topics: more, groups: ['all'], prefix: rig.prefix });
    await expect(ensure).rejects.toThrow(
      `${rig.prefix}.redemption.v1 has 4 partitions, not 8: counts are fixed. To grow, define the next version of the topic.`,
    );
  });
});
