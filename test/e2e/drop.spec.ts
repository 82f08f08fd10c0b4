import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Calling, key } from '../support/calling.ts';
import { askForGrant, grantBatch } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

const day = 86_400_000;
let system: System;
let url: string;
let ops: Calling;
let shop: Calling;
let mia: Calling;
let kai: Calling;

beforeAll(async () => {
  system = await startSystem({ membership: true, insights: true, gateway: true });
  url = system.gateway?.url as string;
  [ops, shop, mia, kai] = await Promise.all([
    system.as('ops', 'ops_1'),
    system.as('checkout', 'shop_1'),
    system.as('member', 'm_mia'),
    system.as('member', 'm_kai'),
  ]);
});
afterAll(() => system.stop());

const checkout = (verb: string, body: object) => shop(url, 'POST', `/v1/checkout/${verb}`, body);

describe('the life of a drop, every service a process of its own', () => {
  it('goes from draft to history', async () => {
    // Ops give Mia a tier, and draft and publish a campaign.
    expect(
      (await ops(url, 'PUT', '/v1/members/m_mia/pins', { pins: ['core'], reason: 'moderates the forum' })).status,
    ).toBe(200);
    const definition = {
      name: 'Spring drop',
      skus: ['PHONE-1', 'PHONE-2'],
      startsAt: new Date(Date.now() - 1000).toISOString(),
      endsAt: new Date(Date.now() + day).toISOString(),
      quota: 10,
      allotment: { core: 2, fan: 1 },
      buyerLimit: 1,
      holdSeconds: 30,
    };
    const created = await ops(url, 'POST', '/v1/campaigns', definition, key());
    const campaign = `/v1/campaigns/${String(created.body.campaignId)}`;
    expect((await mia(url, 'GET', campaign)).status).toBe(404);
    expect((await mia(url, 'POST', `${campaign}/claims`, {}, key())).word).toBe('campaign_not_found');
    expect((await ops(url, 'POST', `${campaign}/publish`, {})).body).toMatchObject({ status: 'published' });
    expect((await mia(url, 'GET', campaign)).body).toMatchObject({ phase: 'open', name: 'Spring drop' });

    // Mia sees what she may claim and why, and claims; Kai is a fan.
    await expect
      .poll(async () => (await mia(url, 'GET', `${campaign}/allotment`)).body)
      .toMatchObject({
        tier: 'core',
        allotted: 2,
        left: 2,
        mayClaim: true,
        reasons: [
          { code: 'tier_pinned', tier: 'core' },
          { code: 'allotted_by_tier', tier: 'core', codes: 2 },
        ],
      });
    const first = await mia(url, 'POST', `${campaign}/claims`, {}, key());
    expect(first.body).toMatchObject({ receipt: { allotted: 2, claimed: 1, tier: 'core' } });
    const second = await mia(url, 'POST', `${campaign}/claims`, {}, key());
    expect(second.status).toBe(201);
    expect((await mia(url, 'POST', `${campaign}/claims`, {}, key())).word).toBe('allotment_used');
    expect((await kai(url, 'POST', `${campaign}/claims`, {}, key())).body).toMatchObject({ receipt: { tier: 'fan' } });
    expect((await ops(url, 'GET', campaign)).body).toMatchObject({ left: 7 });

    // A guest's order holds the first code; the payment is declined; another guest's order buys with it.
    const code = String(first.body.code).toLowerCase().replaceAll('-', ' ');
    const buyer = { email: 'Friend@Example.com' };
    await expect.poll(async () => (await checkout('check', { code, sku: 'PHONE-1' })).body.outcome).toBe('accepted');
    expect((await checkout('check', { code, sku: 'CASE-1' })).body).toMatchObject({ refusal: 'sku_not_covered' });
    const held = await checkout('hold', { code, orderId: '1', sku: 'PHONE-1', buyer });
    expect((await checkout('hold', { code, orderId: '2', sku: 'PHONE-1', buyer: { memberId: 'm_x' } })).word).toBe(
      'code_not_usable',
    );
    expect((await checkout('release', { holdId: held.body.holdId, orderId: '1', reason: 'declined' })).status).toBe(
      200,
    );
    const again = await checkout('hold', { code, orderId: '2', sku: 'PHONE-1', buyer });
    expect((await checkout('confirm', { holdId: again.body.holdId, orderId: '2' })).body).toMatchObject({
      status: 'redeemed',
    });
    // The same guest, written differently, has used the limit.
    const other = { code: second.body.code, orderId: '3', sku: 'PHONE-2', buyer: { email: 'friend@example.com' } };
    expect((await checkout('redeem', other)).word).toBe('buyer_limit_reached');
    expect((await checkout('redeem', { ...other, buyer: { phone: '+8613800138000' } })).status).toBe(200);

    // Mia sees what became of her codes.
    await expect
      .poll(async () =>
        ((await mia(url, 'GET', '/v1/me/codes')).body.items as { status: string }[]).map(({ status }) => status),
      )
      .toEqual(['redeemed', 'redeemed']);

    // One of ops asks for codes for a member, another approves: they are in hand a moment later, and count against the quota.
    const campaignId = String(created.body.campaignId);
    const batch = await grantBatch(system.as, url, campaignId, { members: [{ memberId: 'm_kai', codes: 2 }] });
    const kais = async () => (await kai(url, 'GET', '/v1/me/codes')).body.items as { how: string; code: string }[];
    await expect
      .poll(async () => (await kais()).map(({ how }) => how).sort())
      .toEqual(['claimed', 'granted', 'granted']);
    const csv = await ops(url, 'GET', `${campaign}/batches/${batch}/codes.csv`);
    const granted = (await kais()).filter(({ how }) => how === 'granted').map(({ code: text }) => text);
    expect(
      csv.text
        .trim()
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(granted);
    expect((await ops(url, 'GET', campaign)).body).toMatchObject({ left: 5 });
    const tooMany = await askForGrant(system.as, url, campaignId, { bearer: 6 });
    expect(tooMany.body).toMatchObject({ reasons: [{ code: 'codes_left', left: 5, wanted: 6 }] });

    // Ops look the first code up: who claimed it, holds, release, redemption, with times and causes.
    const history = async () => (await ops(url, 'POST', '/v1/codes/history', { code })).body;
    await expect
      .poll(async () => ((await history()).entries as { type: string }[]).map(({ type }) => type))
      .toEqual([
        'code.claimed',
        'code.held',
        'code.released',
        'code.held',
        'code.redeemed',
        'referral.made',
        'reward.pending',
        'reward.vested',
      ]);
    const { entries, status } = (await history()) as {
      entries: { at: string; correlationId: string; data: Record<string, unknown> }[];
      status: string;
    };
    expect(status).toBe('redeemed');
    expect(entries[0]?.data).toMatchObject({ memberId: 'm_mia', how: 'claimed' });
    expect(entries[2]?.data).toMatchObject({
      cause: 'released',
      reason: 'declined',
      order: { shop: 'shop_1', orderId: '1' },
    });
    expect(JSON.stringify(entries).toLowerCase()).not.toContain('friend@example.com');
    expect(entries.every(({ at, correlationId }) => Date.parse(at) > 0 && correlationId.startsWith('req_'))).toBe(true);

    // A pause stops claims at once and new holds within seconds; what is held can still be paid.
    const last = granted[0] as string;
    await expect
      .poll(async () => (await checkout('check', { code: last, sku: 'PHONE-1' })).body.outcome)
      .toBe('accepted');
    const open = await checkout('hold', { code: last, orderId: '4', sku: 'PHONE-1', buyer: { memberId: 'm_4' } });
    expect((await ops(url, 'POST', `${campaign}/pause`, { reason: 'stock count' })).body).toMatchObject({
      status: 'paused',
    });
    const zoe = await system.as('member', 'm_zoe');
    expect((await zoe(url, 'POST', `${campaign}/claims`, {}, key())).word).toBe('campaign_paused');
    await expect
      .poll(async () => (await checkout('check', { code: granted[1], sku: 'PHONE-1' })).body.refusal, { timeout: 5000 })
      .toBe('campaign_paused');
    expect((await checkout('confirm', { holdId: open.body.holdId, orderId: '4' })).status).toBe(200);
    expect((await ops(url, 'POST', `${campaign}/close`, { reason: 'over' })).body).toMatchObject({ status: 'closed' });
    await expect
      .poll(async () => (await checkout('check', { code: granted[1], sku: 'PHONE-1' })).body.refusal, { timeout: 5000 })
      .toBe('campaign_closed');
  });
});
