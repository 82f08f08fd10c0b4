import type { CloudEvent, Topic } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import { describe, expect, it, vi } from 'vitest';
import type { EventLog, Listener } from './event-log.ts';
import type { Child } from './fixtures/child.ts';
import { byKey, happened, upTo } from './fixtures/happened.ts';

/** An empty log for one test. */
export interface Rig extends AsyncDisposable {
  log: EventLog;
  /** Closes the log and opens it again. */
  reopen(): Promise<EventLog>;
  /** A process of its own with the same log that plays a role of `fixtures/roles.ts`. */
  spawn(role: string, ...args: string[]): Child;
}

const soon = { timeout: 15_000, interval: 10 };
const topics: Topic[] = ['redemption'];

/** Subscribes and keeps what has been handled. */
const collect = (log: EventLog, group: string, more: Partial<Listener> = {}) => {
  const events: CloudEvent[] = [];
  const handle = async (event: CloudEvent): Promise<void> => void events.push(event);
  const subscription = log.subscribe({ group, topics, handle, ...more });
  return { events, stop: () => subscription.stop() };
};

const read = async (log: EventLog, topic: Topic): Promise<CloudEvent[]> => {
  const pages = await Promise.all(upTo(log.partitions(topic)).map((partition) => log.read(topic, partition, 0, 1_000)));
  return pages.flat().map(({ event }) => event);
};

const behind = async (log: EventLog, group: string): Promise<number> =>
  (await log.lag(group, topics)).reduce((sum, { next, end }) => sum + end - next, 0);

/** As a store's own error of this kind would be. */
class Away extends Unavailable {
  override name = 'Away';
}

