import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runFcode, startFcode } from './fixtures/run-fcode.ts';
import { withFigures } from './refusal.ts';

let folder: string;
let system: Embedded;
let token: string;
let otherToken: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-cli-'));
  system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'ops_1', roles: ['ops', 'checkout'] });
  otherToken = await system.token({ subject: 'ops_2', roles: ['ops'] });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const here = () => ({ FCODE_URL: system.url, FCODE_DATA: folder });
const runWith = (environment: Record<string, string>, ...options: string[]): Promise<Ended> =>
  runFcode({ ...here(), ...environment }, options);
const fcode = (...options: string[]) => runWith({ FCODE_TOKEN: token }, ...options);
const json = async <Answer>(...options: string[]): Promise<Answer> => {
  const { code, out, err } = await fcode(...options, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const answer = JSON.parse(out) as Answer;
  expectSortedKeys(answer);
  return answer;
};
const expectSortedKeys = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) expect(Object.keys(value)).toEqual(Object.keys(value).sort());
  Object.values(value).forEach(expectSortedKeys);
};
const draft = async (...more: string[]): Promise<string> => {
  const flags = '--name Drop --sku PHONE-1 PHONE-2 --starts now --ends 2099-01-01 --quota 100 --allot angel=3 fan=1';
  return (await json<{ campaignId: string }>('campaign', 'create', ...flags.split(' '), ...more)).campaignId;
};
const openDrop = async (...more: string[]): Promise<string> => {
  const campaignId = await draft(...more);
  expect(await fcode('campaign', 'publish', campaignId)).toMatchObject({ code: 0 });
  return campaignId;
};
let references = 0;
const why = () => {
  references += 1;
  return ['--reason', 'Contest prize', '--reference', `CP-${references}`];
};
const approve = (campaign: string, grantId: string, ...more: string[]) =>
  runWith({ FCODE_TOKEN: otherToken }, 'grant', 'approve', '--campaign', campaign, '--grant', grantId, ...more);
/** Asked for by one, and approved by another. */
const grant = async (campaign: string, ...to: string[]) => {
  const { grantId } = await json<{ grantId: string }>('grant', ...to, '--campaign', campaign, ...why());
  return JSON.parse((await approve(campaign, grantId, '--json')).out) as { batch: number; codes: number };
};
/** The codes of a new bearer grant, and its batch. */
const codesOf = async (campaign: string, codes: number) => {
  const { batch } = await grant(campaign, '--bearer', `${codes}`);
  const { out } = await fcode('grant', 'export', '--campaign', campaign, '--batch', `${batch}`);
  return { batch, codes: rowsOf(out).flatMap(([code = ''], line) => (line === 0 ? [] : code)) };
};
const rowsOf = (csv: string) => csv.split('\r\n').map((line) => line.split(','));

