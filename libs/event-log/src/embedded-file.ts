import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Topic } from '@fcode/events';
import type { GroupLag, Place } from './event-log.ts';
import type { Topics } from './place.ts';

/** Grows with every change of the tables below. */
const VERSION = 3;
const SETTLED = `
  CREATE TABLE settled (
    id INTEGER PRIMARY KEY, consumer TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL
  );
`;
const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, body TEXT NOT NULL,
    UNIQUE (topic, partition, offset)
  );
  CREATE TABLE offsets (
    consumer TEXT, topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (consumer, topic, partition)
  ) WITHOUT ROWID;
  CREATE TABLE readers (consumer TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY, consumer TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    offset INTEGER NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL, at TEXT NOT NULL,
    mended TEXT, UNIQUE (consumer, topic, partition, offset)
  );
  CREATE TABLE replays (
    consumer TEXT, topic TEXT, partition INTEGER, offset INTEGER, PRIMARY KEY (consumer, topic, partition, offset)
  ) WITHOUT ROWID;
  ${SETTLED}
`;
/** Starts that are remembered, and replayed events that were handled: a store from before them is refused. */
const BOOTS_KEPT = 1_000;
const SETTLED_KEPT = 10_000;

export interface Lane {
  topic: Topic;
  partition: number;
}
export interface Row extends Lane {
  body: string;
}
export interface Stored extends Place {
  body: string;
}
export interface Letter extends Place {
  reason: string;
  attempts: number;
  at: string;
}
export interface StoredLetter extends Letter {
  group: string;
  body: string;
  mended: 0 | 1;
}
/** The right of one reader to move a group's offsets; times are epoch milliseconds. */
export interface Lease {
  group: string;
  owner: string;
  until: number;
}
/** What a reader has done since it last said so. */
export interface Progress {
  moves: (Lane & { next: number })[];
  letters: Letter[];
  /** Replayed events that have been handled. */
  settled: Place[];
}

interface Offset extends Lane {
  consumer: string;
  next: number;
}
/** How far the file is, and what its groups have done about what is in it: neither ever goes back. */
export interface LogPosition {
  /** The row of the newest event, counted from 1 over all topics. */
  last: number;
  /** Each group's next offsets: by `group/topic`, and there by partition. */
  offsets: Record<string, number[]>;
  /** Replayed events that were handled, counted from the beginning. */
  settled: number;
}
/** A start of a system that wrote to the file, and the newest row as of then. */
export interface Boot {
  id: string;
  last: number;
}

const isBusy = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;

/** SQLite waits a second for a lock by itself; a rush of several processes can take longer. Blocks its thread. */
const patiently = <Result>(action: () => Result): Result => {
  for (let tries = 1; ; tries++) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || tries >= 10) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 + Math.random() * 20);
    }
  }
};

/** Runs `action` in one transaction: all of it is on disk when this returns, or none of it is in the file. */
const transact = <Result>(db: DatabaseSync, action: () => Result): Result => {
  patiently(() => db.exec('BEGIN IMMEDIATE'));
  try {
    const result = action();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};

const prepareFile = (db: DatabaseSync, file: string, topics: Topics): void => {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > VERSION) {
    throw new Error(`${file} has version ${version}; this program knows up to ${VERSION}: run the newer program`);
  }
  if (version === 0) {
    db.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`);
    db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run('installation', randomUUID());
  }
  if (version === 1) db.exec('ALTER TABLE dead_letters ADD COLUMN mended TEXT');
  if (version === 1 || version === 2) db.exec(`${SETTLED} PRAGMA user_version = ${VERSION}`);
  // A topic that came with a newer program is added; one that is there keeps its partitions.
  const put = db.prepare('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)');
  for (const [topic, { partitions }] of Object.entries(topics)) put.run(`partitions:${topic}`, String(partitions));
  const get = db.prepare('SELECT value FROM meta WHERE key = ?');
  for (const [topic, { partitions }] of Object.entries(topics)) {
    const stored = (get.get(`partitions:${topic}`) as { value: string } | undefined)?.value;
    if (stored !== String(partitions)) {
      throw new Error(`${file} has ${stored} partitions of ${topic}, not ${partitions}: counts are fixed`);
    }
  }
};

