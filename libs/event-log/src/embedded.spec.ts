import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { CloudEvent } from '@fcode/events';
import { describe, expect, it, vi } from 'vitest';
import { conformance, type Rig } from './conformance.ts';
import { type EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from './embedded.ts';
import { openLogFile } from './embedded-file.ts';
import { startLogThread } from './embedded-thread.ts';
import type { LogRecord } from './event-log.ts';
import { Child } from './fixtures/child.ts';
import { byKey, happened, upTo } from './fixtures/happened.ts';
import { topics } from './fixtures/topics.ts';
import { placeOf } from './place.ts';

interface EmbeddedRig extends Rig {
  file: string;
  log: EmbeddedLog;
  /** Another log on the same file, as another process would have it. */
  another(more?: Partial<EmbeddedLogOptions>): EmbeddedLog;
}

const open = async (): Promise<EmbeddedRig> => {
  const folder = await mkdtemp(join(tmpdir(), 'fcode-event-log-'));
  const file = join(folder, 'log.sqlite');
  const children: Child[] = [];
  const logs: EmbeddedLog[] = [];
  const another = (more: Partial<EmbeddedLogOptions> = {}): EmbeddedLog => {
    const log = openEmbeddedLog({ file, topics, ...more });
    logs.push(log);
    return log;
  };
  const log = another();
  return {
    file,
    log,
    another,
    async reopen() {
      await log.close();
      return another();
    },
    spawn(role, ...args) {
      const child = new Child(new URL('./fixtures/embedded.ts', import.meta.url), [file, role, ...args]);
      children.push(child);
      return child;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...children.map((child) => child.kill()), ...logs.map((opened) => opened.close())]);
      await rm(folder, { recursive: true });
    },
  };
};

conformance('embedded', open);

const soon = { timeout: 15_000, interval: 10 };
const everything = async (log: EmbeddedLog): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for (const { topic, partition, end } of await log.lag('nobody', ['redemption'])) {
    for (let from = 0; from < end; from += 500) records.push(...(await log.read(topic, partition, from)));
  }
  return records;
};

