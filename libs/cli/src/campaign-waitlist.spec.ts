import { mkdtemp, rm } from 'node:fs/promises';
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
let token: string;
let ops: Fcode;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-waitlist-'));
  system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'olga', roles: ['ops'] });
  ops = createClient({ url: system.url, token });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const fcode = (...options: string[]) => runFcode({ FCODE_URL: system.url, FCODE_TOKEN: token }, options);
const openDrop = async (...more: string[]): Promise<string> => {
  const flags = '--name Drop --sku PHONE-1 --starts now --ends 2099-01-01 --quota 20 --allot angel=3 fan=1 --json';
  const { out } = await fcode('campaign', 'create', ...flags.split(' '), ...more);
  const { campaignId } = JSON.parse(out) as { campaignId: string };
  await ops.campaigns.publish(campaignId);
  return campaignId;
};

describe('fcode campaign waitlist', { timeout: 60_000 }, () => {
  it('shows how many wait, who is next, and what comes back, and gives them places', async () => {
    const campaign = await openDrop('--waitlist', '600');
    expect((await fcode('campaign', 'show', campaign)).out).toMatch(/^waitlist +places are kept for 600 s$/m);
    expect((await fcode('campaign', 'waitlist', campaign)).out).toMatch(/^waiting +0\n.*\n\nNobody waits\.$/s);
    const members = ['m_ann', 'm_bea', 'm_cid'];
    for (const subject of members) {
      const mine = createClient({ url: system.url, token: await system.token({ subject, roles: ['member'] }) });
      await mine.waitlist.join(campaign);
    }
    const shown = async (line: RegExp, ...options: string[]) =>
      until(async () => {
        const { code, out } = await fcode('campaign', 'waitlist', campaign, ...options);
        expect(code).toBe(0);
        return line.test(out) ? out : undefined;
      }, `the line to say ${line}`);
    const all = await shown(/^waiting +3$/m);
    expect(all.split('\n').at(-4)).toMatch(/^NEXT {2}MEMBER {2}SINCE$/);
    expect(all).toMatch(/^ +1 {2}m_ann {3}\d{4}-.*Z\n +2 {2}m_bea .*Z\n +3 {2}m_cid .*Z$/m);
    const first = await shown(/^waiting +3$/m, '--limit', '2');
    expect(first).toMatch(/m_ann.*m_bea/s);
    expect(first).not.toContain('m_cid');
    expect(first).toMatch(/There are more: a higher --limit shows them\.$/);

    const give = ['--give', '2', '--reason', 'The last hour', '--idempotency-key', 'last hour'];
    const gave = { code: 0, out: '2 places are for those who wait.', err: '' };
    expect(await fcode('campaign', 'waitlist', campaign, ...give)).toEqual(gave);
    // The same wish again is the same two places.
    expect(await fcode('campaign', 'waitlist', campaign, ...give)).toEqual(gave);
    expect(await shown(/^waiting +1$/m)).toMatch(/^places to offer +0\nplaces offered +2\nof revoked codes +0$/m);
    const { out } = await fcode('campaign', 'waitlist', campaign, '--json');
    expect(JSON.parse(out)).toEqual({
      campaignId: campaign,
      waiting: 1,
      places: { left: 0, offered: 2, revoked: 0 },
      items: [{ memberId: 'm_cid', since: expect.any(String) }],
    });
  });

  it('says why not: no waitlist, more than there is, and what goes together', async () => {
    const none = await fcode('campaign', 'waitlist', await openDrop());
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('(no_waitlist)')]);
    expect(none.err).toContain('npx fcode campaign show cmp_');
    const campaign = await openDrop('--waitlist', '600');
    const more = await fcode('campaign', 'waitlist', campaign, '--give', '21', '--reason', 'All');
    expect([more.code, more.err]).toEqual([1, expect.stringContaining('20 left, 21 wanted')]);
    for (const half of [
      ['--give', '2'],
      ['--reason', 'Why'],
    ]) {
      const { code, err } = await fcode('campaign', 'waitlist', campaign, ...half);
      expect([code, err]).toEqual([2, expect.stringContaining('go together')]);
    }
    expect((await fcode('campaign', 'waitlist', campaign, '--give', '0')).code).toBe(2);
    expect((await fcode('campaign', 'waitlist')).code).toBe(2);
  });
});
