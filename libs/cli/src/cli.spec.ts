import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const path = `${dirname(process.execPath)}:${process.env.PATH}`;

let folder: string;
let system: Embedded;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-cli-'));
  system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'ops_1', roles: ['ops', 'checkout'] });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  out: string;
  err: string;
}

const runWith = (environment: Record<string, string>, ...options: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: path, FCODE_URL: system.url, FCODE_DATA: folder, ...environment };
    const child = execFile(main, options, { env }, (error, out, err) => {
      resolve({ code: error ? (child.exitCode ?? -1) : 0, out: out.trimEnd(), err: err.trimEnd() });
    });
  });
/** The real program, started as people start it. */
const fcode = (...options: string[]) => runWith({ FCODE_TOKEN: token }, ...options);
const json = async <Answer>(...options: string[]): Promise<Answer> => {
  const { code, out, err } = await fcode(...options, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Answer;
};
const draft = async (): Promise<string> => {
  const flags = '--name Drop --sku PHONE-1 PHONE-2 --starts now --ends 2099-01-01 --quota 100 --allot angel=3 fan=1';
  return (await json<{ campaignId: string }>('campaign', 'create', ...flags.split(' '))).campaignId;
};
const openDrop = async (): Promise<string> => {
  const campaignId = await draft();
  expect(await fcode('campaign', 'publish', campaignId)).toMatchObject({ code: 0 });
  return campaignId;
};
const grant = (campaign: string, ...to: string[]) =>
  json<{ batch: number; codes: number }>('grant', '--campaign', campaign, ...to, '--reason', 'Contest prize');
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
    expect(await fcode('code', 'redeem', code, ...order, '1002')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^fcode: Another order holds .* \(code_in_use\) See by which order: fcode code history/,
      ),
    });
    expect(await fcode('code', 'check', code, '--sku', 'PHONE-1')).toMatchObject({
      code: 1,
      out: expect.stringContaining('(code_in_use)'),
    });

    const history = await until(async () => {
      const { out } = await fcode('code', 'history', code);
      return out.includes('redeemed  ') ? out : undefined;
    });
    expect(history).toMatch(new RegExp(`^code +${batch}\\.0\\n`));
    expect(history).toMatch(/^from +grant: Contest prize$/m);
    expect(history).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}redeemed {2}.*orderId 1001/m);
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
    const byFlags = await grant(campaign, '--member', 'm_zoe=2', 'm_kai=1', '--reference', 'PR-7');
    const byFile = await grant(campaign, '--members', file);
    expect([byFlags.codes, byFile.codes]).toEqual([3, 3]);
    const { out } = await fcode('grant', 'export', '--campaign', campaign, '--batch', `${byFile.batch}`);
    expect(rowsOf(out).map((row) => row[3])).toEqual(['member_id', 'm_mia', 'm_mia', 'm_leo']);
    const list = await until(async () => {
      const { out } = await fcode('grant', 'list', '--campaign', campaign);
      return out.split('\n').length === 4 ? out : undefined;
    });
    expect(list).toMatch(/^ +\d+ {2}grant +members +3 .* PR-7 +Contest prize$/m);
  });

  it('happens once under one key', async () => {
    const campaign = await openDrop();
    const first = await grant(campaign, '--bearer', '5', '--idempotency-key', 'press');
    expect(await grant(campaign, '--bearer', '5', '--idempotency-key', 'press')).toEqual(first);
  });

  it('that nobody knows of says how to send it again without granting twice', async () => {
    const cutting = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
    await once(cutting, 'listening');
    const url = `http://127.0.0.1:${(cutting.address() as AddressInfo).port}`;
    const { code, err } = await fcode('grant', '--campaign', 'c', '--bearer', '5', '--reason', 'x', '--url', url);
    cutting.close();
    expect(code).toBe(1);
    expect(err).toMatch(/It may have happened: send the same with --idempotency-key [\da-f-]{36}$/);
  });

  it('that is more than what is left says so and where to look', async () => {
    const campaign = await openDrop();
    const refused = await fcode('grant', '--campaign', campaign, '--bearer', '101', '--reason', 'Greed');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^fcode: .*\(quota_exceeded\) See how many are left: fcode campaign show ID$/);
  });

  it('from a file names the line that it cannot read', async () => {
    const file = join(folder, 'wrong.csv');
    await writeFile(file, 'm_mia,2\nm_leo;1\n');
    const { code, err } = await fcode('grant', '--campaign', await draft(), '--members', file, '--reason', 'x');
    expect({ code, err }).toEqual({ code: 1, err: `fcode: ${file}, line 2: it must be written as member_id,codes` });
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

describe('bad usage', { timeout: 60_000 }, () => {
  it.for([
    ['no command', ''],
    ['an unknown command', 'destroy'],
    ['a command that is not whole', 'campaign'],
    ['a grant to nobody', 'grant --campaign cmp_1 --reason x'],
    ['a grant to two kinds', 'grant --campaign cmp_1 --reason x --bearer 3 --member m_mia=1'],
    ['a missing reason', 'campaign pause cmp_1'],
    ['a number that is none', 'grant export --campaign cmp_1 --batch seven'],
    ['a time that is none', 'campaign create --name Drop --ends soon'],
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
    const flags = '--name Drop --sku TV --starts now --ends 2099-01-01 --quota 5 --allot king=1'.split(' ');
    const { code, err } = await fcode('campaign', 'create', ...flags);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('json /allotment/king: Unknown field.'),
    });
  });
});

it('no server: says how to start one', { timeout: 60_000 }, async () => {
  const { code, err } = await runWith({ FCODE_URL: 'http://127.0.0.1:1025' }, 'campaign', 'list');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'fcode: Nothing answers at http://127.0.0.1:1025. Start it with npm start, or name another place with --url or FCODE_URL.',
  });
});