describe('event log: embedded, one file and several processes', { timeout: 30_000 }, () => {
  it('loses nothing and keeps the order of keys when two processes append at once', async () => {
    await using rig = await open();
    const children = [rig.spawn('append', 'a', '10', '50'), rig.spawn('append', 'b', '10', '50')];
    expect(await Promise.all(children.map((child) => child.ended()))).toEqual([0, 0]);
    const records = await everything(rig.log);
    expect(records).toHaveLength(1_000);
    const keys = byKey(records.map(({ event }) => event));
    expect(Object.keys(keys)).toHaveLength(20);
    for (const sequences of Object.values(keys)) expect(sequences).toEqual(upTo(50));
    for (const { partition, end } of await rig.log.lag('all', ['redemption'])) {
      expect(records.filter((record) => record.partition === partition).map(({ offset }) => offset)).toEqual(upTo(end));
    }
  });

  it('keeps every acknowledged event when the process is killed', async () => {
    await using rig = await open();
    const child = rig.spawn('append', 'k', '8', '100000');
    await child.says('appended redemption/k0@5');
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
    await child.kill();
    const said = child.lines.map((line) => line.replace('appended ', ''));
    expect(said.length).toBeGreaterThan(8);
    const kept = new Set((await everything(rig.log)).map(({ event }) => event.id));
    expect(said.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('sees at once what another process appended', async () => {
    await using rig = await open();
    const times: number[] = [];
    rig.log.subscribe({ group: 'all', topics: ['redemption'], handle: async () => void times.push(Date.now()) });
    const other = rig.another();
    await other.append([happened('k', 0)]);
    await vi.waitUntil(() => times.length === 1, soon);
    const began = Date.now();
    await other.append([happened('k', 1)]);
    await vi.waitUntil(() => times.length === 2, soon);
    expect((times[1] ?? 0) - began).toBeLessThan(600);
  });

  it('has one reader per group; another process takes over when it was killed', async () => {
    await using rig = await open();
    const first = rig.spawn('listen', 'all');
    await rig.log.append([happened('k', 0)]);
    await first.says('handled redemption/k@0');
    const second = rig.spawn('listen', 'all');
    await second.says('listening');
    await rig.log.append(upTo(20).map((n) => happened(`k${n}`, 0)));
    await first.says('handled redemption/k19@0');
    await vi.waitUntil(() => first.lines.length === 22, soon);
    expect(second.lines).toEqual(['listening']);
    await first.kill();
    const began = Date.now();
    await rig.log.append([happened('k', 1)]);
    await second.says('handled redemption/k@1');
    expect(Date.now() - began).toBeLessThan(6_000);
  });

  it('lets another process take over at once after a clean stop', async () => {
    await using rig = await open();
    const first = rig.spawn('listen', 'all');
    await rig.log.append([happened('k', 0)]);
    await first.says('handled redemption/k@0');
    const seen: string[] = [];
    rig.log.subscribe({ group: 'all', topics: ['redemption'], handle: async ({ id }) => void seen.push(id) });
    await first.kill('SIGTERM');
    const began = Date.now();
    await rig.log.append([happened('k', 1)]);
    await vi.waitUntil(() => seen.length > 0, soon);
    expect(seen).toEqual(['redemption/k@1']);
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it('moves no offset and reads no more once it has lost its lease', async () => {
    await using rig = await open();
    const slow: string[] = [];
    const call = Promise.withResolvers<void>();
    rig.log.subscribe({
      group: 'all',
      topics: ['redemption'],
      async handle({ id }, { signal }) {
        slow.push(id);
        signal.addEventListener('abort', () => slow.push('told to stop'));
        await call.promise;
      },
    });
    await rig.log.append([happened('k', 0), happened('k', 1)]);
    await vi.waitUntil(() => slow.length === 1, soon);
    // To this one the first reader's lease is long over, as it would be after a pause.
    const later = rig.another({ clock: () => Date.now() + 60_000 });
    const seen: string[] = [];
    later.subscribe({ group: 'all', topics: ['redemption'], handle: async ({ id }) => void seen.push(id) });
    await vi.waitUntil(() => seen.length === 2, soon);
    await vi.waitUntil(() => slow.includes('told to stop'), soon);
    call.resolve();
    await rig.log.append([happened('k', 2)]);
    await vi.waitUntil(() => seen.length === 3, soon);
    await vi.waitUntil(async () => (await rig.log.lag('all', ['redemption'])).every((l) => l.next === l.end), soon);
    expect(seen).toEqual(upTo(3).map((n) => `redemption/k@${n}`));
    expect(slow).toEqual(['redemption/k@0', 'told to stop']);
  });

  it('replays on behalf of a process that reads nothing', async () => {
    await using rig = await open();
    let broken = true;
    const handle = async (): Promise<void> => {
      if (broken) throw new Error('broken');
    };
    rig.log.subscribe({ group: 'all', topics: ['redemption'], handle, attempts: 1 });
    await rig.log.append([happened('k', 0)]);
    await vi.waitUntil(async () => (await rig.log.deadLetters('all')).length === 1, soon);
    broken = false;
    expect(await rig.another().replayDeadLetters('all')).toBe(1);
    await vi.waitUntil(async () => (await rig.log.deadLetters('all')).length === 0, soon);
  });
});

describe('event log: embedded, its file', () => {
  it('gives the lease of a group to one of two that saw it free', async () => {
    await using rig = await open();
    const file = openLogFile(rig.file, topics);
    const lease = { group: 'all', until: 5_000 };
    const take = (owner: string, now: number) => file.methods.take({ ...lease, owner }, now);
    expect([take('a', 0), take('b', 0), take('a', 1), take('b', 4_999), take('b', 5_000), take('a', 4_999)]).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
    file.close();
  });

  it('has an installation id that stays', async () => {
    await using rig = await open();
    const id = await rig.log.installation();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await rig.another().installation()).toBe(id);
    expect(await rig.log.meta('nothing')).toBeUndefined();
  });

  it('tells how far it is, and notes starts; what groups did beyond what is known is done again', async () => {
    await using rig = await open();
    expect(await rig.log.boots()).toEqual([]);
    expect(await rig.log.begin('first')).toBe(0);
    const seen: string[] = [];
    const listener = {
      group: 'all',
      topics: ['redemption' as const],
      handle: async ({ id }: CloudEvent) => void seen.push(id),
    };
    const listening = rig.log.subscribe(listener);
    await rig.log.append(upTo(3).map((n) => happened('k', n)));
    await vi.waitUntil(() => seen.length === 3, soon);
    await listening.stop();
    const known = await rig.log.position();
    const place = placeOf(happened('k', 0), topics);
    expect(known).toMatchObject({ last: 3, settled: 0 });
    expect(known.offsets['all/redemption']?.[place.partition]).toBe(3);
    expect((await rig.log.after(1, 10)).map(({ row, event }) => [row, event.id])).toEqual([
      [2, 'redemption/k@1'],
      [3, 'redemption/k@2'],
    ]);

    const more = rig.log.subscribe(listener);
    await rig.log.append([happened('k', 3), happened('j', 0)]);
    await vi.waitUntil(() => seen.length === 5, soon);
    expect(await rig.log.replay('all', 'redemption', place.partition, 1, 2)).toBe(1);
    await vi.waitUntil(() => seen.length === 6, soon);
    await more.stop();
    expect((await rig.log.position()).settled).toBe(1);
    seen.length = 0;
    expect(await rig.log.begin('second', known)).toBe(3);
    expect(await rig.log.boots()).toEqual([
      { id: 'first', last: 0 },
      { id: 'second', last: 5 },
    ]);
    const again = rig.log.subscribe(listener);
    await vi.waitUntil(() => seen.length === 3, soon);
    expect(seen.toSorted()).toEqual(['redemption/j@0', 'redemption/k@1', 'redemption/k@3']);
    await again.stop();
    // Never forward.
    const ahead = { ...known, offsets: { 'all/redemption': known.offsets['all/redemption']?.map(() => 99) ?? [] } };
    const before = await rig.log.position();
    expect(await rig.log.begin('third', { ...ahead, settled: 99 })).toBe(0);
    expect(await rig.log.position()).toEqual(before);
  });

  it('forgets the oldest of very many starts and replays, and knows that it did', async () => {
    await using rig = await open();
    const file = openLogFile(rig.file, topics);
    const begin = (boot: string) =>
      file.together([() => file.methods.begin(boot)], (error) => {
        throw error;
      });
    for (const n of upTo(1_002)) begin(`b${n}`);
    expect((await rig.log.boots()).map(({ id }) => id)).toEqual(
      upTo(1_002)
        .slice(2)
        .map((n) => `b${n}`),
    );
    const db = new DatabaseSync(rig.file);
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10003)
      INSERT INTO settled (consumer, topic, partition, offset) SELECT 'all', 'redemption', 0, i FROM n`);
    db.close();
    expect(await rig.log.remembers(0)).toBe(true);
    begin('last');
    expect(await Promise.all([2, 3].map((settled) => rig.log.remembers(settled)))).toEqual([false, true]);
    expect((await rig.log.position()).settled).toBe(10_003);
    file.close();
  });

  it.each([1, 2])('of version %i is brought up to date', async (version) => {
    await using rig = await open();
    await rig.log.append([happened('k', 0)]);
    await rig.log.close();
    const db = new DatabaseSync(rig.file);
    db.exec(`DROP TABLE settled; PRAGMA user_version = ${version}`);
    if (version === 1) db.exec('ALTER TABLE dead_letters DROP COLUMN mended');
    db.close();
    const now = rig.another();
    expect(await now.position()).toMatchObject({ last: 1, settled: 0 });
    expect(await now.deadLetters('all')).toEqual([]);
  });

  it('is refused by an older program, and with other partition counts', async () => {
    await using rig = await open();
    const other = { ...topics, redemption: { version: 1, partitions: 5 } };
    expect(() => rig.another({ topics: other })).toThrow(/has 4 partitions of redemption, not 5/);
    await rig.log.close();
    const db = new DatabaseSync(rig.file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => rig.another()).toThrow(/version 99.*run the newer program/);
  });

  it('refuses two members of a group that listen to different topics', async () => {
    await using rig = await open();
    const listener = { group: 'all', handle: async () => undefined };
    rig.log.subscribe({ ...listener, topics: ['redemption'] });
    expect(() => rig.log.subscribe({ ...listener, topics: ['issuance'] })).toThrow(/same topics/);
  });

  it('leaves the event loop free while it writes', async () => {
    await using rig = await open();
    await rig.log.append([happened('k', 0)]);
    const other = new DatabaseSync(rig.file);
    other.exec('BEGIN IMMEDIATE');
    // The log waits for the file now; the event loop must not.
    let appended = false;
    const append = rig.log.append([happened('k', 1)]).then(() => {
      appended = true;
    });
    const began = Date.now();
    for (const _ of upTo(10)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Date.now() - began).toBeLessThan(400);
    expect(appended).toBe(false);
    other.exec('COMMIT');
    other.close();
    await append;
  });

  it('rejects what is on its way when its thread dies, and starts another for the next call', async () => {
    await using rig = await open();
    await rig.log.close();
    // A folder in the place of the file ends the thread.
    const file = join(dirname(rig.file), 'other.sqlite');
    await mkdir(file);
    const thread = startLogThread(file, topics);
    const calls = [thread.write('append', []), thread.write('queueLetters', 'all'), thread.read('version')];
    const results = await Promise.allSettled(calls);
    expect(results.map((result) => result.status === 'rejected' && result.reason.name)).toEqual(
      calls.map(() => 'Unavailable'),
    );
    await rmdir(file);
    expect(await thread.write('queueLetters', 'all')).toBe(0);
    await thread.close();
    await expect(thread.read('version')).rejects.toThrow(/closed/);
  });

  it('lets a process end that forgot to close it', async () => {
    await using rig = await open();
    expect(await rig.spawn('nothing').ended()).toBe(0);
  });
});
