import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent, Topic } from '@fcode/events';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog } from '../event-log.ts';
import { runBroker } from '../fixtures/broker.ts';
import type { Child } from '../fixtures/child.ts';
import { happened, upTo } from '../fixtures/happened.ts';
import { tcpProxy } from '../fixtures/tcp-proxy.ts';
import { quick } from '../fixtures/timing.ts';
import { partitionOf } from '../place.ts';
import { behind, kafkaRig, soon } from './fixtures/kafka-rig.ts';

const brokers = (await runBroker()) ?? '';

interface Begun {
  id: string;
  key: string;
  sequence: number;
  /** Epoch milliseconds. */
  at: number;
  tenure: number;
}

/** What a member of the role `work` began, in its order. */
const begunBy = ({ lines }: Child): Begun[] =>
  lines.flatMap((line) => {
    const [said, id = '', at, tenure] = line.split(' ');
    if (said !== 'began') return [];
    const [, key = '', sequence] = /\/(.*)@(\d+)$/.exec(id) ?? [];
    return [{ id, key, sequence: Number(sequence), at: Number(at), tenure: Number(tenure) }];
  });

const now = (): number => performance.timeOrigin + performance.now();

/** Appends to each key in turn until it is told to stop; then gives the number of events of each key. */
const stream = (log: EventLog, keys: readonly string[], everyMs: number) => {
  let going = true;
  const running = (async () => {
    let sequence = 0;
    for (; going; sequence++) {
      await log.append(keys.map((key) => happened(key, sequence)));
      await sleep(everyMs);
    }
    return sequence;
  })();
  return async () => {
    going = false;
    return await running;
  };
};

/** A key for each partition of a topic. */
const keysOf = (log: EventLog, topic: Topic = 'redemption'): string[] => {
  const partitions = log.partitions(topic);
  return upTo(partitions).map(
    (partition) =>
      upTo(1_000)
        .map((n) => `k${n}`)
        .find((key) => partitionOf(key, partitions) === partition) ?? '',
  );
};

const firsts = (begun: readonly Begun[]): Map<string, number[]> => {
  const seen = new Set<string>();
  const order = new Map<string, number[]>();
  for (const { id, key, sequence } of [...begun].sort((a, b) => a.at - b.at)) {
    if (seen.has(id)) continue;
    seen.add(id);
    order.set(key, [...(order.get(key) ?? []), sequence]);
  }
  return order;
};

