import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Fcode } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode } from './fixtures/run-fcode.ts';

let folder: string;
let system: Embedded;
let ops: Fcode;
let tokens: Record<'olga' | 'oscar' | 'oona', string>;
let campaign: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-grant-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  const tokenOf = (subject: string) => system.token({ subject, roles: ['ops'] });
  tokens = { olga: await tokenOf('olga'), oscar: await tokenOf('oscar'), oona: await tokenOf('oona') };
  ops = createClient({ url: system.url, token: tokens.olga });
  const created = await ops.campaigns.create({
    name: 'Drop',
    skus: ['PHONE-1'],
    startsAt: new Date(Date.now() - 1000).toISOString(),
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
    quota: 10_000,
    allotment: [{ when: 'true', codes: 1 }],
  });
  campaign = created.campaignId;
  await ops.campaigns.publish(campaign);
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const as = (who: keyof typeof tokens, ...options: string[]) =>
  runFcode({ FCODE_URL: system.url, FCODE_TOKEN: tokens[who] }, options);

describe('fcode grant', { timeout: 60_000 }, () => {
  it('takes a file, shows what it would be, is approved by somebody else, and tells what became of each row', async () => {
    const file = join(folder, 'members.csv');
    await writeFile(file, `member_id,codes\n${Array.from({ length: 30 }, (_, n) => `m_${n},2`).join('\n')}\nm_30,0\n`);
    const upload = ['grant', 'upload', file, '--campaign', campaign, '--reason', 'Contest', '--reference', 'PR-7'];
    const asked = await as('olga', ...upload, '--json');
    expect(asked.code).toBe(0);
    const { grantId } = JSON.parse(asked.out) as { grantId: string };
    const told = (await as('olga', ...upload)).out;
    for (const line of [
      new RegExp(`^grant +${grantId}$`, 'm'),
      /^status +waiting$/m,
      /^rows +31, 1 of which are none$/m,
      /^members +30, 30 of which were never seen here: mistyped\? See: results --result unknown$/m,
      /^tiers +fan 100 %$/m,
      /^quota +0.6 % of the 10000 codes that are free for grants$/m,
      /^approvals +0 of 1$/m,
      new RegExp(`^Somebody else approves it: npx fcode grant approve --campaign ${campaign} --grant ${grantId}$`, 'm'),
    ]) {
      expect(told).toMatch(line);
    }
    const about = ['--campaign', campaign, '--grant', grantId];
    const own = await as('olga', 'grant', 'approve', ...about);
    expect([own.code, own.err]).toEqual([1, expect.stringContaining('somebody else must')]);
    expect((await as('oscar', 'grant', 'approve', ...about)).out).toBe(
      `${grantId} is approved, and running. See how far it is: npx fcode grant status ${about.join(' ')} --wait`,
    );
    const done = await as('olga', 'grant', 'status', ...about, '--wait');
    expect(done.out).toMatch(/^status +done$/m);
    expect(done.out).toMatch(/^approvals +1 of 1, oscar$/m);
    const results = (await as('olga', 'grant', 'results', ...about)).out.split(/\r?\n/);
    expect(results[0]).toBe('row,member_id,codes,result,batch,from,line,text');
    expect(results).toHaveLength(32);
    expect(results[2]).toMatch(/^2,m_1,2,granted,\d+,2,3,$/);
    expect(results[31]).toBe('31,,,no_count,,,32,"m_30,0"');
    const bad = (await as('olga', 'grant', 'results', ...about, '--result', 'invalid')).out;
    expect(bad.trimEnd().split(/\r?\n/)).toEqual([results[0], results[31]]);
    const unknown = (await as('olga', 'grant', 'results', ...about, '--result', 'unknown')).out;
    expect(unknown.trimEnd().split(/\r?\n/)).toEqual(results.slice(0, 31));
    expect((await as('olga', 'grant', 'results', ...about, '--result', 'lost')).code).toBe(2);
    expect((await as('oscar', 'grant', 'cancel', ...about, '--reason', 'x')).err).toContain('revoke its batch');
  });

  it('says what is wrong with a file that is not there, or is none', async () => {
    const about = ['--campaign', campaign, '--reason', 'Contest', '--reference', 'PR-8'];
    expect((await as('olga', 'grant', 'upload', join(folder, 'none.csv'), ...about)).err).toContain('cannot be read');
    const file = join(folder, 'bad.csv');
    await writeFile(file, 'm_1,"1\nm_2,1\n');
    const bad = await as('olga', 'grant', 'upload', file, ...about);
    expect([bad.code, bad.err]).toEqual([1, expect.stringMatching(/rows of member_id,codes/)]);
  });

  it('grants one code by name, and says how often it is used', async () => {
    const name = ['--name', 'CLI-2026', '--uses', '5', '--per-buyer', '1'];
    const why = ['--reason', 'Partner', '--reference', 'PW-1'];
    const asked = await as('olga', 'grant', '--campaign', campaign, ...name, ...why);
    const grantId = /^grant +(gr_\w+)$/m.exec(asked.out)?.[1] ?? '';
    const about = ['--campaign', campaign, '--grant', grantId];
    expect((await as('oscar', 'grant', 'approve', ...about)).out).toBe(
      `${grantId} is approved, and done. CLI-2026 may be used 5 times. How often it was: npx fcode code named CLI-2026`,
    );
    const told = await until(async () => (await as('olga', 'code', 'named', 'cli 2026')).out, 'checkout to know it');
    expect(told).toMatch(/^name +CLI-2026$/m);
    expect(told).toMatch(/^left +5$/m);
    expect((await as('olga', 'grant', '--campaign', campaign, '--name', 'X2026', ...why)).err).toContain('--uses');
  });

  it('says why a grant was cancelled, and who exported one', async () => {
    const ask = async (reference: string) => {
      const wish = ['--campaign', campaign, '--bearer', '2', '--reason', 'Press', '--reference', reference];
      const grantId = /^grant +(gr_\w+)$/m.exec((await as('olga', 'grant', ...wish)).out)?.[1] ?? '';
      return ['--campaign', campaign, '--grant', grantId];
    };
    const wrong = await ask('PR-20');
    await as('oscar', 'grant', 'cancel', ...wrong, '--reason', 'Wrong list');
    const told = (await as('olga', 'grant', 'status', ...wrong)).out;
    expect(told).toMatch(/^reason +Press$/m);
    expect(told).toMatch(/^cancelled +by oscar$/m);
    expect(told).toMatch(/^cancelled because +Wrong list$/m);
    // Its reference is free again.
    const right = await ask('PR-20');
    expect(right).not.toEqual(wrong);
    await as('oscar', 'grant', 'approve', ...right);
    const batch = /^batch +(\d+)$/m.exec((await as('olga', 'grant', 'status', ...right)).out)?.[1] ?? '';
    await as('oona', 'grant', 'export', '--campaign', campaign, '--batch', batch);
    expect((await as('olga', 'grant', 'status', ...right)).out).toMatch(/^exported +\S+ \S+Z by oona$/m);
  });

  it('needs two approvals from a hundred thousand codes on, and says how many it has', async () => {
    const draft = ['--name', 'Large', '--sku', 'A', '--starts', 'now', '--ends', '+1d', '--allot', 'fan=1'];
    const made = await as('olga', 'campaign', 'create', ...draft, '--quota', '100000', '--json');
    const { campaignId } = JSON.parse(made.out) as { campaignId: string };
    await as('olga', 'campaign', 'publish', campaignId);
    const wish = ['--bearer', '100000', '--reason', 'Retail', '--reference', 'RT-1'];
    const asked = await as('olga', 'grant', '--campaign', campaignId, ...wish, '--json');
    const { grantId } = JSON.parse(asked.out) as { grantId: string };
    const about = ['--campaign', campaignId, '--grant', grantId];
    expect((await as('oscar', 'grant', 'approve', ...about)).out).toBe(
      `${grantId} has 1 of 2 approvals. Somebody else approves it: npx fcode grant approve ${about.join(' ')}`,
    );
    expect((await as('oona', 'grant', 'approve', ...about)).out).toMatch(
      new RegExp(
        `^${grantId} is approved, and done. Export its codes: npx fcode grant export --campaign \\S+ --batch \\d+$`,
      ),
    );
  });

  it('drafts a campaign by rules, and says where a condition is wrong', async () => {
    const create = [
      'campaign',
      'create',
      '--name',
      'Rules',
      '--sku',
      'A',
      '--starts',
      'now',
      '--ends',
      '+1d',
      '--quota',
      '100',
    ];
    const made = await as(
      'olga',
      ...create,
      '--rule',
      '2/50:"early" in badges',
      '--rule',
      '1:true',
      '--region',
      'DE',
      '--json',
    );
    const { campaignId } = JSON.parse(made.out) as { campaignId: string };
    const shown = (await as('olga', 'campaign', 'show', campaignId)).out;
    expect(shown).toMatch(/^allotment +2, 50 places if "early" in badges; 1 if true$/m);
    expect(shown).toMatch(/^regions +DE$/m);
    const wrong = await as('olga', ...create, '--rule', '1:tier = "core"');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('A single = compares nothing')]);
    expect((await as('olga', ...create, '--rule', 'tier == "core"')).err).toContain('It must be written as');
  });
});