describe('the life of a drop', { timeout: 60_000 }, () => {
  it('goes from draft to a redeemed code and its history', async () => {
    const campaign = await draft();
    const published = await fcode('campaign', 'publish', campaign);
    expect(published).toEqual({ code: 0, out: `${campaign} is published.`, err: '' });

    const { batch, codes } = await grant(campaign, '--bearer', '3');
    expect(codes).toBe(3);
    const file = join(folder, 'codes.csv');
    const exported = await fcode('grant', 'export', '--campaign', campaign, '--batch', `${batch}`, '--out', file);
    expect(exported).toMatchObject({ code: 0, out: `The codes of batch ${batch} are in ${file}` });
    const rows = rowsOf((await readFile(file, 'utf8')).trimEnd());
    expect(rows[0]).toEqual(['code', 'batch', 'index']);
    expect(rows).toHaveLength(4);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const code = rows[1]?.[0] ?? '';

    const checked = await fcode('code', 'check', code, '--sku', 'PHONE-1');
    expect(checked).toMatchObject({ code: 0, out: `Good for PHONE-1 in ${campaign}.` });
    const order = ['--sku', 'PHONE-1', '--email', 'friend@example.com', '--order'];
    expect((await fcode('code', 'redeem', code, ...order, '1001')).out).toMatch(/^Order 1001 owns the code since /);
    expect(await fcode('code', 'redeem', code, ...order, '1002')).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        new RegExp(
          `^fcode: This code cannot be used: redeemed at \\S+Z \\(code_not_usable\\) See why: npx fcode code history ${code}$`,
        ),
      ),
    });
    expect(await fcode('code', 'check', code, '--sku', 'PHONE-1')).toMatchObject({
      code: 1,
      out: expect.stringContaining('(code_not_usable)'),
    });

    const history = await until(async () => {
      const { out } = await fcode('code', 'history', code);
      return out.includes('redeemed  ') ? out : undefined;
    });
    expect(history).toMatch(new RegExp(`^code +${batch}\\.0\\n`));
    expect(history).toMatch(/^from +grant: Contest prize$/m);
    expect(history).toMatch(/^granted by +ops_1$/m);
    expect(history).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}redeemed {2}order 1001, shop ops_1, buyer \S+, sku PHONE-1, redemption rdm_\w+$/m,
    );
    const document = await json<{ entries: { type: string }[] }>('code', 'history', `${batch}.0`);
    expect(document.entries.map(({ type }) => type)).toEqual(['code.redeemed']);
  });

  it('pauses, goes on and ends', async () => {
    const campaign = await openDrop();
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['resume', 'published'],
      ['close', 'closed'],
    ] as const) {
      expect((await fcode('campaign', verb, campaign, '--reason', 'Rumours')).out).toBe(`${campaign} is ${state}.`);
    }
    expect((await fcode('campaign', 'show', campaign)).out).toMatch(/^phase +closed$/m);
    const listed = (await fcode('campaign', 'list')).out.split('\n');
    expect(listed[0]).toMatch(/^CAMPAIGN +PHASE +STARTS +ENDS +QUOTA {2}NAME$/);
    expect(listed[1]).toMatch(new RegExp(`^${campaign} +closed .* 100 {2}Drop$`));
  });

  it('drafts from a file, with flags over it', async () => {
    const file = join(folder, 'drop.json');
    const window = { startsAt: '2098-01-01T00:00:00Z', endsAt: '2098-02-01T00:00:00Z' };
    await writeFile(file, JSON.stringify({ name: 'Filed', skus: ['TV'], ...window, quota: 5, allotment: { fan: 1 } }));
    const { campaignId } = await json<{ campaignId: string }>('campaign', 'create', '--file', file, '--quota', '7');
    expect(await json('campaign', 'show', campaignId)).toMatchObject({ name: 'Filed', skus: ['TV'], quota: 7 });
  });
});

