import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { freePort } from '@fcode/infra/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled, runFcode, startFcode } from './fixtures/run-fcode.ts';

let folder: string;
let system: Embedded;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fcode-import-'));
  const logger = createLogger('test', 'silent');
  system = await startEmbedded({ folder: join(folder, 'data'), port: await freePort(), logger });
});
afterAll(async () => {
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
});

const begin = (...args: string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--json', 'contribution', 'import', ...args], {
    env: { ...compiled, PATH: process.env.PATH, FCODE_URL: system.url, FCODE_DATA: system.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const runBy = async (way: typeof runFcode, args: string[]) => {
  const environment = { FCODE_URL: system.url, FCODE_DATA: system.folder };
  const { code: status, out } = await way(environment, ['--json', 'contribution', 'import', ...args]);
  const { rowsPerSecond: _, ...counts } = JSON.parse(out) as Record<string, number>;
  return { status, counts };
};
const run = (...args: string[]) => runBy(runFcode, args);
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const standingOf = async (memberId: string) => {
  const token = await system.token({ subject: 'ops_1', roles: ['ops'] });
  return createClient({ url: system.url, token }).standing(memberId);
};

const header = 'source,source_ref,member_id,kind,occurred_at,note\n';

describe('the import of a file', () => {
  it('says of every row what became of it; a bad row stops no other, and the same file again changes nothing', async () => {
    const path = file(
      'ledger.csv',
      `${header}git,a1,m_1,fix,2026-01-01T10:00:00+09:00,"with, comma"
git,a2,m_1,magic,2026-01-01T10:00:00Z,
git,a3,m_1,fix,yesterday,
git,a4,=m_1,fix,2026-01-01T10:00:00Z,
git,a1,m_1,fix,2026-01-01T10:00:00Z,again
git,a5
git,a6,m_2,feat,2026-02-01T10:00:00Z,
`,
    );
    const results = join(folder, 'results.ndjson');
    const first = await run(path, '--results', results);
    expect(first).toEqual({ status: 1, counts: { rows: 7, accepted: 2, duplicate: 1, refused: 4 } });
    const told = readFileSync(results, 'utf8').trim().split('\n');
    const byLine = told.map((line) => JSON.parse(line) as { line: number; status: string; reason?: string });
    expect(byLine.map(({ line, status }) => `${line} ${status}`)).toEqual([
      '2 accepted',
      '3 refused',
      '4 refused',
      '5 refused',
      '6 duplicate',
      '7 refused',
      '8 accepted',
    ]);
    expect(byLine[1]?.reason).toBe('unknown_kind');
    expect(byLine[2]?.reason).toContain('occurredAt');
    const before = await standingOf('m_1');
    expect((await run(path)).counts).toEqual({ rows: 7, accepted: 0, duplicate: 3, refused: 4 });
    expect(await standingOf('m_1')).toMatchObject({ reasons: [{}, { kind: 'fix', count: 1 }], tier: before.tier });
  });

  it('loses no row to an open quote, to a row that is too long, or to many long ones at once', async () => {
    const row = (ref: string, rest = '') => `git,${ref},m_long,chore,2026-01-01T10:00:00Z,${rest}\n`;
    // Long in bytes: a request of two hundred such rows is more than a system takes at once.
    const long = Array.from({ length: 400 }, (_, n) => row(`${'长'.repeat(100)}${n}`));
    const rows = [
      row('before'),
      row('open', '"oops'),
      row('between'),
      row('endless', 'x'.repeat(300_000)),
      ...long,
      row('after'),
    ];
    const results = join(folder, 'long.told.ndjson');
    const { status, counts } = await run(file('long.csv', header + rows.join('')), '--results', results);
    // A request that a busy system answers too late is sent again, and its rows are duplicates then.
    const { accepted = 0, duplicate = 0, ...others } = counts;
    expect({ status, kept: accepted + duplicate, ...others }).toEqual({ status: 1, kept: 403, rows: 405, refused: 2 });
    const told = readFileSync(results, 'utf8').trim().split('\n');
    const refused = told
      .map((text) => JSON.parse(text) as { line: number; status: string })
      .filter((one) => one.status === 'refused');
    expect(refused.map(({ line }) => line).sort((a, b) => a - b)).toEqual([3, 5]);
    expect((await standingOf('m_long')).reasons).toContainEqual(expect.objectContaining({ kind: 'chore', count: 403 }));
  });

  it('says so at once when the results cannot be written, and when the first line names no columns', async () => {
    const failing = async (...args: string[]) => {
      const child = begin(...args);
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      const [status] = (await once(child, 'close')) as [number];
      return { status, err };
    };
    const path = file('one.csv', `${header}git,z1,m_9,fix,2026-01-01T10:00:00Z,\n`);
    expect(await failing(path, '--results', '/nowhere/told.ndjson')).toMatchObject({
      status: 1,
      err: expect.stringContaining('/nowhere'),
    });
    const bad = await failing(file('bad.csv', '"source,ref\n'));
    expect(bad).toMatchObject({ status: 1, err: expect.stringContaining('names the columns') });
    expect(bad.err).not.toMatch(/at .*\.ts:\d+/);
  });

  it('takes NDJSON as well', async () => {
    const row = { source: 'forum', ref: 'n1', memberId: 'm_3', kind: 'answer', occurredAt: '2026-03-01T00:00:00Z' };
    const path = file(
      'ledger.ndjson',
      `${JSON.stringify(row)}\nnonsense\n\n${JSON.stringify({ ...row, ref: 'n2', more: 1 })}\n`,
    );
    expect(await run(path)).toEqual({ status: 1, counts: { rows: 3, accepted: 2, duplicate: 0, refused: 1 } });
  });

  it('that is killed half way and run again ends as if it had not been', async () => {
    const rows = 3000;
    const lines = Array.from({ length: rows }, (_, n) => `kill,k${n},m_k${n % 7},fix,2026-04-01T00:00:00Z,`);
    const path = file('large.csv', `${header}${lines.join('\n')}\n`);
    const child = begin(path);
    await expect.poll(async () => (await standingOf('m_k0')).score, { timeout: 20_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'close');
    const { status, counts } = await runBy(startFcode, [path]);
    expect(status).toBe(0);
    expect(counts).toMatchObject({ rows, refused: 0, accepted: expect.any(Number) as number });
    expect((counts.accepted ?? 0) + (counts.duplicate ?? 0)).toBe(rows);
    expect(counts.duplicate).toBeGreaterThan(0);
    const total = await Promise.all(Array.from({ length: 7 }, (_, n) => standingOf(`m_k${n}`)));
    expect(total.map(({ reasons }) => reasons.find(({ code }) => code === 'contributed')?.count)).toEqual(
      Array.from({ length: 7 }, (_, n) => lines.filter((_line, row) => row % 7 === n).length),
    );
  });
});
