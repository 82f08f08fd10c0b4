import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@fcode/policy';
import kafkajs from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog } from '../event-log.ts';
import { runBroker } from '../fixtures/broker.ts';
import { happened, upTo } from '../fixtures/happened.ts';
import { tcpProxy } from '../fixtures/tcp-proxy.ts';
import { quick } from '../fixtures/timing.ts';
import { behind, kafkaRig, soon } from './fixtures/kafka-rig.ts';

const brokers = (await runBroker()) ?? '';

const collect = (log: EventLog) => {
  const ids: string[] = [];
  log.subscribe({ group: 'all', topics: ['redemption'], handle: async ({ id }) => void ids.push(id) });
  return ids;
};

/** What a log told its logger. */
const listen = () => {
  const told: string[] = [];
  const say = ({ err }: { err?: Error }, message: string) => void told.push(`${message}: ${err?.message}`);
  return { told, logger: { info: () => {}, warn: say, error: say } };
};

describe.skipIf(!brokers)('Kafka: the crash of a consumer', { timeout: 90_000 }, () => {
  it.concurrent('ends the process with status 1 when a new consumer would do no better', async () => {
    await using rig = await kafkaRig(brokers);
    const { PartitionAssigners } = kafkajs;
    const stranger = rig.raw().consumer({
      groupId: `${rig.prefix}.all`,
      partitionAssigners: [PartitionAssigners.roundRobin],
      maxWaitTimeInMs: 300,
    });
    await stranger.connect();
    await stranger.subscribe({ topic: `${rig.prefix}.redemption.v1` });
    const joined = new Promise<void>((resolve) => void stranger.on(stranger.events.GROUP_JOIN, () => resolve()));
    await stranger.run({ eachMessage: async () => undefined });
    await joined;
    const fatal = vi.fn<(error: Error) => void>();
    const log = rig.open({ onFatal: fatal });
    collect(log);
    const child = rig.spawn(['listen', 'all']);
    expect(await child.ended()).toBe(1);
    expect(child.lines.at(-1)).toMatch(/^fatal event log: .*protocol/i);
    await vi.waitUntil(() => fatal.mock.calls.length > 0, soon);
    expect(fatal.mock.calls[0]?.[0]).toMatchObject({ name: 'Crash', retriable: false });
    await stranger.disconnect();
  });

  it.concurrent('is followed by a new consumer when that may do better', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const fatal = vi.fn<(error: Error) => void>();
    const { told, logger } = listen();
    const log = rig.open({ access: { brokers: [proxy.brokers] }, onFatal: fatal, logger });
    const seen = collect(log);
    const writer = rig.open();
    await writer.append([happened('k', 0)]);
    await vi.waitUntil(() => seen.length === 1, soon);
    await vi.waitUntil(async () => (await behind(writer)) === 0, soon);
    proxy.mode('refuse');
    await writer.append([happened('k', 1)]);
    await vi.waitUntil(() => told.some((line) => line.includes('cannot be read')), soon);
    proxy.mode('pass');
    await vi.waitUntil(() => seen.length === 2, soon);
    expect(seen).toEqual([happened('k', 0).id, happened('k', 1).id]);
    expect(fatal).not.toHaveBeenCalled();
    expect(log.figures().groups.all?.rebalances).toBeGreaterThan(1);
  });

  it.concurrent('comes while hundreds of events are queued: the one under way ends, the rest comes again', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const writer = rig.open();
    await writer.append(upTo(600).map((n) => happened('k', n)));
    const member = rig.spawn(['work', 'all', '2000'], proxy.brokers);
    await vi.waitUntil(() => member.lines.length > 1, soon);
    await sleep(500);
    proxy.mode('refuse');
    await sleep(4_000);
    proxy.mode('pass');
    const count = member.lines.length;
    await vi.waitUntil(() => member.lines.length > count + 6 || !member.running, soon);
    expect(member.running).toBe(true);
  });

  it.concurrent('is not waited for when a consumer falls silent: another takes its place', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const { told, logger } = listen();
    const timing = { ...quick, silenceMs: 3_000 };
    const log = rig.open({ access: { brokers: [proxy.brokers] }, logger, timing });
    const seen = collect(log);
    const writer = rig.open();
    await writer.append([happened('k', 0)]);
    await vi.waitUntil(() => seen.length === 1, soon);
    proxy.freeze();
    const frozen = performance.now();
    await writer.append([happened('k', 1)]);
    await vi.waitUntil(() => seen.includes(happened('k', 1).id), soon);
    expect(performance.now() - frozen).toBeLessThan(20_000);
    expect(told.join()).toMatch(/fell silent/);
    await vi.waitUntil(async () => (await behind(writer)) === 0, soon);
  });

  it.concurrent('stays a reader while nothing happens for longer than the silence', async () => {
    await using rig = await kafkaRig(brokers);
    const { told, logger } = listen();
    const log = rig.open({ logger, timing: { ...quick, silenceMs: 1_500 } });
    const seen = collect(log);
    await log.append([happened('k', 0)]);
    await vi.waitUntil(() => seen.length === 1, soon);
    await vi.waitUntil(async () => (await behind(log)) === 0, soon);
    const before = { told: [...told], figures: log.figures() };
    await sleep(5_000);
    expect({ told, figures: log.figures() }).toEqual(before);
  });
});

describe.skipIf(!brokers)('Kafka: a broker that does not answer and does not close', { timeout: 120_000 }, () => {
  it.concurrent('is given up: an append is refused within a minute, and a close takes ten seconds at most', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const open = async () => {
      const log = rig.open({ access: { brokers: [proxy.brokers] } });
      const seen = collect(log);
      return { log, seen };
    };
    const appending = await open();
    const closing = await open();
    await appending.log.append([happened('k', 0)]);
    await closing.log.append([happened('k', 1)]);
    await vi.waitUntil(() => appending.seen.length + closing.seen.length >= 2, soon);
    proxy.mode('hold');
    const began = performance.now();
    const refused = appending.log.append([happened('k', 2)]).catch((error: unknown) => error);
    const waiting = closing.log.append([happened('k', 3)]).catch((error: unknown) => error);
    await closing.log.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await waiting).toBeInstanceOf(Unavailable);
    expect(await refused).toBeInstanceOf(Unavailable);
    expect(performance.now() - began).toBeLessThan(60_000);
    proxy.mode('pass');
  });

  it.concurrent('does not keep a log from closing that was never connected', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    proxy.mode('hold');
    const log = rig.open({ access: { brokers: [proxy.brokers] } });
    collect(log);
    await sleep(200);
    const began = performance.now();
    await log.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    proxy.mode('pass');
  });

  it.concurrent('does not keep a process alive that has closed its log', async () => {
    await using rig = await kafkaRig(brokers);
    await using proxy = await tcpProxy(brokers);
    const writer = rig.open();
    await writer.append(upTo(400).map((n) => happened(`k${n % 10}`, n)));
    const member = rig.spawn(['work', 'all', '10'], proxy.brokers);
    await vi.waitUntil(() => member.lines.length > 40, soon);
    proxy.mode('hold');
    await sleep(300);
    const ended = member.kill('SIGTERM').then(() => true);
    await sleep(8_000);
    proxy.mode('refuse');
    expect(await Promise.race([ended, sleep(30_000, false)])).toBe(true);
  });
});
