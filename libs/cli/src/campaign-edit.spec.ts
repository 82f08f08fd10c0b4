import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';

let folder: string;
let system: Embedded;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-edit-'));
  system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'ops_1', roles: ['ops'] });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({ FCODE_URL: system.url, FCODE_DATA: folder, FCODE_TOKEN: token });
const fcode = (...options: string[]) => runFcode(environment(), options);
const draft = async (): Promise<string> => {
  const flags = '--name Drop --sku PHONE-1 --starts now --ends 2099-01-01 --quota 100 --allot fan=1 --json';
  const { out } = await fcode('campaign', 'create', ...flags.split(' '));
  return (JSON.parse(out) as { campaignId: string }).campaignId;
};
const shown = async (campaignId: string): Promise<Campaign> =>
  JSON.parse((await fcode('campaign', 'show', campaignId, '--json')).out) as Campaign;
/** The campaign as it is shown, changed by hand. */
const changed = async (campaignId: string, change: object, name = campaignId): Promise<string> => {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ ...(await shown(campaignId)), ...change }));
  return file;
};

describe('fcode campaign edit', { timeout: 60_000 }, () => {
  it('puts what a file says in the place of a draft, as it was shown and changed', async () => {
    const campaignId = await draft();
    const file = await changed(campaignId, { name: 'Later', quota: 7, allotment: { core: 2 } });
    const edited = await fcode('campaign', 'edit', campaignId, file);
    expect(edited).toEqual({ code: 0, out: `${campaignId} is edited. It is a draft still, revision 2.`, err: '' });
    expect(await shown(campaignId)).toMatchObject({ name: 'Later', quota: 7, allotment: { core: 2 }, revision: 2 });
    expect((await fcode('campaign', 'show', campaignId)).out).toMatch(/^revision +2$/m);
    // Once more is the same: its work is done.
    expect((await fcode('campaign', 'edit', campaignId, file)).out).toContain('revision 2');
    const told = await until(async () => {
      const { out } = await fcode('audit', '--action', 'campaign.edited');
      return out.includes(campaignId) ? out : undefined;
    });
    expect(told).toContain('quota 100');
    expect(told).toContain('quota 7');
  });

  it('changes nothing where somebody has edited the draft since the file was made', async () => {
    const campaignId = await draft();
    const mine = await changed(campaignId, { quota: 7 }, 'mine');
    const theirs = await changed(campaignId, { name: 'Theirs' }, 'theirs');
    expect((await fcode('campaign', 'edit', campaignId, theirs)).code).toBe(0);
    const refused = await fcode('campaign', 'edit', campaignId, mine);
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('(changed_meanwhile)') });
    expect(refused.err).toContain(`npx fcode campaign show ${campaignId} --json`);
    expect(await shown(campaignId)).toMatchObject({ name: 'Theirs', quota: 100 });
  });

  it('takes a bare definition from standard input, against the draft as it is', async () => {
    const campaignId = await draft();
    const { name, skus, startsAt, endsAt, allotment } = await shown(campaignId);
    const definition = JSON.stringify({ name, skus, startsAt, endsAt, allotment, quota: 9 });
    const edited = await startFcode(environment(), ['campaign', 'edit', campaignId, '-'], definition);
    expect(edited).toMatchObject({ code: 0, err: '' });
    expect(await shown(campaignId)).toMatchObject({ quota: 9 });
  });

  it('says of what is published, not there or no definition what to do', async () => {
    const campaignId = await draft();
    const file = await changed(campaignId, { quota: 7 });
    expect((await fcode('campaign', 'edit', campaignId, join(folder, 'nowhere.json'))).code).toBe(1);
    await writeFile(
      join(folder, 'bad.json'),
      JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), quota: 0 }),
    );
    const misfit = await fcode('campaign', 'edit', campaignId, join(folder, 'bad.json'));
    expect(misfit).toMatchObject({ code: 1, err: expect.stringContaining('json /quota') });
    await fcode('campaign', 'publish', campaignId);
    const late = await fcode('campaign', 'edit', campaignId, file);
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining('(campaign_not_draft)') });
    expect((await fcode('campaign', 'edit', campaignId)).code).toBe(2);
  });
});
