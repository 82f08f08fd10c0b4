import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CampaignDefinition, createClient, type Fcode } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode } from './fixtures/run-fcode.ts';

let folder: string;
let system: Embedded;
let ops: Fcode;
let token: string;
let campaign: string;
const definition = (): CampaignDefinition => ({
  name: 'Drop',
  skus: ['PHONE-1'],
  startsAt: new Date(Date.now() - 1000).toISOString(),
  endsAt: new Date(Date.now() + 86_400_000).toISOString(),
  quota: 1000,
  allotment: [
    { when: '"tester" in badges', codes: 2, places: 5 },
    { when: 'tier == "core"', codes: 3 },
  ],
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-preview-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'olga', roles: ['ops'] });
  ops = createClient({ url: system.url, token });
  const testers = Array.from({ length: 4 }, (_, n) => `m_tester_${n}`);
  await ops.badges.award('tester', { members: testers, reason: 'Tested the beta' });
  await ops.pin('m_core', { pins: ['core'], reason: 'Knows all' });
  campaign = (await ops.campaigns.create(definition())).campaignId;
  await ops.campaigns.publish(campaign);
  // Issuance hears of them in its own time.
  await until(async () => (await ops.campaigns.preview({ allotment: { fan: 1 } })).members === 5, 'all to be heard of');
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const fcode = (...options: string[]) => runFcode({ FCODE_URL: system.url, FCODE_TOKEN: token }, options);

describe('fcode campaign preview', { timeout: 60_000 }, () => {
  it('says of a campaign who would get how many', async () => {
    const { code, out } = await fcode('campaign', 'preview', campaign);
    expect(code).toBe(0);
    for (const line of [
      /^members +5$/m,
      /^codes +8$/m,
      /^get none +1$/m,
      /^"tester" in badges +3 +5 +5 +m_tester_\d, m_tester_\d, m_tester_\d$/m,
      /^tier == "core" +1 +3 +- +m_core$/m,
      /^core +1 +3$/m,
      /^fan +4 +5$/m,
    ]) {
      expect(out).toMatch(line);
    }
  });

  it('goes by a file, and by flags over it or over a campaign', async () => {
    const file = join(folder, 'drop.json');
    await writeFile(file, JSON.stringify({ ...definition(), allotment: { core: 4 } }));
    const previewOf = async (...options: string[]) =>
      JSON.parse((await fcode('campaign', 'preview', ...options, '--json')).out) as { codes: number };
    expect(await previewOf('--file', file)).toMatchObject({ codes: 4, nobody: 4 });
    expect(await previewOf('--file', file, '--allot', 'core=1', 'fan=2')).toMatchObject({ codes: 9, nobody: 0 });
    expect(await previewOf(campaign, '--rule', '2:region == "DE"', '--region', 'DE')).toMatchObject({ codes: 10 });
    expect(await previewOf('--rule', '1:at < timestamp("2030-01-01T00:00:00Z")', '--at', '2031-01-01')).toMatchObject({
      codes: 0,
    });
  });

  it('says what is wrong with a condition, and what is missing', async () => {
    const wrong = await fcode('campaign', 'preview', '--rule', '1:tier == core');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('A tier is written in quotes')]);
    const none = await fcode('campaign', 'preview');
    expect([none.code, none.err]).toEqual([expect.any(Number), expect.stringContaining('by which allotment?')]);
    expect(none.code).not.toBe(0);
  });
});

describe('fcode campaign list', { timeout: 60_000 }, () => {
  it('is of one phase, in either order', async () => {
    const draft = (await ops.campaigns.create(definition())).campaignId;
    const idsOf = async (...options: string[]) =>
      (JSON.parse((await fcode('campaign', 'list', ...options, '--json')).out) as { campaignId: string }[]).map(
        ({ campaignId }) => campaignId,
      );
    expect(await idsOf('--phase', 'open')).toEqual([campaign]);
    expect(await idsOf('--order', 'oldest')).toEqual([campaign, draft]);
    expect(await idsOf()).toEqual([draft, campaign]);
    expect((await fcode('campaign', 'list', '--phase', 'ended')).out).toBe('There is no campaign that is ended.');
    const page = await ops.campaigns.list({ order: 'oldest', phase: 'open' }).page({ limit: 1 });
    expect(page.items.map(({ campaignId }) => campaignId)).toEqual([campaign]);
  });
});

describe('fcode grant segment', { timeout: 60_000 }, () => {
  it('asks for codes for those for whom a condition holds, and shows whom', async () => {
    const about = ['--campaign', campaign, '--reason', 'Thanks', '--reference', 'PR-10'];
    const segment = ['grant', 'segment', ...about, '--when', '"tester" in badges', '--codes', '2', '--places', '7'];
    const { grantId } = JSON.parse((await fcode(...segment, '--json')).out) as { grantId: string };
    const { code, out } = await fcode(...segment);
    expect(code).toBe(0);
    for (const line of [
      new RegExp(`^grant +${grantId}$`, 'm'),
      /^those for whom +"tester" in badges$/m,
      /^codes +7$/m,
      /^members +4$/m,
      /^tiers +fan 100 %$/m,
    ]) {
      expect(out).toMatch(line);
    }
    const nobody = ['grant', 'segment', ...about.with(-1, 'PR-11'), '--when', 'tier == "angel"', '--codes', '1'];
    expect((await fcode(...nobody)).err).toContain('nobody is of the segment');
    const statuses = async (status: 'waiting' | 'done') =>
      (await ops.grants.list(campaign, { status, order: 'oldest' }).page()).items.map((one) => one.grantId);
    expect([await statuses('waiting'), await statuses('done')]).toEqual([[grantId], []]);
  });
});
