import { codeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { BatchRows } from './batch.ts';
import { csvOf } from './export.ts';
import { codesIn, type Row, type RowsPage, rowsRef } from './grant-job.ts';

const mint = codeMint([
  { version: 1, secret: new Uint8Array(32).fill(1) },
  { version: 2, secret: new Uint8Array(32).fill(2) },
]);

type Rest = { batch?: number; keyVersion?: number; createdAt?: string; file?: BatchRows };
const granted = (store: Store, size: number, rest: Rest = {}) =>
  csvOf(store, mint, {
    status: 'created',
    campaignId: 'cmp_1',
    batch: 7,
    size,
    keyVersion: 1,
    createdAt: '2026-11-28T00:00:00.000Z',
    terms: { skus: ['PHONE-1'], startsAt: '', endsAt: '', buyerLimit: 0, holdSeconds: 60 },
    origin: { kind: 'grant', to: 'bearer', reason: 'press', grantedBy: 'olga' },
    ...rest,
  });
const bearers = (size: number, rest: Rest = {}) => granted({} as Store, size, rest);
const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

describe('the file of a bearer grant', () => {
  it('is as long as it says, and has the codes that are minted one by one', async () => {
    for (const [size, batch] of [
      [1, 1],
      [10, 9],
      [11, 10],
      [4097, 2 ** 20 - 1],
      [12_345, 7],
    ] as const) {
      const file = bearers(size, { batch, keyVersion: 2 });
      const text = await textOf(file.read());
      const rows = Array.from(
        { length: size },
        (_, index) => `${mint.mint({ batch, index }, 2)},${batch},${index}\r\n`,
      );
      expect(text).toBe(`code,batch,index\r\n${rows.join('')}`);
      expect([file.length, await file.measure()]).toEqual([text.length, text.length]);
    }
  });

  it('goes on at any byte, and ends at any', async () => {
    const file = bearers(12_345);
    const whole = await textOf(file.read());
    const part = fc.tuple(fc.nat(whole.length - 1), fc.nat(whole.length)).map(([start, count]) => ({
      start,
      end: Math.min(whole.length, start + count),
    }));
    await fc.assert(
      fc.asyncProperty(part, async (range) => {
        expect(await textOf(file.read(range))).toBe(whole.slice(range.start, range.end));
      }),
      { numRuns: 40 },
    );
    const small = bearers(120);
    const all = await textOf(small.read());
    // Each byte of a row, in one row or another: no row's length is a multiple of 7.
    for (let start = 0; start < all.length; start += 7) {
      const end = Math.min(all.length, start + 100);
      expect(await textOf(small.read({ start, end }))).toBe(all.slice(start, end));
    }
  });

  it('goes on in the middle of the largest batch at once', async () => {
    const size = 2 ** 30;
    const [file, row] = [bearers(size), `${mint.mint({ batch: 7, index: size - 1 }, 1)},7,${size - 1}\r\n`];
    const length = file.length as number;
    expect(await textOf(file.read({ start: length - row.length, end: length }))).toBe(row);
  });

  it('is computed as it is read, a piece at a time, and everybody else has a turn between two pieces', async () => {
    const print = vi.spyOn(mint, 'print');
    const reader = bearers(1_000_000).read().getReader();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(print).not.toHaveBeenCalled();
    let turns = 0;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    for (let pieces = 1; pieces <= 30; pieces += 1) {
      const before = turns;
      expect((await reader.read()).value?.length).toBeLessThan(100_000);
      expect(turns).toBeGreaterThan(before);
      // The first piece is the header.
      expect(print).toHaveBeenCalledTimes(pieces - 1);
    }
    await reader.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    clearImmediate(next);
    expect(print).toHaveBeenCalledTimes(29);
    print.mockRestore();
  });

  it('has another name where it is another file, and the same one always', () => {
    const names = [
      bearers(100),
      bearers(101),
      bearers(100, { batch: 8 }),
      bearers(100, { keyVersion: 2 }),
      bearers(100, { createdAt: '2026-11-29T00:00:00.000Z' }),
    ].map(({ etag }) => etag);
    expect(new Set(names).size).toBe(5);
    expect(bearers(100).etag).toBe(names[0]);
    expect(names[0]).toMatch(/^"[\w-]{22}"$/);
  });
});

describe('the file of a grant to the members of a file', () => {
  const pages: Row[][] = Array.from({ length: 11 }, (_, page) =>
    Array.from({ length: 9 }, (_, nth) =>
      nth === 4 || page === 5 ? ['no_count'] : [`m_${'y'.repeat(page)}${nth}`, 1 + ((page * nth) % 3)],
    ),
  );
  const sum = (rows: Row[]) => rows.reduce((codes, row) => codes + codesIn(row), 0);
  const kept = new Map(
    pages.map((rows, page): [string, RowsPage] => [
      rowsRef('up', page).sk,
      { rows: JSON.stringify(rows), row: page * 9, index: sum(pages.slice(0, page).flat()) },
    ]),
  );
  const store = {
    read: async (refs: { pk: string; sk: string }[]) => refs.map(({ sk }) => ({ state: kept.get(sk) })),
  } as unknown as Store;
  const size = sum(pages.flat());
  const file = granted(store, size, { file: { upload: 'up', pages: pages.length } });

  it('has each code with whose it is, and nothing of rows that are none', async () => {
    const owners = pages.flat().flatMap((row) => Array.from({ length: codesIn(row) }, () => row[0]));
    const rows = owners.map((owner, index) => `${mint.mint({ batch: 7, index }, 1)},7,${index},${owner}\r\n`);
    expect(rows).toHaveLength(size);
    expect(await textOf(file.read())).toBe(`code,batch,index,member_id\r\n${rows.join('')}`);
  });

  it('is measured, and goes on at any byte', async () => {
    const whole = await textOf(file.read());
    expect([file.length, await file.measure()]).toEqual([undefined, whole.length]);
    for (let start = 0; start < whole.length; start += 1) {
      // Some rows of it, of two pages or three.
      const end = Math.min(whole.length, start + 500);
      expect(await textOf(file.read({ start, end }))).toBe(whole.slice(start, end));
    }
  });
});
