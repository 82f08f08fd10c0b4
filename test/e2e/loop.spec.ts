import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, key, persistently } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let url: string;
let ops: Calling;
let shop: Calling;
let kai: Calling;

beforeAll(async () => {
  system = await startSystem({
    membership: true,
    insights: true,
    gateway: true,
    redemption: [{}, {}],
    issuance: [{}, {}],
    referral: [{}, {}],
  });
  url = system.gateway?.url as string;
  [ops, shop, kai] = await Promise.all([
    system.as('ops', 'ops_1'),
    system.as('checkout', 'shop_1'),
    system.as('member', 'm_kai'),
  ]);
});
afterAll(() => system.stop());

const day = 86_400_000;

/** A community of ten, in which the fan of this story did least. */
const contributions = Array.from({ length: 10 }, (_, place) => ({
  memberId: place === 0 ? 'm_kai' : `m_${place}`,
  source: 'forum',
  ref: `post-${place}`,
  kind: place === 0 ? 'chore' : 'fix',
  occurredAt: new Date(Date.now() - (20 - place) * day).toISOString(),
}));

const followed = (ask: () => Promise<Answer>, what: (answer: Answer) => boolean, name: string): Promise<Answer> =>
  until(
    async () => {
      const answer = await persistently(ask);
      return what(answer) ? answer : undefined;
    },
    name,
    20,
  );

describe('the loop, every service a process of its own, some of them twice', () => {
  it('goes from a contribution to a tier, a code, a friend, a reward, and the next code', async () => {
    const told = await ops(url, 'POST', '/v1/contributions', { contributions });
    expect((told.body.results as { status: string }[]).map(({ status }) => status)).toEqual(
      contributions.map(() => 'accepted'),
    );
    expect((await ops(url, 'POST', '/v1/policy/cutoffs', {})).status).toBe(202);
    const policy = await followed(
      () => ops(url, 'GET', '/v1/policy'),
      ({ body }) => body.cutoffs !== undefined,
      'cut-offs',
    );
    expect(policy.body.cutoffs).toMatchObject({ scored: 10 });
    expect((await kai(url, 'GET', '/v1/me/standing')).body).toMatchObject({ tier: 'fan', next: { tier: 'loyal' } });

    // Nobody but loyal members and up may claim; a fan is refused, and may share a link all the same.
    const campaignId = await publishDrop(ops, url, { allotment: { core: 3, loyal: 2 } });
    const campaign = `/v1/campaigns/${campaignId}`;
    expect((await kai(url, 'POST', `${campaign}/claims`, {}, key())).word).toBe('nothing_allotted');
    const made = await followed(
      () => kai(url, 'POST', '/v1/me/links', { campaignId, channel: 'messenger', signedAs: 'Kai' }),
      ({ status }) => status !== 404,
      'referral to know the campaign',
    );
    expect(made.status).toBe(201);
    const linkId = String(made.body.linkId);
    const opened = await fetch(`${url}/i/${linkId}`, { redirect: 'manual' });
    expect([opened.status, opened.headers.get('location')]).toEqual([302, `/friend?invite=${linkId}`]);
    const invitation = await (await fetch(`${url}/v1/invites/${linkId}`)).text();
    expect(JSON.parse(invitation)).toMatchObject({ signedAs: 'Kai', hasCode: false, campaign: { campaignId } });
    expect(invitation).not.toContain('m_kai');

    // A friend with a code from the press buys by the link.
    const [code] = await grantCodes(system.as, url, [url], campaignId, 1);
    const order = { code, orderId: '1', sku: 'PHONE-1', buyer: { email: 'friend@example.com' }, invite: linkId };
    const bought = await persistently(() => shop(url, 'POST', '/v1/checkout/redeem', order));
    expect(bought.status).toBe(200);

    // The reward counts, the fan rises, and the allotment with it.
    const referrals = await followed(
      () => kai(url, 'GET', '/v1/me/referrals'),
      ({ body }) => (body.items as unknown[]).length > 0,
      'the referral',
    );
    expect(referrals.body.items).toMatchObject([
      { campaignId, via: 'link', channel: 'messenger', reward: { status: 'vested', points: 20 } },
    ]);
    expect(referrals.text).not.toContain('friend@example.com');
    await followed(
      () => kai(url, 'GET', `${campaign}/allotment`),
      ({ body }) => body.mayClaim === true,
      'the next allotment',
    );
    const claim = await kai(url, 'POST', `${campaign}/claims`, {}, key());
    expect(claim.body).toMatchObject({ receipt: { claimed: 1 } });
    const standing = (await kai(url, 'GET', '/v1/me/standing')).body;
    expect(standing.reasons).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'contributed', kind: 'referral', count: 1 })]),
    );

    // A code of one's own, given by link: its history has it all, and so have the shares and the funnel.
    const number = { batch: claim.body.batch, index: claim.body.index };
    const given = await followed(
      () => kai(url, 'POST', '/v1/me/links', { campaignId, channel: 'qr', code: number }),
      ({ status }) => status === 201,
      'referral to know whose code it is',
    );
    await fetch(`${url}/i/${String(given.body.linkId)}`, { redirect: 'manual' });
    const second = { code: claim.body.code, orderId: '2', sku: 'PHONE-1', buyer: { memberId: 'm_fay' } };
    expect((await persistently(() => shop(url, 'POST', '/v1/checkout/redeem', second))).status).toBe(200);
    const history = await followed(
      () => ops(url, 'GET', `/v1/codes/${String(number.batch)}.${String(number.index)}/history`),
      ({ text }) => text.includes('reward.vested') && text.includes('link.clicked'),
      'the history',
    );
    expect((history.body.entries as { type: string }[]).map(({ type }) => type)).toEqual([
      'code.claimed',
      'link.created',
      'link.clicked',
      'code.redeemed',
      'referral.made',
      'reward.pending',
      'reward.vested',
    ]);
    const shares = await followed(
      () => kai(url, 'GET', `/v1/me/shares?campaignId=${campaignId}`),
      ({ body }) => (body.channels as { points: number }[]).reduce((sum, { points }) => sum + points, 0) === 40,
      'the shares',
    );
    expect(shares.body.channels).toMatchObject([
      { channel: 'messenger', links: 1, clicks: 1, referrals: 1, rewards: 1, points: 20 },
      { channel: 'qr', links: 1, clicks: 1 },
      { channel: 'other', referrals: 1, points: 20 },
    ]);

    // Ops take a reward back: the score is what it was.
    const before = Number(standing.score);
    const referralId = String((referrals.body.items as { referralId: string }[])[0]?.referralId);
    const reversal = `/v1/referrals/${referralId}/reversal`;
    expect((await ops(url, 'POST', reversal, { reason: 'returned' })).body).toMatchObject({ status: 'reversed' });
    expect((await ops(url, 'POST', reversal, { reason: 'returned' })).headers.get('idempotent-replayed')).toBe('true');
    await followed(
      () => kai(url, 'GET', '/v1/me/standing'),
      ({ text }) => !text.includes('"count":2') && text.includes('"kind":"referral","count":1'),
      'one reward to be gone',
    );
    expect(Number((await kai(url, 'GET', '/v1/me/standing')).body.score)).toBeCloseTo(before, 2);
    const funnel = await followed(
      () => ops(url, 'GET', `/v1/funnels/${campaignId}`),
      ({ text }) => text.includes('"rewards":0'),
      'the funnel',
    );
    expect(funnel.body).toMatchObject({ campaignId, claimed: 1, redeemed: 2 });
  });
});