describe('a grant', { timeout: 60_000 }, () => {
  it('goes to members from flags or from a file, and is listed', async () => {
    const campaign = await openDrop();
    const file = join(folder, 'members.csv');
    await writeFile(file, 'member_id,codes\r\nm_mia,2\r\nm_leo,1\r\n');
    const byFlags = await grant(campaign, '--member', 'm_zoe=2', 'm_kai=1');
    const byFile = await grant(campaign, 'upload', file);
    expect([byFlags.codes, byFile.codes]).toEqual([3, 3]);
    const { out } = await fcode('grant', 'export', '--campaign', campaign, '--batch', `${byFile.batch}`);
    expect(rowsOf(out).map((row) => row[3])).toEqual(['member_id', 'm_mia', 'm_mia', 'm_leo']);
    const list = await until(async () => {
      const { out } = await fcode('grant', 'list', '--campaign', campaign);
      return out.split('\n').length === 4 ? out : undefined;
    });
    expect(list).toMatch(/^ +\d+ {2}grant +members +3 .* ops_1 +CP-\d+ +Contest prize$/m);
  });

  it('is one by its reference', async () => {
    const campaign = await openDrop();
    const wish = ['grant', '--campaign', campaign, '--bearer', '5', '--reason', 'Press', '--reference', 'PR-7'];
    const first = await json<{ grantId: string; status: string }>(...wish);
    expect(first.status).toBe('waiting');
    expect(await json(...wish)).toEqual(first);
    await approve(campaign, first.grantId);
    expect(await json(...wish)).toMatchObject({ grantId: first.grantId, status: 'done', approvals: [{ by: 'ops_2' }] });
  });

  it('that nobody knows of says how to send it again without granting twice', async () => {
    const cutting = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
    await once(cutting, 'listening');
    const url = `http://127.0.0.1:${(cutting.address() as AddressInfo).port}`;
    const { code, err } = await fcode('grant', '--campaign', 'c', '--bearer', '5', ...why(), '--url', url);
    cutting.close();
    expect(code).toBe(1);
    expect(err).toMatch(/It may have happened: ask again with --reference CP-\d+, and it is the same grant\.$/);
  });

  it('that is more than what is left says so and where to look', async () => {
    const campaign = await openDrop();
    const wish = ['grant', '--campaign', campaign, '--bearer', '101', ...why()];
    const { grantId } = await json<{ grantId: string }>(...wish);
    const refused = await approve(campaign, grantId);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toBe(
      'fcode: The campaign has fewer codes left than this grant wants: 100 left, 101 wanted (quota_exceeded) ' +
        `See how many are left: npx fcode campaign show ${campaign}`,
    );
  });

  it('says what to do next: approve it, then export it', async () => {
    const campaign = await openDrop();
    const { out } = await fcode('grant', '--campaign', campaign, '--bearer', '1', ...why());
    const [, grantId = ''] = /npx fcode grant approve --campaign \S+ --grant (gr_\w+)$/.exec(out) ?? [];
    expect((await approve(campaign, grantId)).out).toMatch(
      new RegExp(`and done\\. Export its codes: npx fcode grant export --campaign ${campaign} --batch \\d+$`),
    );
  });

  it('shows its options and examples in the help of the group', async () => {
    const { code, out } = await fcode('grant', '--help');
    expect(code).toBe(0);
    for (const shown of ['--bearer <codes>', '--reference <text>', 'npx fcode grant --campaign ID --bearer 500']) {
      expect(out).toContain(shown);
    }
  });
});

describe('a refusal', { timeout: 60_000 }, () => {
  const check = async (code: string, ...more: string[]) =>
    (await fcode('code', 'check', code, '--sku', 'PHONE-1', ...more)).out;
  const buyer = ['--sku', 'PHONE-1', '--email', 'friend@example.com'];

  it('says from when a campaign is open', async () => {
    const campaign = await openDrop('--starts', '2098-12-01T10:00:00Z');
    const { codes } = await codesOf(campaign, 1);
    const said = 'The campaign has not opened yet: starts at 2098-12-01T10:00:00.000Z (campaign_not_open)';
    expect(await check(codes[0] ?? '')).toBe(said);
    expect((await fcode('code', 'redeem', codes[0] ?? '', ...buyer, '--order', '1')).err).toBe(`fcode: ${said}`);
  });

  it('says what a code covers, how long it is held and how many a buyer may use', async () => {
    const campaign = await openDrop('--buyer-limit', '1');
    const { batch, codes } = await codesOf(campaign, 2);
    const [first = '', second = ''] = codes;
    expect((await fcode('code', 'check', first, '--sku', 'TV')).out).toBe(
      'The code does not cover this product: it covers PHONE-1, PHONE-2 (sku_not_covered)',
    );
    const held = await fetch(`${system.url}/v1/checkout/hold`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ code: first, orderId: '7', sku: 'PHONE-1', buyer: { email: 'friend@example.com' } }),
    });
    const { holdUntil } = (await held.json()) as { holdUntil: string };
    // Whoever asks is ops here as well.
    expect(await check(first, '--order', '8')).toBe(
      `This code cannot be used: held until ${holdUntil} (code_not_usable)`,
    );
    expect((await fcode('code', 'redeem', second, ...buyer, '--order', '8')).err).toBe(
      'fcode: This buyer has used as many codes of the campaign as one buyer may: 1 used, 1 allowed (buyer_limit_reached)',
    );
    const history = await until(async () => {
      const { out } = await fcode('code', 'history', `${batch}.0`);
      return out.includes('held  ') ? out : undefined;
    });
    expect(history).toMatch(/^reference +CP-\d+$/m);
    const till = `${holdUntil.slice(0, 19).replace('T', ' ')}Z`;
    expect(history).toMatch(
      new RegExp(`held {2}order 7, shop ops_1, buyer \\S+, sku PHONE-1, hold hold_\\w+, until ${till}$`),
    );
  });

  it('has its figures at the end of the first sentence', () => {
    const at = '2026-12-08T10:00:00.000Z';
    expect(withFigures('The campaign has ended.', [{ code: 'ended_at', at }])).toBe(
      `The campaign has ended: ended at ${at}`,
    );
    expect(withFigures('It is gone. Ops know.', [{ code: 'hold_expired', at }])).toBe(
      `It is gone: expired at ${at}. Ops know.`,
    );
    expect(withFigures('Sold out.', [{ code: 'sold_out' }])).toBe('Sold out.');
  });

  it('of a code that is not ours says that only, and how to name one', async () => {
    expect((await fcode('code', 'history', 'ABCD')).err).toBe(
      'fcode: This is not a code of ours. (not_found) ' +
        'Check how it is typed: as it is printed, or as batch.index, such as 12.7.',
    );
  });

  it('advises with what the user gave', async () => {
    const { err } = await fcode('campaign', 'pause', `cmp_${'0'.repeat(26)}`, '--reason', 'x');
    expect(err).toMatch(/\(campaign_not_found\) See what there is: npx fcode campaign list$/);
    const campaign = await draft();
    expect((await fcode('campaign', 'resume', campaign, '--reason', 'x')).err).toMatch(
      new RegExp(`See how it stands: npx fcode campaign show ${campaign}$`),
    );
  });
});

