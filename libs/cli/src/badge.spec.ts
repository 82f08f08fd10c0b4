import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Fcode } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { defaultPolicy } from '@fcode/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';
import { membersWithPoints } from './points.ts';

let folder: string;
let system: Embedded;
let ops: Fcode;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-badge-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  ops = createClient({ url: system.url, token: await system.token({ subject: 'ops_1', roles: ['ops'] }) });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

/** On this machine: it signs its own token, and finds the store by the data folder. */
const here = () => ({ FCODE_URL: system.url, FCODE_DATA: join(folder, 'data') });
const fcode = (...options: string[]) => runFcode(here(), options);
const badge = (...options: string[]) => fcode('badge', ...options);
const because = ['--reason', 'Tested the beta'];
const badgesOf = async (memberId: string) => (await ops.standing(memberId)).badges.map(({ badge: name }) => name);
const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

describe('fcode badge', { timeout: 60_000 }, () => {
  it('awards to members, withdraws from them, and says how many had it already', async () => {
    const award = ['award', 'tester', '--member', 'm_a', 'm_b', 'm_a', ...because, '--reference', 'FORUM-8'];
    const awarded = await startFcode(here(), ['badge', ...award]);
    expect(awarded).toEqual({ code: 0, out: 'tester: 2 awarded, 0 had it already.', err: '' });
    expect((await badge(...award)).out).toBe('tester: 0 awarded, 2 had it already.');
    expect(await badgesOf('m_a')).toEqual(['tester']);
    const standing = await fcode('member', 'standing', '--member', 'm_a');
    expect(standing.out).toMatch(/^badges +tester$/m);
    const { code, out } = await badge('withdraw', 'tester', '--member', 'm_b', 'm_c', ...because, '--json');
    expect({ code, told: JSON.parse(out) as object }).toEqual({
      code: 0,
      told: { badge: 'tester', withdrawn: 1, unchanged: 1 },
    });
    expect(await badgesOf('m_b')).toEqual([]);
  });

  it('takes the members of a file, more than one call may name, with or without a header', async () => {
    const members = Array.from({ length: 1200 }, (_, n) => `m_file${n}`);
    const path = await file(
      'members.csv',
      `\uFEFFmember_id,name\r\n${members.join(',"X, Y"\r\n')},Z\r\n\r\nm_file0\r\n`,
    );
    const { code, out } = await badge('award', 'tester', '--members', path, ...because);
    expect({ code, out }).toEqual({ code: 0, out: 'tester: 1200 awarded, 0 had it already.' });
    expect(await badgesOf('m_file1199')).toEqual(['tester']);
    const plain = await file('plain.csv', 'm_file0\nm_file1\n');
    expect((await badge('withdraw', 'tester', '--members', plain, ...because)).out).toBe(
      'tester: 2 withdrawn, 0 did not have it.',
    );
    const bad = await file('bad.csv', 'm_x\n"m_y"\n');
    expect(await badge('award', 'tester', '--members', bad, ...because)).toEqual({
      code: 1,
      out: '',
      err: `fcode: ${bad}, line 2: it must begin with a member's id`,
    });
    expect((await badge('award', 'tester', '--members', await file('none.csv', ''), ...because)).err).toMatch(
      /none\.csv names no member\.$/,
    );
  });

  it('says who was refused, and exits with 1', async () => {
    for (let n = 0; n < 32; n += 1) await ops.badges.award(`badge-${n}`, { members: ['m_full'], reason: 'test' });
    expect(await badge('award', 'tester', '--member', 'm_full', 'm_free', ...because)).toEqual({
      code: 1,
      out: 'tester: 1 awarded, 0 had it already, 1 refused.\nm_full: too_many_badges',
      err: '',
    });
  });

  it('says what is missing, and what does not fit', async () => {
    const wrong = async (...options: string[]) => {
      const { code, err } = await badge(...options);
      expect(code).toBe(2);
      return err;
    };
    expect(await wrong('award', 'tester', ...because)).toContain('to whom?');
    expect(await wrong('withdraw', 'tester', ...because)).toContain('from whom?');
    expect(await wrong('award', 'tester', '--member', 'm_a')).toContain('--reason');
    expect(await wrong('award', 'tester', '--points', '100', ...because)).toContain('go together');
    expect(await wrong('award', 'tester', '--before', 'now', '--member', 'm_a', ...because)).toContain('go together');
    expect(await wrong('award', 'tester', '--member', 'm_a', '--dry-run', ...because)).toContain('--dry-run');
    const both = ['--points', '100', '--before', 'now', '--member', 'm_a'];
    expect(await wrong('award', 'tester', ...both, ...because)).toContain('cannot be used with');
    expect(await wrong('award', 'tester', '--points', '100', '--before', 'soon', ...because)).toContain('an instant');
    expect(await badge('award', 'Tester', '--member', 'm_a', ...because)).toMatchObject({
      code: 1,
      err: expect.stringContaining('(invalid_request)'),
    });
  });

  it('goes to whoever had the points before an instant, by the ledger, and to nobody when it is only asked', async () => {
    const worth = defaultPolicy.points.feat as number;
    const needed = Math.ceil(100 / worth);
    let refs = 0;
    const rows = (memberId: string, times: number, occurredAt = '2011-07-31T23:59:59.999Z') =>
      Array.from({ length: times }, () => {
        refs += 1;
        return { memberId, source: 'forum', ref: `p${refs}`, kind: 'feat', occurredAt };
      });
    const takenBack = rows('m_back', needed);
    const [first] = takenBack;
    for (const some of [
      rows('m_enough', needed),
      rows('m_more', needed + 5, '2010-08-16T00:00:00Z'),
      rows('m_less', needed - 1),
      // On the instant itself, and after it.
      [...rows('m_late', needed - 1), ...rows('m_late', 9, '2011-08-01T00:00:00.000Z')],
      [...takenBack, { ...first, kind: 'reversal', occurredAt: '2012-01-01T00:00:00Z' }],
    ]) {
      await ops.contribute(some);
    }
    const search = ['--points', '100', '--before', '2011-08-01T00:00:00Z', '--reason', '100 points before August'];
    const lead = '2 members had 100 points before 2011-08-01 00:00:00Z.';
    const asked = await badge('award', 'first-hour', ...search, '--dry-run');
    expect({ ...asked, err: '' }).toEqual({ code: 0, out: `${lead}\nNone of them was awarded anything.`, err: '' });
    expect(await badgesOf('m_enough')).toEqual([]);

    expect((await startFcode(here(), ['badge', 'award', 'first-hour', ...search])).out).toBe(
      `${lead}\nfirst-hour: 2 awarded, 0 had it already.`,
    );
    const again = JSON.parse((await badge('award', 'first-hour', ...search, '--json')).out) as object;
    expect(again).toEqual({
      badge: 'first-hour',
      points: 100,
      before: '2011-08-01T00:00:00.000Z',
      members: 2,
      awarded: 0,
      unchanged: 2,
      refused: [],
    });
    const had = ['m_enough', 'm_more', 'm_less', 'm_late', 'm_back'];
    expect(await Promise.all(had.map(badgesOf))).toEqual([['first-hour'], ['first-hour'], [], [], []]);
  });
});

