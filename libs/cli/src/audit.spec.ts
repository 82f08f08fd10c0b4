import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry, createClient, type Fcode } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';

let folder: string;
let system: Embedded;
let ops: Fcode;
let campaignId: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-audit-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  ops = createClient({ url: system.url, token: await system.token({ subject: 'ops_1', roles: ['ops'] }) });
  const [startsAt, endsAt] = [new Date(Date.now() - 1000), new Date(Date.now() + 3_600_000)].map((at) =>
    at.toISOString(),
  ) as [string, string];
  const drop = { name: 'Drop', skus: ['PHONE-1'], startsAt, endsAt, quota: 10, allotment: { fan: 1 } };
  campaignId = (await ops.campaigns.create(drop)).campaignId;
  await ops.campaigns.publish(campaignId);
  await ops.campaigns.pause(campaignId, 'Rumours');
  await ops.pin('m_mia', { pins: ['angel'], reason: 'One of the first' });
  const other = createClient({ url: system.url, token: await system.token({ subject: 'ops_2', roles: ['ops'] }) });
  await other.badges.award('tester', { members: ['m_mia'], reason: '=1+1', reference: 'FORUM-8' });
  await until(async () => (await Array.fromAsync(ops.audit.list())).length === 5, 'all to be in the log', 20);
}, 60_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

/** On this machine: it signs its own token. */
const here = () => ({ FCODE_URL: system.url, FCODE_DATA: join(folder, 'data') });
const audit = (...options: string[]) => runFcode(here(), ['audit', ...options]);
const json = async (...options: string[]) => JSON.parse((await audit(...options, '--json')).out) as AuditEntry[];

describe('fcode audit', { timeout: 60_000 }, () => {
  it('shows who did what to what, what it changed, and why, the newest first', async () => {
    const { code, out, err } = await startFcode(here(), ['audit']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head, ...rows] = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['AT', 'WHO', 'ACTION', 'SUBJECT', 'CHANGE', 'WHY']);
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/) as string;
    const badges = 'badges [] → awarded tester, badges [tester]';
    expect(rows[0]).toEqual([at, 'ops_2', 'badge.awarded', 'member/m_mia', badges, '=1+1 (FORUM-8)']);
    expect(rows[1]?.slice(1)).toEqual([
      'ops_1',
      'member.pinned',
      'member/m_mia',
      'pins [] → pins [angel]',
      'One of the first',
    ]);
    expect(rows[2]?.slice(1)).toEqual([
      'ops_1',
      'campaign.paused',
      `campaign/${campaignId}`,
      expect.stringMatching(/^published, batch 1, .*name Drop, quota 10, .* → paused$/),
      'Rumours',
    ]);
    expect(rows[4]?.slice(1)).toEqual(['ops_1', 'campaign.created', `campaign/${campaignId}`, 'draft, name Drop', '-']);
  });

  it('shows what is asked for', async () => {
    expect((await json('--by', 'ops_2')).map(({ action }) => action)).toEqual(['badge.awarded']);
    expect((await json('--campaign', campaignId)).map(({ action }) => action)).toEqual([
      'campaign.paused',
      'campaign.published',
      'campaign.created',
    ]);
    const [pinned] = await json('list', '--action', 'member.pinned');
    expect(pinned).toMatchObject({ who: 'ops_1', before: { pins: [] }, after: { pins: ['angel'] } });
    const since = pinned?.at as string;
    expect((await json('--from', since)).map(({ action }) => action)).toEqual(['badge.awarded', 'member.pinned']);
    expect((await json('--to', since)).map(({ action }) => action)).toHaveLength(3);
    expect((await audit('--by', 'nobody')).out).toBe('Nothing that ops did fits.');
  });

  it('shows so many, and says that there are more', async () => {
    const last = (await audit('--limit', '4')).out.split('\n').at(-1);
    expect(last).toBe('There are more: a higher --limit shows them.');
    expect((await audit('--limit', '5')).out.split('\n')).toHaveLength(6);
  });

  it('exports a range, to a file that only its owner reads, or to standard output', async () => {
    const file = join(folder, 'audit.csv');
    expect(await audit('export', '--out', file)).toEqual({ code: 0, out: `What ops did is in ${file}`, err: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^at,who,action,/);
    expect(lines).toHaveLength(6);
    expect(lines[1]).toContain(`"'=1+1"`);
    const { out } = await startFcode(here(), ['audit', 'export', '--from', 'now']);
    expect(out).toBe(lines[0]);
    const paused = (await audit('export', '--action', 'campaign.paused', '--by', 'nobody')).out;
    expect(paused).toBe(lines[0]);
    // Who exports it is an entry of it, from the next time on.
    const again = (await audit('export')).out.split('\r\n');
    expect(again.filter((line) => !line.includes('"audit.exported"'))).toEqual(lines);
    expect(again).toHaveLength(lines.length + 3);
  });

  it('says what does not fit', async () => {
    expect(await audit('--from', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('an instant') });
    expect(await audit('--limit', '0')).toMatchObject({ code: 2, err: expect.stringContaining('from 1') });
    expect(await audit('--action', 'pause')).toMatchObject({
      code: 1,
      err: expect.stringContaining('(invalid_request)'),
    });
    const backward = await audit('--from', '2026-02-01', '--to', '2026-01-01');
    expect(backward).toMatchObject({ code: 1, err: expect.stringContaining('The end must come after the start.') });
  });
});