describe('a draft', { timeout: 60_000 }, () => {
  it('starts now and ends so long after its start', async () => {
    const lengthOf = async (...flags: string[]) => {
      const shown = await json<{ startsAt: string; endsAt: string }>('campaign', 'show', await draft(...flags));
      return {
        starts: Date.parse(shown.startsAt),
        hours: (Date.parse(shown.endsAt) - Date.parse(shown.startsAt)) / 3_600_000,
      };
    };
    const soon = await lengthOf('--starts', 'now', '--ends', '+7d');
    expect(soon.hours).toBe(7 * 24);
    expect(Math.abs(soon.starts - Date.now())).toBeLessThan(60_000);
    expect(await lengthOf('--starts', '2098-01-01T00:00:00Z', '--ends', '+12h')).toEqual({
      starts: Date.UTC(2098, 0),
      hours: 12,
    });
    const later = await lengthOf('--starts', '+2h', '--ends', '+30m');
    expect(later.hours).toBe(0.5);
    expect(later.starts).toBeGreaterThan(Date.now() + 3_600_000);
  });

  it.for([
    ['a tier that is none', '--allot gold=1', 'no tier gold; there are angel, core, loyal, fan'],
    ['no allotment', '--quota 5', 'give --allot tier=codes'],
  ])('of %s is answered here', async ([, flags = '', said]) => {
    const line = `campaign create --name Drop --sku TV --starts now --ends +7d ${flags}`;
    const answer = await fcode(...line.split(' '), '--url', 'http://127.0.0.1:1025');
    expect(answer).toMatchObject({ code: 2, out: '', err: expect.stringContaining(said ?? '') });
  });
});

describe('a shop', { timeout: 60_000 }, () => {
  it('is named where the token is signed here, and may be another', async () => {
    const campaign = await openDrop();
    const { codes } = await codesOf(campaign, 1);
    const [code = ''] = codes;
    const own = `cli_${userInfo().username}`;
    const check = ['code', 'check', code, '--sku', 'PHONE-1'];
    expect((await runWith({}, ...check)).out).toBe(`Good for PHONE-1 in ${campaign}, as shop ${own}.`);
    expect((await runWith({}, 'code', 'check', '--help')).out).toContain(`as shop ${own}.`);
    const redeem = ['code', 'redeem', code, '--order', '5', '--sku', 'PHONE-1', '--member', 'm_mia'];
    const redeemed = await runWith({}, ...redeem, '--shop', 'corner');
    expect(redeemed.out).toMatch(/^Order 5 owns the code since .*Z, as shop corner\.$/);
    // The same order of another shop is another order.
    expect((await runWith({}, ...check, '--order', '5')).out).toMatch(/\(code_not_usable\), as shop cli_/);
    expect((await runWith({}, ...check, '--order', '5', '--shop', 'corner')).out).toMatch(/\(already_redeemed\)|^Good/);
    expect(await fcode(...check, '--shop', 'corner')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--shop'),
    });
  });
});

