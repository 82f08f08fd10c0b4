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
let ops: Fcode;
let campaignId: string;
let canary: { code: string; index: number };
const at = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/) as string;

/** A reward vests at once where the policy has no return window. */
const ofOrder = ['code.held', 'code.redeemed', 'referral.made', 'reward.pending', 'reward.vested'];

const as = async (subject: string, role: 'ops' | 'member' | 'checkout') =>
  createClient({ url: system.url, token: await system.token({ subject, roles: [role] }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-order-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  ops = await as('ops_1', 'ops');
  const [startsAt, endsAt] = [new Date(Date.now() - 1000), new Date(Date.now() + 3_600_000)].map((time) =>
    time.toISOString(),
  ) as [string, string];
  const drop = { name: 'Drop', skus: ['PHONE-1'], startsAt, endsAt, quota: 100, allotment: { fan: 2 } };
  campaignId = (await ops.campaigns.create(drop)).campaignId;
  await ops.campaigns.publish(campaignId);
  // m_mia passes her code to m_bob by hand, who buys; and shop-b has another order of the same id, of a guest.
  const mia = await as('m_mia', 'member');
  const first = await until(() => mia.claim(campaignId).catch(() => undefined));
  const second = await mia.claim(campaignId);
  const bought = { sku: 'PHONE-1', orderId: '1001' };
  await (await as('shop-a', 'checkout')).redeem({ ...bought, code: first.code, buyer: { memberId: 'm_bob' } });
  const other = await as('shop-b', 'checkout');
  await other.hold({ ...bought, code: second.code, buyer: { email: 'guest@example.com' } });
  const { grantId } = await ops.grants.request(campaignId, {
    to: { bearer: 5, canaries: 1 },
    reason: 'Press',
    reference: 'PR-1',
  });
  await (await as('ops_2', 'ops')).grants.approve(campaignId, grantId);
  const granted = await until(async () => (await ops.grants.get(campaignId, grantId)).batch);
  canary = (await ops.canaries(campaignId, granted))[0] as typeof canary;
  await until(async () => {
    const answer = await other.check({ sku: 'PHONE-1', code: canary.code, orderId: '1002' }).catch(() => undefined);
    return answer?.outcome === 'refused' || (await Array.fromAsync(ops.canaryTouches())).length > 0;
  });
  await until(async () => {
    const types = (await Array.fromAsync(ops.orderHistory('1001'))).map(({ type }) => type);
    return types.length === ofOrder.length;
  }, 'what the order made to be told');
  await until(async () => (await Array.fromAsync(ops.canaryTouches())).length > 0);
}, 90_000);
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const fcode = (...options: string[]) => runFcode({ FCODE_URL: system.url, FCODE_DATA: join(folder, 'data') }, options);
const rowsOf = (out: string) => out.split('\n').map((line) => line.split(/ {2,}/));

describe('fcode order history', { timeout: 60_000 }, () => {
  it('tells what happened to the orders of an id, of all shops or of one', async () => {
    const { code, out, err } = await fcode('order', 'history', '1001', '--order', 'oldest');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = rowsOf(out);
    expect(rows.map(([, what = '']) => what).sort()).toEqual(ofOrder);
    const [when, , facts] = rows.find(([, what]) => what === 'code.redeemed') ?? [];
    expect(when).toEqual(at);
    expect(facts).toMatch(/^code \d+\.\d+, order 1001, shop shop-a, buyer m:m_bob, sku PHONE-1, redemption rdm_\w+, /);
    expect(facts).toContain(`campaign ${campaignId}`);
    // What a referral tells names no shop: the history does.
    expect(rows.find(([, what]) => what === 'referral.made')?.[2]).toMatch(/^code \d+\.\d+, shop shop-a, /);
    const ofB = rowsOf((await fcode('order', 'history', '1001', '--of', 'shop-b')).out);
    expect(ofB.map(([, what]) => what)).toEqual(['code.held']);
    expect(ofB[0]?.[2]).toMatch(/buyer g:/);
    const document = JSON.parse((await fcode('order', 'history', '1001', '--json')).out) as { shop: string }[];
    expect(new Set(document.map(({ shop }) => shop))).toEqual(new Set(['shop-a', 'shop-b']));
  });

  it('shows so many and says that there are more, and says that there is none', async () => {
    const { out } = await fcode('order', 'history', '1001', '--limit', '2');
    expect(out.split('\n')).toHaveLength(3);
    expect(out.split('\n').at(-1)).toBe('There are more: a higher --limit shows them.');
    expect((await fcode('order', 'history', 'nobody')).out).toBe('No order of this id is known.');
    expect((await fcode('order', 'history', '1001', '--order', 'random')).code).toBe(2);
  });
});

describe('fcode member history', { timeout: 60_000 }, () => {
  it('tells what happened to a member, the newest first', async () => {
    const { out } = await until(async () => {
      const ended = await fcode('member', 'history', 'm_mia');
      return ended.out.includes('reward.vested') ? ended : undefined;
    });
    const rows = rowsOf(out);
    expect(rows.map(([, what = '']) => what).sort()).toEqual(
      expect.arrayContaining(['code.claimed', 'code.claimed', 'referral.made', 'reward.pending', 'reward.vested']),
    );
    expect(rows.at(-1)?.[1]).toBe('code.claimed');
    expect(rows.at(-1)?.[2]).toMatch(/^code \d+\.\d+, member m_mia, how claimed, /);
    const bob = rowsOf((await fcode('member', 'history', 'm_bob', '--order', 'oldest')).out);
    expect(bob.map(([, what]) => what)).toEqual(['code.redeemed', 'referral.made']);
    expect((await fcode('member', 'history', 'm_nobody')).out).toBe('Nothing has happened to this member.');
  });
});

describe('fcode code canaries', { timeout: 60_000 }, () => {
  it('lists who tried codes that nobody was given', async () => {
    const { code, out } = await fcode('code', 'canaries');
    expect(code).toBe(0);
    const [head, row] = rowsOf(out);
    expect(head).toEqual(['TOUCHED', 'CODE', 'ASKED', 'SHOP', 'ORDER', 'BUYER', 'NETWORK', 'CAMPAIGN']);
    expect(row).toEqual([
      at,
      expect.stringMatching(new RegExp(`^\\d+\\.${canary.index}$`)),
      'check',
      'shop-b',
      '1002',
      '-',
      '-',
      campaignId,
    ]);
  });
});
