import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@fcode/policy';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog } from '../event-log.ts';
import { ownBroker } from '../fixtures/broker.ts';
import { byKey, happened, upTo } from '../fixtures/happened.ts';
import { behind, eventsOf, kafkaRig } from './fixtures/kafka-rig.ts';

const broker = await ownBroker();
const brokers = broker?.brokers ?? '';
const { kill, halt, resume } = broker ?? {};
/** A broker needs up to half a minute to come back where it runs in Docker. */
const patient = { timeout: 60_000, interval: 50 };

/** Appends the events of a key one after the other, each until it is there, as an outbox does. */
const insist = (log: EventLog, key: string, everyMs: number) => {
  let going = true;
  const refusals: { error: unknown; tookMs: number }[] = [];
  const running = (async () => {
    let sequence = 0;
    while (going) {
      const began = performance.now();
      try {
        await log.append([happened(key, sequence)]);
        sequence += 1;
      } catch (error) {
        refusals.push({ error, tookMs: performance.now() - began });
      }
      await sleep(everyMs);
    }
    return sequence;
  })();
  const stop = async () => {
    going = false;
    return await running;
  };
  return { refusals, stop };
};

const collect = (log: EventLog, group = 'all') => {
  const ids: string[] = [];
  log.subscribe({ group, topics: ['redemption'], handle: async ({ id }) => void ids.push(id) });
  return ids;
};

/** The sequences of a key in the order in which each was first seen. */
const sequencesOf = (ids: readonly string[], key: string): number[] =>
  [...new Set(ids)].filter((id) => id.startsWith(`redemption/${key}@`)).map((id) => Number(id.split('@')[1]));

describe.skipIf(!kill || !halt || !resume)('Kafka: a broker that goes away', { timeout: 150_000 }, () => {
  it('costs nothing: appends are refused soon, and all goes on with the same log when it is back', async () => {
    await using rig = await kafkaRig(brokers, { groups: ['all', 'backlog', 'steady'] });
    const log = rig.open();
    const seen = collect(log);
    await log.append(upTo(700).map((n) => happened('backlog', n)));
    // It has hundreds queued when the broker goes.
    const backlog = rig.spawn(['work', 'backlog', '10']);
    await vi.waitUntil(() => backlog.lines.length > 20, patient);
    const { refusals, stop } = insist(log, 'k', 20);
    await vi.waitUntil(() => sequencesOf(seen, 'k').length > 20, patient);

    await halt?.();
    const away = sleep(10_000);
    await vi.waitUntil(() => refusals.length > 0, patient);
    const flood = await Promise.allSettled(upTo(30_000).map((n) => log.append([happened('flood', n)])));
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await away;
    await resume?.();

    const count = sequencesOf(seen, 'k').length;
    await vi.waitUntil(() => sequencesOf(seen, 'k').length > count + 50, patient);
    const appended = await stop();
    await vi.waitUntil(() => sequencesOf(seen, 'k').length === appended, patient);
    expect(sequencesOf(seen, 'k')).toEqual(upTo(appended));
    expect(refusals.every(({ error }) => error instanceof Unavailable)).toBe(true);
    expect(Math.max(...refusals.map(({ tookMs }) => tookMs))).toBeLessThan(20_000);
    await vi.waitUntil(async () => !backlog.running || (await behind(log, 'backlog')) === 0, patient);
    expect(backlog.lines.filter((line) => line.startsWith('fatal'))).toEqual([]);
    expect(backlog.running).toBe(true);
    const handled = backlog.lines.filter((line) => line.startsWith('handled ')).map((line) => line.slice(8));
    expect(sequencesOf(handled, 'backlog')).toEqual(upTo(700));
    await backlog.kill('SIGTERM');
    expect(await backlog.ended()).toBe(0);
  });

  it('may be killed, and may come after the log was opened; who leaves meanwhile leaves soon', async () => {
    await using rig = await kafkaRig(brokers, { groups: ['all', 'early', 'leaver'] });
    const log = rig.open();
    const seen = collect(log);
    const leaver = rig.spawn(['leave', 'leaver']);
    const closing = rig.open();
    const left = collect(closing, 'leaver');
    await log.append([happened('first', 0)]);
    await vi.waitUntil(
      () => left.length + leaver.lines.filter((line) => line.startsWith('handled')).length === 1,
      patient,
    );
    const { stop } = insist(log, 'k', 20);
    await vi.waitUntil(() => sequencesOf(seen, 'k').length > 20, patient);

    await kill?.();
    const early = rig.open();
    const earlySeen = collect(early, 'early');
    const first = early.append([happened('early', 0)]);
    await expect(first).rejects.toBeInstanceOf(Unavailable);
    const waiting = closing.append([happened('closing', 0)]).catch((error: unknown) => error);
    const began = performance.now();
    await closing.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await waiting).toBeInstanceOf(Unavailable);
    const told = performance.now();
    const gone = leaver.kill('SIGTERM').then(() => performance.now() - told);
    await leaver.says('closed', 15_000);
    await sleep(4_000);
    await resume?.();

    await vi.waitUntil(() => earlySeen.length > 10, patient);
    await early.append([happened('early', 0)]);
    const appended = await stop();
    await vi.waitUntil(() => sequencesOf(seen, 'k').length === appended, patient);
    expect(sequencesOf(seen, 'k')).toEqual(upTo(appended));
    await vi.waitUntil(() => earlySeen.includes(happened('early', 0).id), patient);
    await vi.waitUntil(() => sequencesOf(earlySeen, 'k').length === appended, patient);
    const kept = byKey(await eventsOf(log));
    expect([...new Set(kept.k)]).toEqual(upTo(appended));
    expect(await gone).toBeLessThan(20_000);
  });

  it('holds up a dead letter, and the event is not passed before it is written', async () => {
    await using rig = await kafkaRig(brokers, { groups: ['all', 'killed'] });
    const log = rig.open();
    const began: string[] = [];
    log.subscribe({
      group: 'all',
      topics: ['redemption'],
      attempts: 1,
      async handle({ id }) {
        began.push(id);
        if (id !== happened('k', 1).id) return;
        if (began.filter((other) => other === id).length === 1) await kill?.();
        throw new Error('cannot be handled');
      },
    });
    const failing = rig.spawn(['fail', 'killed', '5000']);
    await log.append([happened('k', 0)]);
    await failing.says(`began ${happened('k', 0).id}`, 30_000);
    await log.append([happened('k', 1), happened('k', 2)]);
    await vi.waitUntil(() => began.includes(happened('k', 1).id), patient);
    await failing.says(`failed ${happened('k', 0).id}`, 30_000);
    // Its dead letter waits.
    await sleep(2_000);
    await failing.kill();
    await sleep(2_000);
    expect(began.filter((id) => id === happened('k', 2).id)).toEqual([]);
    await resume?.();

    const again: string[] = [];
    log.subscribe({ group: 'killed', topics: ['redemption'], handle: async ({ id }) => void again.push(id) });
    await vi.waitUntil(() => began.includes(happened('k', 2).id) && again.length >= 3, patient);
    expect([...new Set(again)]).toEqual(upTo(3).map((n) => happened('k', n).id));
    await vi.waitUntil(async () => (await behind(log)) === 0 && (await behind(log, 'killed')) === 0, patient);
    expect(await log.deadLetters('all')).toMatchObject([{ topic: 'redemption', offset: 1, mended: false }]);
    expect(await log.deadLetters('killed')).toEqual([]);
    expect(began.at(-1)).toBe(happened('k', 2).id);
  });
});