describe('a member', { timeout: 60_000 }, () => {
  it('is pinned to a tier and let go', async () => {
    const pinned = await fcode('member', 'pin', '--member', 'm_ida', '--tier', 'angel', '--reason', 'One of the first');
    expect(pinned.out).toBe('m_ida is angel by hand.');
    expect((await fcode('member', 'standing', '--member', 'm_ida')).out).toMatch(/^tier +angel$/m);
    await fcode('member', 'unpin', '--member', 'm_ida', '--reason', 'A mistake');
    expect(await json('member', 'standing', '--member', 'm_ida')).toMatchObject({ tier: 'fan', pins: [] });
  });
});

describe('the policy', { timeout: 60_000 }, () => {
  it('is shown with its cut-offs, once they are computed', async () => {
    const memberId = (n: number) => ({ memberId: `m_cut${n}`, source: 'cli', ref: `cut-${n}`, kind: 'feat' });
    const contributions = [1, 2, 3].map((n) => ({ ...memberId(n), occurredAt: `2026-01-0${n}T00:00:00Z` }));
    const told = await fetch(`${system.url}/v1/contributions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ contributions }),
    });
    expect(told.status).toBe(200);
    const computed = await fcode('policy', 'cutoffs');
    expect(computed).toMatchObject({ code: 0, err: '' });
    expect(computed.out).toMatch(/core\s+by share\s+1\.4 %\s+[\d.]+\s+1$/m);
    expect((await fcode('policy', 'show')).out).toMatch(/angel\s+by hand[\s\S]*a?/);
    expect(await json<{ version: number }>('policy', 'show')).toMatchObject({ version: 2, halfLifeDays: 180 });
  });
});

describe('what came of invitations', { timeout: 60_000 }, () => {
  it('is counted for a campaign, with nothing where nobody shared', async () => {
    const campaignId = await openDrop();
    expect((await fcode('campaign', 'funnel', campaignId)).out).toMatch(/claimed +0[\s\S]*Nobody has shared/);
  });

  it('says that there is no such referral', async () => {
    const refused = await fcode('referral', 'reverse', `ref_${'a'.repeat(22)}`, '--reason', 'returned');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('There is no such referral. (referral_not_found)');
  });
});

describe('a token', { timeout: 60_000 }, () => {
  it('is signed here with the roles that were asked for, and the system takes it', async () => {
    const signed = await fcode('token', '--role', 'ops', 'checkout', '--subject', 'me', '--lifetime', '1h');
    const claims = JSON.parse(Buffer.from(signed.out.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: 'me', roles: ['ops', 'checkout'] });
    expect(claims.exp - claims.iat).toBe(3600);
    expect(await runWith({ FCODE_TOKEN: signed.out }, 'campaign', 'list')).toMatchObject({ code: 0 });
  });

  it('is not needed on this machine: each verb signs one with the role that it wants', async () => {
    expect(await runWith({}, 'campaign', 'list')).toMatchObject({ code: 0, err: '' });
    const refused = await runWith({}, 'code', 'check', 'ABCD', '--sku', 'PHONE-1');
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('(code_not_valid)'), err: '' });
    const without = await runWith({ FCODE_DATA: join(folder, 'nothing-here') }, 'campaign', 'list');
    expect(without).toMatchObject({ code: 1, err: expect.stringMatching(/^fcode: There is no secret in .*npm start/) });
  });

  it('that is not good says how to get one', async () => {
    const { code, err } = await fcode('campaign', 'list', '--token', 'nonsense');
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('fcode token --role ops') });
  });

  it('is wanted for a system elsewhere: no secret of this machine is used there', async () => {
    const { code, err } = await runWith({}, 'campaign', 'list', '--url', 'https://fcode.invalid');
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('A token is wanted') });
  });
});

describe('the program itself, started as people start it', { timeout: 60_000 }, () => {
  const start = (...options: string[]) => startFcode(here(), options);

  it('does what it is told, ends by itself, and exits with what came of it', async () => {
    const created = await start(
      ...'campaign create --name Drop --sku PHONE-1 --starts now --ends +7d --quota 5 --allot fan=1 --json'.split(' '),
    );
    expect(created).toMatchObject({ code: 0, err: '' });
    const { campaignId } = JSON.parse(created.out) as { campaignId: string };
    const shown = await start('campaign', 'show', campaignId);
    expect(shown).toEqual({ code: 0, out: (await runWith({}, 'campaign', 'show', campaignId)).out, err: '' });
    const paused = await start('campaign', 'pause', campaignId, '--reason', 'x');
    expect(paused).toEqual({ code: 1, out: '', err: expect.stringMatching(/^fcode: .*\(\w+\)/) });
    expect(await start('code', 'check', 'ABCD', '--sku', 'PHONE-1')).toMatchObject({ code: 1, err: '' });
    const help = await start('--help');
    expect(help).toEqual({ code: 0, out: expect.stringMatching(/^Usage: fcode /), err: '' });
    expect(await start('destroy')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--help') });
  });

  it('reads a draft from standard input', async () => {
    const window = { startsAt: '2098-01-01T00:00:00Z', endsAt: '2098-02-01T00:00:00Z' };
    const draftOf = { name: 'Piped', skus: ['TV'], ...window, quota: 5, allotment: { fan: 1 } };
    const { code, out } = await startFcode(
      here(),
      ['campaign', 'create', '--file', '-', '--json'],
      JSON.stringify(draftOf),
    );
    expect(code).toBe(0);
    expect(await json('campaign', 'show', (JSON.parse(out) as { campaignId: string }).campaignId)).toMatchObject({
      name: 'Piped',
    });
  });
});

describe('bad usage', { timeout: 60_000 }, () => {
  it.for([
    ['no command', ''],
    ['an unknown command', 'destroy'],
    ['a command that is not whole', 'campaign'],
    ['a grant to nobody', 'grant --campaign cmp_1 --reason x --reference r'],
    ['a grant without a reference', 'grant --campaign cmp_1 --reason x --bearer 3'],
    ['a grant to two kinds', 'grant --campaign cmp_1 --reason x --reference r --bearer 3 --member m_mia=1'],
    ['a missing reason', 'campaign pause cmp_1'],
    ['a number that is none', 'grant export --campaign cmp_1 --batch seven'],
    ['a time that is none', 'campaign create --name Drop --ends soon'],
    ['a time that is not after the start', 'campaign create --name Drop --ends +7y'],
    ['a draft of nothing', 'campaign create'],
    ['an unknown role', 'token --role king --subject me'],
    ['an order of nobody', 'code redeem ABCD --order 1 --sku PHONE-1'],
    ['an address that is none', 'campaign list --url nowhere'],
  ])('%s exits with 2 and shows the way', async ([, line]) => {
    const { code, out, err } = await fcode(...(line === '' ? [] : (line ?? '').split(' ')));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/--help/);
  });

  it('is not asking for help', async () => {
    const { code, out } = await fcode('campaign', 'create', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--allot <tier=codes...>');
  });

  it('that only the system sees exits with 1 and names the field', async () => {
    const file = join(folder, 'king.json');
    await writeFile(file, JSON.stringify({ name: 'Drop', quota: 5, allotment: { king: 1 } }));
    const { code, err } = await fcode('campaign', 'create', '--file', file, '--starts', 'now', '--ends', '+7d');
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('json /allotment/king: Unknown field.'),
    });
    expect(err).toContain('json /skus: required');
  });
});

it('no server: says how to start one', { timeout: 60_000 }, async () => {
  const { code, err } = await runWith({ FCODE_URL: 'http://127.0.0.1:1025' }, 'campaign', 'list');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'fcode: Nothing answers at http://127.0.0.1:1025. Start it with npm start, or name another place with --url or FCODE_URL.',
  });
});