describe.skipIf(!brokers)('Kafka: the members of a group', { timeout: 90_000 }, () => {
  it.concurrent('share the partitions while members join, leave and are killed: nothing is lost, each key in its order', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const keys = keysOf(log);
    const members = [rig.spawn(['work', 'all', '5']), rig.spawn(['work', 'all', '5'])];
    const begun = () => members.flatMap(begunBy);
    const stop = stream(log, keys, 20);
    const busy = (member: Child | undefined, since: number) =>
      member !== undefined && begunBy(member).some(({ at }) => at > since);
    /** All keys have been handled anew since then. */
    const caughtUp = (since: number) =>
      keys.every((key) => begun().some((one) => one.key === key && one.at > since && one.sequence > 0));

    await vi.waitUntil(() => members.every((member) => busy(member, 0)), soon);
    members.push(rig.spawn(['work', 'all', '5']));
    await vi.waitUntil(() => busy(members[2], 0), soon);
    let since = now();
    await vi.waitUntil(() => members.every((member) => busy(member, since)), soon);

    since = now();
    await members[0]?.kill('SIGTERM');
    const left = now();
    await vi.waitUntil(() => caughtUp(left), soon);
    const afterLeave = now() - left;

    await members[1]?.kill();
    const killed = now();
    await vi.waitUntil(() => caughtUp(killed), soon);
    const afterKill = now() - killed;

    const count = await stop();
    await vi.waitUntil(() => new Set(begun().map(({ id }) => id)).size === count * keys.length, soon);
    expect(Object.fromEntries(firsts(begun()))).toEqual(Object.fromEntries(keys.map((key) => [key, upTo(count)])));
    expect(afterLeave).toBeLessThan(4_000);
    expect(afterKill).toBeGreaterThan(1_000);
    expect(afterKill).toBeLessThan(quick.sessionMs + 7_000);
    // Per rebalance and partition: what was handled and not written down yet, and what was under way.
    const again = begun().length - count * keys.length;
    expect(again).toBeLessThan(200);
  });

  it.concurrent('keep their place while one event takes three sessions, and the other partitions go on', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const [slow = '', ...others] = keysOf(log);
    const seen: string[] = [];
    let done = false;
    log.subscribe({
      group: 'all',
      topics: ['redemption'],
      async handle({ id, partitionkey, sequence }) {
        seen.push(id);
        if (partitionkey !== slow || Number(sequence) !== 1) return;
        await sleep(3 * quick.sessionMs);
        done = true;
      },
    });
    await log.append([slow, ...others].map((key) => happened(key, 9_999)));
    await log.append([happened(slow, 0)]);
    await vi.waitUntil(async () => seen.length === 5 && (await behind(log)) === 0, soon);
    const { rebalances } = log.figures().groups.all ?? {};
    await log.append([happened(slow, 1), happened(slow, 2)]);
    await vi.waitUntil(() => seen.includes(happened(slow, 1).id), soon);
    const stop = stream(log, others, 50);
    await vi.waitUntil(() => done, soon);
    const count = await stop();
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    expect(count).toBeGreaterThan(50);
    expect(log.figures().groups.all).toEqual({ handled: 7 + count * 3, deadLetters: 0, rebalances });
    expect(seen.filter((id) => id.startsWith(`redemption/${slow}@`))).toEqual(
      [9_999, 0, 1, 2].map((sequence) => happened(slow, sequence).id),
    );
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.concurrent('begin nothing more after a pause longer than the session until they have joined again', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const keys = keysOf(log);
    const starved = rig.spawn(['work', 'all', '60']);
    const other = rig.spawn(['work', 'all', '60']);
    await vi.waitUntil(() => [starved, other].every(({ lines }) => lines.includes('listening')), soon);
    for (const key of keys) await log.append(upTo(150).map((n) => happened(key, n)));
    await vi.waitUntil(() => [starved, other].every((member) => begunBy(member).length > 5), soon);
    const before = begunBy(starved).at(-1)?.tenure ?? 0;
    starved.freeze();
    const frozen = now();
    // The other has all four keys.
    await vi.waitUntil(
      () =>
        new Set(
          begunBy(other)
            .filter(({ at }) => at > frozen + quick.sessionMs / 2)
            .map(({ key }) => key),
        ).size === keys.length,
      soon,
    );
    starved.wake();
    const woken = now();
    await vi.waitUntil(() => begunBy(starved).some(({ at, tenure }) => at > woken && tenure > before), soon);
    expect(begunBy(starved).filter(({ at, tenure }) => at > woken && tenure <= before)).toEqual([]);
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    const begun = [starved, other].flatMap(begunBy);
    expect(Object.fromEntries(firsts(begun))).toEqual(Object.fromEntries(keys.map((key) => [key, upTo(150)])));
  });

  it.concurrent('count an answer that comes late from when it was asked', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const log = rig.open();
    const keys = keysOf(log);
    const distant = rig.spawn(['work', 'all', '60'], proxy.brokers);
    await vi.waitUntil(() => distant.lines.includes('listening'), soon);
    for (const key of keys) await log.append(upTo(150).map((n) => happened(key, n)));
    await vi.waitUntil(() => begunBy(distant).length > 5, soon);
    const before = begunBy(distant).at(-1)?.tenure ?? 0;
    proxy.holdAnswersFromHeartbeat();
    const held = now();
    const other = rig.spawn(['work', 'all', '60']);
    await vi.waitUntil(
      () =>
        new Set(begunBy(other).map(({ key }) => key)).size === keys.length && now() - held > quick.sessionMs + 1_500,
      soon,
    );
    proxy.mode('pass');
    const released = now();
    await vi.waitUntil(() => begunBy(distant).some(({ at, tenure }) => at > released && tenure > before), soon);
    expect(begunBy(distant).filter(({ at, tenure }) => at > released && tenure <= before)).toEqual([]);
  });

  it.concurrent('leave no topic without a reader while a release that reads another one is rolled out', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const seen = new Map<string, string[]>();
    const member = (name: string, topics: Topic[]) => {
      seen.set(name, []);
      const handle = async ({ id }: CloudEvent): Promise<void> => void seen.get(name)?.push(id);
      return rig.open().subscribe({ group: 'all', topics, handle });
    };
    const all = () => new Set([...seen.values()].flat());
    const append = async (round: number) => {
      const events = upTo(12).flatMap((n) => [happened(`k${n}`, round), happened(`k${n}`, round, 'issuance')]);
      await log.append(events);
      return events.map(({ id }) => id);
    };
    const olds = [member('old 1', ['redemption']), member('old 2', ['redemption'])];
    const expected = (await append(0)).filter((id) => id.startsWith('redemption'));
    await vi.waitUntil(() => expected.every((id) => all().has(id)), soon);
    const news = [member('new 1', ['redemption', 'issuance'])];
    for (const round of [1, 2, 3]) {
      const ids = await append(round);
      await vi.waitUntil(() => ids.every((id) => all().has(id)), soon);
      if (round === 1) {
        news.push(member('new 2', ['redemption', 'issuance']));
        await olds[0]?.stop();
      }
      if (round === 2) await olds[1]?.stop();
    }
    await vi.waitUntil(async () => (await behind(log, 'all', ['redemption', 'issuance'])) === 0, soon);
    expect([...(seen.get('old 1') ?? []), ...(seen.get('old 2') ?? [])].some((id) => id.startsWith('issuance'))).toBe(
      false,
    );
    expect(all().size).toBe(4 * 24);
  });

  it.concurrent('do not move the offset back when an event ends whose partition another has by now', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const keys = keysOf(log);
    const release = Promise.withResolvers<void>();
    const began = new Set<string>();
    const slow = rig.open();
    slow.subscribe({
      group: 'all',
      topics: ['redemption'],
      async handle({ partitionkey }) {
        began.add(partitionkey);
        await release.promise;
      },
    });
    for (const key of keys) await log.append(upTo(20).map((n) => happened(key, n)));
    await vi.waitUntil(() => began.size === keys.length, soon);
    const handled = new Map<string, number>();
    rig.open().subscribe({
      group: 'all',
      topics: ['redemption'],
      handle: async ({ partitionkey }) => void handled.set(partitionkey, (handled.get(partitionkey) ?? 0) + 1),
    });
    await vi.waitUntil(() => [...handled.values()].filter((count) => count === 20).length >= 2, soon);
    await sleep(500);
    release.resolve();
    await vi.waitUntil(() => (slow.figures().groups.all?.handled ?? 0) >= keys.length, soon);
    await sleep(2_500);
    expect((await log.lag('all', ['redemption'])).map(({ next, end }) => end - next)).toEqual(keys.map(() => 0));
  });

  it.concurrent('do not hand over two events of a key at once when a partition goes and comes back', async () => {
    await using rig = await kafkaRig(brokers);
    const log = rig.open();
    const keys = keysOf(log);
    const release = Promise.withResolvers<void>();
    const running = new Map<string, number>();
    let most = 0;
    const slow = rig.open();
    slow.subscribe({
      group: 'all',
      topics: ['redemption'],
      async handle({ partitionkey }) {
        const count = (running.get(partitionkey) ?? 0) + 1;
        running.set(partitionkey, count);
        most = Math.max(most, count);
        await release.promise;
        running.set(partitionkey, (running.get(partitionkey) ?? 0) - 1);
      },
    });
    for (const key of keys) await log.append(upTo(3).map((n) => happened(key, n)));
    await vi.waitUntil(() => running.size === keys.length, soon);
    const visits: string[] = [];
    const visitor = rig.open().subscribe({
      group: 'all',
      topics: ['redemption'],
      // It handles nothing, so that all comes again.
      handle: async ({ id }, { signal }) => {
        visits.push(id);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new Error('stopped');
      },
    });
    await vi.waitUntil(() => visits.length >= 2, soon);
    const tenures = slow.figures().groups.all?.rebalances ?? 0;
    await visitor.stop();
    await vi.waitUntil(() => (slow.figures().groups.all?.rebalances ?? 0) > tenures, soon);
    await sleep(1_500);
    release.resolve();
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    expect(most).toBe(1);
  });
});