/** The log's file, synchronously: every call blocks its thread. */
export const openLogFile = (file: string, topics: Topics) => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 1_000 });
  try {
    patiently(() => db.exec('PRAGMA journal_mode = WAL'));
    db.exec('PRAGMA synchronous = FULL');
    transact(db, () => prepareFile(db, file, topics));
  } catch (error) {
    db.close();
    throw error;
  }

  const sql = {
    mark: db.prepare('SAVEPOINT step'),
    keep: db.prepare('RELEASE step'),
    undo: db.prepare('ROLLBACK TO step'),
    version: db.prepare('PRAGMA data_version'),
    meta: db.prepare('SELECT value FROM meta WHERE key = ?'),
    putMeta: db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    last: db.prepare('SELECT max(id) AS last FROM events'),
    after: db.prepare('SELECT id AS row, topic, body FROM events WHERE id > ? ORDER BY id LIMIT ?'),
    offsets: db.prepare('SELECT consumer, topic, partition, next FROM offsets'),
    putBack: db.prepare('UPDATE offsets SET next = ? WHERE consumer = ? AND topic = ? AND partition = ?'),
    settle: db.prepare('INSERT INTO settled (consumer, topic, partition, offset) VALUES (?, ?, ?, ?)'),
    settled: db.prepare('SELECT min(id) AS first, max(id) AS last FROM settled'),
    unsettle: db.prepare(
      'INSERT OR IGNORE INTO replays SELECT consumer, topic, partition, offset FROM settled WHERE id > ?',
    ),
    // Never the newest, from which they are counted on.
    forget: db.prepare('DELETE FROM settled WHERE id <= (SELECT max(id) FROM settled) - ?'),
    end: db.prepare('SELECT max(offset) + 1 AS end FROM events WHERE topic = ? AND partition = ?'),
    insert: db.prepare('INSERT INTO events (topic, partition, offset, body) VALUES (?, ?, ?, ?)'),
    page: db.prepare(
      'SELECT topic, partition, offset, body FROM events WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?',
    ),
    next: db.prepare('SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?'),
    move: db.prepare(
      'INSERT INTO offsets VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next WHERE next < excluded.next',
    ),
    reader: db.prepare('SELECT owner, until FROM readers WHERE consumer = ?'),
    take: db.prepare(
      `INSERT INTO readers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET owner = excluded.owner, until = excluded.until
       WHERE until <= ? OR owner = excluded.owner`,
    ),
    renew: db.prepare('UPDATE readers SET until = ? WHERE consumer = ? AND owner = ?'),
    release: db.prepare('DELETE FROM readers WHERE consumer = ? AND owner = ?'),
    bury: db.prepare(
      `INSERT INTO dead_letters (consumer, topic, partition, offset, reason, attempts, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET reason = excluded.reason, attempts = attempts + excluded.attempts, at = excluded.at`,
    ),
    letters: db.prepare(
      `SELECT consumer AS "group", topic, partition, offset, reason, attempts, at, coalesce(mended, body) AS body,
         mended IS NOT NULL AS mended
       FROM dead_letters JOIN events USING (topic, partition, offset)
       WHERE consumer = ? ORDER BY dead_letters.id LIMIT ?`,
    ),
    unbury: db.prepare('DELETE FROM dead_letters WHERE consumer = ? AND topic = ? AND partition = ? AND offset = ?'),
    mend: db.prepare(
      'UPDATE dead_letters SET mended = ? WHERE consumer = ? AND topic = ? AND partition = ? AND offset = ?',
    ),
    replays: db.prepare(
      `SELECT topic, partition, offset, coalesce(mended, body) AS body
       FROM replays JOIN events USING (topic, partition, offset)
         LEFT JOIN dead_letters USING (consumer, topic, partition, offset)
       WHERE consumer = ? AND topic = ? AND partition = ? ORDER BY offset LIMIT ?`,
    ),
    replayed: db.prepare('DELETE FROM replays WHERE consumer = ? AND topic = ? AND partition = ? AND offset = ?'),
    queueLetters: db.prepare(
      'INSERT OR IGNORE INTO replays SELECT consumer, topic, partition, offset FROM dead_letters WHERE consumer = ?',
    ),
    queueRange: db.prepare(
      `INSERT OR IGNORE INTO replays SELECT ?, topic, partition, offset FROM events
       WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ?`,
    ),
  };

  const endOf = (topic: Topic, partition: number): number =>
    (sql.end.get(topic, partition) as { end: number | null }).end ?? 0;
  const page = (topic: Topic, partition: number, offset: number, limit: number): Stored[] =>
    sql.page.all(topic, partition, offset, limit) as unknown as Stored[];

  const lastRow = (): number => (sql.last.get() as { last: number | null }).last ?? 0;
  const boots = (): Boot[] =>
    JSON.parse((sql.meta.get('boots') as { value: string } | undefined)?.value ?? '[]') as Boot[];

  /** Write methods belong inside `together`. */
  const methods = {
    append(rows: readonly Row[]): void {
      const ends = new Map<string, number>();
      for (const { topic, partition, body } of rows) {
        const offset = ends.get(`${topic}/${partition}`) ?? endOf(topic, partition);
        sql.insert.run(topic, partition, offset, body);
        ends.set(`${topic}/${partition}`, offset + 1);
      }
    },
    /** Makes `owner` the reader of the group if there is none, or its lease ended before `now`, or it is the same. */
    take: ({ group, owner, until }: Lease, now: number): boolean =>
      sql.take.run(group, owner, until, now).changes === 1,
    release(group: string, owner: string): void {
      sql.release.run(group, owner);
    },
    /** Renews the lease and writes the progress; false, and nothing written, when another reader has the group. */
    commit({ group, owner, until }: Lease, { moves, letters, settled }: Progress): boolean {
      if (sql.renew.run(until, group, owner).changes !== 1) return false;
      for (const { topic, partition, next } of moves) sql.move.run(group, topic, partition, next);
      for (const { topic, partition, offset, reason, attempts, at } of letters) {
        sql.bury.run(group, topic, partition, offset, reason, attempts, at);
        sql.replayed.run(group, topic, partition, offset);
      }
      for (const { topic, partition, offset } of settled) {
        sql.unbury.run(group, topic, partition, offset);
        sql.replayed.run(group, topic, partition, offset);
        sql.settle.run(group, topic, partition, offset);
      }
      return true;
    },
    mend: (group: string, { topic, partition, offset }: Place, body: string): boolean =>
      sql.mend.run(body, group, topic, partition, offset).changes === 1,
    discard: (group: string, { topic, partition, offset }: Place): boolean => {
      sql.replayed.run(group, topic, partition, offset);
      return sql.unbury.run(group, topic, partition, offset).changes === 1;
    },
    queueLetters: (group: string): number => Number(sql.queueLetters.run(group).changes),
    queueRange: (group: string, topic: Topic, partition: number, from: number, to: number): number =>
      Number(sql.queueRange.run(group, topic, partition, from, to).changes),
    /**
     * Notes a start. What groups did beyond `known` is done again: their offsets go back to it, never forward, and
     * replayed events are queued once more. Gives how many events that is.
     */
    begin(boot: string, known?: Pick<LogPosition, 'offsets' | 'settled'>): number {
      let again = 0;
      if (known) {
        for (const { consumer, topic, partition, next } of sql.offsets.all() as unknown as Offset[]) {
          const before = known.offsets[`${consumer}/${topic}`]?.[partition] ?? 0;
          if (next <= before) continue;
          sql.putBack.run(before, consumer, topic, partition);
          again += next - before;
        }
        again += Number(sql.unsettle.run(known.settled).changes);
      }
      sql.forget.run(SETTLED_KEPT);
      const all = [...boots(), { id: boot, last: lastRow() }];
      sql.putMeta.run('boots', JSON.stringify(all.slice(-BOOTS_KEPT)));
      return again;
    },

    boots,
    position(): LogPosition {
      const offsets: LogPosition['offsets'] = {};
      for (const { consumer, topic, partition, next } of sql.offsets.all() as unknown as Offset[]) {
        const name = `${consumer}/${topic}`;
        offsets[name] ??= Array.from({ length: topics[topic]?.partitions ?? 0 }, () => 0);
        offsets[name][partition] = next;
      }
      const { last } = sql.settled.get() as { last: number | null };
      return { last: lastRow(), offsets, settled: last ?? 0 };
    },
    /** Whether it is known which replayed events were handled after the first so many. */
    remembers: (settled: number): boolean => {
      const { first } = sql.settled.get() as { first: number | null };
      return first === null || first <= settled + 1;
    },
    after: (row: number, limit: number) =>
      sql.after.all(row, limit) as unknown as { row: number; topic: Topic; body: string }[],
    page,
    /** For each lane the events that wait to be replayed, and those from its next offset on: at most `limit` of each. */
    fetch: (group: string, lanes: readonly (Lane & { next: number })[], limit: number) =>
      lanes.map(({ topic, partition, next }) => ({
        replays: sql.replays.all(group, topic, partition, limit) as unknown as Stored[],
        events: page(topic, partition, next, limit),
      })),
    lag: (group: string, wanted: readonly Topic[]): GroupLag[] =>
      wanted.flatMap((topic) =>
        Array.from({ length: topics[topic].partitions }, (_, partition) => ({
          topic,
          partition,
          next: (sql.next.get(group, topic, partition) as { next: number } | undefined)?.next ?? 0,
          end: endOf(topic, partition),
        })),
      ),
    reader: (group: string) => sql.reader.get(group) as { owner: string; until: number } | undefined,
    letters: (group: string, limit: number) => sql.letters.all(group, limit) as unknown as StoredLetter[],
    meta: (key: string) => (sql.meta.get(key) as { value: string } | undefined)?.value,
    /** Changes when another connection has written. */
    version: (): number => (sql.version.get() as { data_version: number }).data_version,
  };

  return {
    methods,
    /** Runs steps in one transaction; a step that throws is undone alone and `onError` gives its result. */
    together: <Result>(steps: readonly (() => Result)[], onError: (error: unknown) => Result): Result[] =>
      transact(db, () =>
        steps.map((step) => {
          sql.mark.run();
          try {
            return step();
          } catch (error) {
            sql.undo.run();
            return onError(error);
          } finally {
            sql.keep.run();
          }
        }),
      ),
    close: (): void => db.close(),
  };
};

export type LogFile = ReturnType<typeof openLogFile>['methods'];