describe('points before an instant', () => {
  const entry = (ref: string, memberId: string, points: number, reversed: string[] = []) => ({
    pk: `ledger/shop/${ref}`,
    sk: 'entry',
    seq: 1,
    outbox: [],
    since: 0,
    isPending: false,
    state: {
      recorded: { memberId, occurredAt: '2011-07-01T00:00:00.000Z', points },
      ...(reversed.length === 0 ? {} : { reversed: reversed.map((by) => ({ memberId: by })) }),
    },
  });
  const found = async (...items: ReturnType<typeof entry>[]) => {
    const paged = (async function* () {
      yield* items;
    })();
    return membersWithPoints(paged, { points: 1, before: Date.parse('2011-08-01T00:00:00Z') });
  };

  it('of tenths come to exactly their sum', async () => {
    expect(await found(...Array.from({ length: 10 }, (_, n) => entry(String(n), 'm_tenths', 0.1)))).toEqual([
      'm_tenths',
    ]);
    expect(await found(...Array.from({ length: 9 }, (_, n) => entry(String(n), 'm_tenths', 0.1)))).toEqual([]);
  });

  it('count although somebody else took them back, and not in any other item', async () => {
    expect(await found(entry('1', 'm_mia', 1, ['m_eve']), entry('2', 'm_leo', 1, ['m_eve', 'm_leo']))).toEqual([
      'm_mia',
    ]);
    const unknown = { ...entry('3', 'm_mia', 1), state: { reversed: [{ memberId: 'm_mia' }] } };
    expect(await found(unknown as never, { ...entry('4', 'm_mia', 1), pk: 'member/m_mia', sk: 'standing' })).toEqual(
      [],
    );
  });
});