/** What any adapter of the event log does. `open` gives each test a log of its own, where that is `possible`. */
export const conformance = (name: string, open: () => Promise<Rig>, possible = true): void => {
  describe.skipIf(!possible)(`event log: ${name}`, { timeout: 30_000 }, () => {
    it('keeps the order of each key while many append at once', async () => {
      await using rig = await open();
      const { events } = collect(rig.log, 'all');
      await Promise.all(
        upTo(30).map(async (key) => {
          for (const sequence of upTo(20)) await rig.log.append([happened(`k${key}`, sequence)]);
        }),
      );
      await vi.waitUntil(() => events.length >= 600, soon);
      expect(Object.values(byKey(events))).toEqual(upTo(30).map(() => upTo(20)));
    });

    it('keeps the order of calls that nobody waited for, and of the events of one call', async () => {
      await using rig = await open();
      await Promise.all(upTo(50).map((n) => rig.log.append([happened('k', 2 * n), happened('k', 2 * n + 1)])));
      expect(byKey(await read(rig.log, 'redemption'))).toEqual({ k: upTo(100) });
    });

    it('numbers a partition from 0 without a gap', async () => {
      await using rig = await open();
      await Promise.all(upTo(40).map((n) => rig.log.append([happened(`k${n}`, 0)])));
      for (const { partition, end } of await rig.log.lag('all', topics)) {
        const records = await rig.log.read('redemption', partition, 0);
        expect(records.map(({ offset }) => offset)).toEqual(upTo(end));
        expect(await rig.log.read('redemption', partition, 1, 2)).toEqual(records.slice(1, 3));
      }
    });

    it('takes an event back exactly as it was', async () => {
      await using rig = await open();
      const event = { ...happened('ключ', 7), data: { text: '„ß"\n', list: [1, null, { deep: true }] } };
      const { events } = collect(rig.log, 'all');
      await rig.log.append([event]);
      await vi.waitUntil(() => events.length > 0, soon);
      expect(events).toEqual([event]);
    });

    it('refuses an event that belongs to no topic, and nothing of that call is appended', async () => {
      await using rig = await open();
      const stray = { ...happened('k', 1), source: '/fcode/elsewhere' };
      await expect(rig.log.append([happened('k', 0), stray])).rejects.toThrow(/elsewhere/);
      await rig.log.append([]);
      expect(await read(rig.log, 'redemption')).toEqual([]);
    });

    it('brings every event to every group once when nothing fails, whenever the group began', async () => {
      await using rig = await open();
      const early = collect(rig.log, 'one', { topics: ['redemption', 'issuance'] });
      for (const n of upTo(60)) await rig.log.append([happened(`k${n % 7}`, n), happened(`k${n % 7}`, n, 'issuance')]);
      const late = collect(rig.log, 'other');
      await vi.waitUntil(() => early.events.length >= 120 && late.events.length >= 60, soon);
      await vi.waitUntil(async () => (await behind(rig.log, 'other')) === 0, soon);
      expect(new Set(early.events.map(({ id }) => id)).size).toBe(120);
      expect(early.events).toHaveLength(120);
      expect(late.events).toHaveLength(60);
    });

    it('goes on where it stopped, after a stop and after close and reopen', async () => {
      await using rig = await open();
      await rig.log.append(upTo(20).map((n) => happened(`k${n}`, 0)));
      const first = collect(rig.log, 'all');
      await vi.waitUntil(() => first.events.length >= 20, soon);
      await first.stop();
      await rig.log.append(upTo(10).map((n) => happened(`k${n}`, 1)));
      const log = await rig.reopen();
      expect(await behind(log, 'all')).toBe(10);
      await log.append([happened('last', 0)]);
      const second = collect(log, 'all');
      await vi.waitUntil(() => second.events.length >= 11, soon);
      await second.stop();
      expect(first.events).toHaveLength(20);
      expect(second.events).toHaveLength(11);
      expect(await read(log, 'redemption')).toHaveLength(31);
    });

    it('brings an event again when the process was killed while handling it', async () => {
      await using rig = await open();
      const child = rig.spawn('listen', 'all', happened('k', 2).id);
      await rig.log.append(upTo(5).map((n) => happened('k', n)));
      await child.says(`stuck ${happened('k', 2).id}`);
      await child.kill();
      const { events } = collect(rig.log, 'all');
      await vi.waitUntil(() => events.some(({ id }) => id === happened('k', 4).id), soon);
      expect(byKey(events).k?.slice(-3)).toEqual([2, 3, 4]);
    });

    it('tries an event again after an error, then puts it with the dead letters and goes on', async () => {
      await using rig = await open();
      const tries: number[] = [];
      const handle = async ({ data }: CloudEvent): Promise<void> => {
        const { sequence } = data as { sequence: number };
        tries.push(sequence);
        if (sequence === 1) throw new Error('no such campaign');
        if (sequence === 2 && tries.filter((n) => n === 2).length < 3) throw new Error('for a moment');
      };
      collect(rig.log, 'all', { handle, attempts: 3 });
      await rig.log.append(upTo(4).map((n) => happened('k', n)));
      await vi.waitUntil(() => tries.includes(3), soon);
      expect(tries).toEqual([0, 1, 1, 1, 2, 2, 2, 3]);
      const letters = await rig.log.deadLetters('all');
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({ group: 'all', topic: 'redemption', offset: 1, attempts: 3 });
      expect(letters[0]?.reason).toMatch(/^no such campaign/);
      expect(JSON.parse(letters[0]?.body ?? '')).toEqual(happened('k', 1));
      expect(new Date(letters[0]?.at ?? '').getTime()).toBeGreaterThan(0);
      expect(await rig.log.deadLetters('other')).toEqual([]);
      await vi.waitUntil(async () => (await behind(rig.log, 'all')) === 0, soon);
    });

    it('lets the other partitions go on while one waits', async () => {
      await using rig = await open();
      const handled = new Set<string>();
      const handle = async ({ partitionkey }: CloudEvent): Promise<void> => {
        if (partitionkey === 'stuck') throw new Unavailable('store is away');
        handled.add(partitionkey);
      };
      const { stop } = collect(rig.log, 'all', { handle });
      await rig.log.append([happened('stuck', 0), ...upTo(40).map((n) => happened(`k${n}`, 0))]);
      await vi.waitUntil(
        async () => (await rig.log.lag('all', topics)).filter((l) => l.next === l.end).length === 3,
        soon,
      );
      expect(handled.size).toBeGreaterThan(20);
      await stop();
    });

    it('never makes a dead letter of what is only unavailable', async () => {
      await using rig = await open();
      let outages = 0;
      const handled: number[] = [];
      const handle = async ({ sequence }: CloudEvent): Promise<void> => {
        if (sequence === happened('k', 0).sequence && outages++ < 4) {
          throw outages % 2 ? new Unavailable('store') : new Away('peer');
        }
        handled.push(Number(sequence));
      };
      collect(rig.log, 'all', { handle, attempts: 1 });
      await rig.log.append([happened('k', 0), happened('k', 1)]);
      await vi.waitUntil(() => handled.length === 2, soon);
      expect(handled).toEqual([0, 1]);
      expect(await rig.log.deadLetters('all')).toEqual([]);
    });

    it('replays dead letters to their own group only, and keeps those that fail again', async () => {
      await using rig = await open();
      let broken = (_event: CloudEvent): boolean => true;
      const replays: number[] = [];
      const handle: Listener['handle'] = async (event, { replayed }) => {
        if (broken(event)) throw new Error(replayed ? 'still broken' : 'broken');
        if (replayed) replays.push(Number(event.sequence));
      };
      collect(rig.log, 'one', { handle, attempts: 2 });
      const other = collect(rig.log, 'other');
      await rig.log.append(upTo(3).map((n) => happened('k', n)));
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 3, soon);

      broken = ({ sequence }) => Number(sequence) === 1;
      expect(await rig.log.replayDeadLetters('one')).toBe(3);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 1, soon);
      const reason = async () => (await rig.log.deadLetters('one'))[0]?.reason;
      await vi.waitUntil(async () => (await reason())?.startsWith('still broken'), soon);
      expect(replays).toEqual([0, 2]);
      expect((await rig.log.deadLetters('one'))[0]).toMatchObject({ offset: 1, attempts: 4 });

      broken = () => false;
      expect(await rig.log.replayDeadLetters('one')).toBe(1);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 0, soon);
      expect(replays).toEqual([0, 2, 1]);
      expect(await rig.log.replayDeadLetters('one')).toBe(0);
      expect(await rig.log.replayDeadLetters('other')).toBe(0);
      expect(other.events).toHaveLength(3);
    });

    it('hands the mended event instead of the one that failed', async () => {
      await using rig = await open();
      const seen: CloudEvent[] = [];
      const handle: Listener['handle'] = async (event) => {
        if (Number(event.sequence) === 1 && (event.data as { sequence?: number }).sequence !== 7) throw new Error('no');
        seen.push(event);
      };
      collect(rig.log, 'one', { handle, attempts: 2 });
      const other = collect(rig.log, 'other');
      await rig.log.append(upTo(3).map((n) => happened('k', n)));
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 1, soon);
      const [letter] = await rig.log.deadLetters('one');
      if (!letter) throw new Error('no letter');
      expect(letter.mended).toBe(false);
      const mended = { ...happened('k', 1), data: { sequence: 7 } };
      const { topic, partition, offset } = letter;
      expect(await rig.log.mendDeadLetter('one', { topic, partition, offset: offset + 1 }, mended)).toBe(false);
      expect(await rig.log.mendDeadLetter('other', { topic, partition, offset }, mended)).toBe(false);
      expect(await rig.log.mendDeadLetter('one', { topic, partition, offset }, mended)).toBe(true);
      expect(await rig.log.deadLetters('one')).toEqual([{ ...letter, mended: true, body: JSON.stringify(mended) }]);
      expect(await rig.log.replayDeadLetters('one')).toBe(1);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 0, soon);
      expect(seen.at(-1)).toEqual(mended);
      expect(seen).toHaveLength(3);
      expect(other.events).toEqual(upTo(3).map((n) => happened('k', n)));
      // What happened stays as it was told.
      expect((await read(rig.log, 'redemption'))[1]).toEqual(happened('k', 1));
    });

    it('keeps a mended event that fails again as it was mended', async () => {
      await using rig = await open();
      collect(rig.log, 'one', { handle: () => Promise.reject(new Error('no')), attempts: 2 });
      await rig.log.append([happened('k', 0)]);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 1, soon);
      const [letter] = await rig.log.deadLetters('one');
      if (!letter) throw new Error('no letter');
      const mended = { ...happened('k', 0), data: { sequence: 7 } };
      expect(await rig.log.mendDeadLetter('one', letter, mended)).toBe(true);
      expect(await rig.log.replayDeadLetters('one')).toBe(1);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one'))[0]?.attempts === 4, soon);
      expect(await rig.log.deadLetters('one')).toMatchObject([{ mended: true, body: JSON.stringify(mended) }]);
    });

    it('discards a dead letter for good', async () => {
      await using rig = await open();
      const tries: number[] = [];
      const handle: Listener['handle'] = async ({ sequence }) => {
        tries.push(Number(sequence));
        if (Number(sequence) < 2) throw new Error('no');
      };
      collect(rig.log, 'one', { handle, attempts: 1 });
      await rig.log.append(upTo(3).map((n) => happened('k', n)));
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 2, soon);
      const [first, second] = await rig.log.deadLetters('one');
      if (!first || !second) throw new Error('no letters');
      expect(await rig.log.discardDeadLetter('other', first)).toBe(false);
      expect(await rig.log.discardDeadLetter('one', first)).toBe(true);
      expect(await rig.log.discardDeadLetter('one', first)).toBe(false);
      expect(await rig.log.mendDeadLetter('one', first, happened('k', 0))).toBe(false);
      expect(await rig.log.deadLetters('one')).toEqual([second]);
      expect(await rig.log.replayDeadLetters('one')).toBe(1);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one'))[0]?.attempts === 2, soon);
      expect(tries).toEqual([0, 1, 2, 1]);
      const log = await rig.reopen();
      expect(await log.deadLetters('one')).toMatchObject([{ offset: 1 }]);
      expect(await read(log, 'redemption')).toHaveLength(3);
    });

    it('hands a queued letter over as it stands by then: mended, not at all when discarded, and once', async () => {
      await using rig = await open();
      let broken = true;
      const seen: string[] = [];
      const handle: Listener['handle'] = async ({ sequence, data }, { replayed }) => {
        if (broken) throw new Error('broken');
        seen.push(`${Number(sequence)} ${JSON.stringify(data)}${replayed ? ' again' : ''}`);
      };
      const first = collect(rig.log, 'one', { handle, attempts: 1 });
      await rig.log.append(upTo(3).map((n) => happened('k', n)));
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 3, soon);
      await first.stop();
      const [mended, discarded] = await rig.log.deadLetters('one');
      if (!mended || !discarded) throw new Error('no letters');
      // Nobody listens while they are handed over, twice.
      await rig.log.replayDeadLetters('one');
      await rig.log.replayDeadLetters('one');
      await rig.log.mendDeadLetter('one', mended, { ...happened('k', 0), data: { mended: true } });
      await rig.log.discardDeadLetter('one', discarded);
      broken = false;
      collect(rig.log, 'one', { handle, attempts: 1 });
      await rig.log.append([happened('k', 3)]);
      await vi.waitUntil(async () => (await rig.log.deadLetters('one')).length === 0, soon);
      await vi.waitUntil(() => seen.length >= 3, soon);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(seen.sort()).toEqual(['0 {"mended":true} again', '2 {"sequence":2} again', '3 {"sequence":3}']);
    });

    it('figures count what was appended, handled and dead', async () => {
      await using rig = await open();
      expect(rig.log.figures()).toEqual({ appended: 0, groups: {} });
      const handle: Listener['handle'] = async ({ sequence }) => {
        if (Number(sequence) === 1) throw new Error('no');
      };
      collect(rig.log, 'one', { handle, attempts: 2 });
      const other = collect(rig.log, 'other');
      await rig.log.append(upTo(5).map((n) => happened('k', n)));
      const stray = { ...happened('k', 5), source: '/fcode/elsewhere' };
      await expect(rig.log.append([stray])).rejects.toThrow(/elsewhere/);
      await vi.waitUntil(() => other.events.length === 5, soon);
      await vi.waitUntil(async () => (await behind(rig.log, 'one')) + (await behind(rig.log, 'other')) === 0, soon);
      const { appended, groups } = rig.log.figures();
      expect(appended).toBe(5);
      expect(groups.one).toMatchObject({ handled: 4, deadLetters: 1 });
      expect(groups.other).toMatchObject({ handled: 5, deadLetters: 0 });
      expect(groups.one?.rebalances).toBeGreaterThan(0);
      expect(Object.keys(groups).sort()).toEqual(['one', 'other']);
    });

    it('replays a range to one group, and its offsets stay', async () => {
      await using rig = await open();
      const seen: string[] = [];
      const handle: Listener['handle'] = async (event, { replayed }) =>
        void seen.push(`${Number(event.sequence)}${replayed ? ' again' : ''}`);
      collect(rig.log, 'one', { handle });
      const other = collect(rig.log, 'other');
      await rig.log.append(upTo(120).map((n) => happened('k', n)));
      await vi.waitUntil(() => seen.length === 120 && other.events.length === 120, soon);
      const partition = (await rig.log.lag('one', topics)).find(({ end }) => end === 120)?.partition ?? -1;
      expect(await rig.log.replay('one', 'redemption', partition, 10, 80)).toBe(70);
      await vi.waitUntil(() => seen.length >= 190, soon);
      expect(seen.slice(120)).toEqual(upTo(70).map((n) => `${n + 10} again`));
      await rig.log.append([happened('k', 120)]);
      await vi.waitUntil(() => seen.length >= 191, soon);
      expect(seen.at(-1)).toBe('120');
      await vi.waitUntil(() => other.events.length >= 121, soon);
      expect(other.events).toHaveLength(121);
      expect(await rig.log.replay('one', 'redemption', partition, 500, 900)).toBe(0);
    });

    it('says how far a group is behind', async () => {
      await using rig = await open();
      await rig.log.append(upTo(30).map((n) => happened(`k${n}`, 0)));
      const lag = await rig.log.lag('all', ['redemption', 'issuance']);
      expect(lag).toHaveLength(rig.log.partitions('redemption') + rig.log.partitions('issuance'));
      expect(lag.reduce((sum, { end }) => sum + end, 0)).toBe(30);
      expect(lag.every(({ next }) => next === 0)).toBe(true);
      collect(rig.log, 'all');
      await vi.waitUntil(async () => (await behind(rig.log, 'all')) === 0, soon);
    });

    it('stops promptly while it waits to try again, and loses nothing by it', async () => {
      await using rig = await open();
      let outages = 0;
      const handle = async (): Promise<void> => {
        outages += 1;
        throw new Unavailable('store is away');
      };
      const { stop } = collect(rig.log, 'all', { handle });
      await rig.log.append([happened('k', 0)]);
      await vi.waitUntil(() => outages >= 5, soon);
      const began = Date.now();
      await stop();
      expect(Date.now() - began).toBeLessThan(500);
      const { events } = collect(rig.log, 'all');
      await vi.waitUntil(() => events.length === 1, soon);
    });

    it('waits for the call in progress when it stops, then handles nothing more', async () => {
      await using rig = await open();
      const call = Promise.withResolvers<void>();
      const seen: string[] = [];
      const handle: Listener['handle'] = async ({ id }, { signal }) => {
        seen.push(id);
        await call.promise;
        seen.push(signal.aborted ? 'told to stop' : 'not told');
      };
      const { stop } = collect(rig.log, 'all', { handle });
      await rig.log.append([happened('k', 0), happened('k', 1)]);
      await vi.waitUntil(() => seen.length > 0, soon);
      const stopped = stop().then(() => seen.push('stopped'));
      setTimeout(call.resolve, 50);
      await stopped;
      expect(seen).toEqual([happened('k', 0).id, 'told to stop', 'stopped']);
      expect(await behind(rig.log, 'all')).toBe(1);
    });

    it('hands the group to another member when the one that read it stops', async () => {
      await using rig = await open();
      const first = collect(rig.log, 'all');
      await rig.log.append([happened('k', 0)]);
      await vi.waitUntil(() => first.events.length === 1, soon);
      const second = collect(rig.log, 'all');
      await first.stop();
      await rig.log.append([happened('k', 1)]);
      await vi.waitUntil(() => second.events.length > 0, soon);
      expect(byKey(second.events)).toEqual({ k: [1] });
    });

    it('closes twice, and then appends nothing', async () => {
      await using rig = await open();
      collect(rig.log, 'all');
      const appended = rig.log.append([happened('k', 0)]);
      await Promise.all([appended, rig.log.close(), rig.log.close()]);
      await expect(rig.log.append([happened('k', 1)])).rejects.toThrow(/closed/);
      expect(await read(await rig.reopen(), 'redemption')).toHaveLength(1);
    });
  });
};
