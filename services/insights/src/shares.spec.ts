import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type Bench, noon, startBench } from './fixtures/bench.ts';
import { campaignOf, clickOn, type Link, linkMade, referralOf } from './fixtures/sharing.ts';

let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
});
afterAll(() => bench.stop());

const sharesOf = (memberId: string, query: string) => insights.get(`/v1/me/shares${query}`, `member:${memberId}`);

describe('what came of my sharing', () => {
  it('is my own links, clicks, referrals and rewards in the campaign, by channel', async () => {
    const listen = listenerOf(bench.openStore(), () => noon);
    const [campaignId, another] = [campaignOf('SPRING'), campaignOf('AUTUMN')];
    const mine: Link = { linkId: 'mine', memberId: 'm_mia', campaignId, channel: 'microblog' };
    const bobs: Link = { linkId: 'bobs', memberId: 'm_bob', campaignId, channel: 'microblog' };
    const elsewhere: Link = { linkId: 'elsewhere', memberId: 'm_mia', campaignId: another, channel: 'qr' };
    const { made, vested } = referralOf({ batch: 1, index: 1 }, { campaignId, inviter: 'm_mia' });
    const bob = referralOf({ batch: 1, index: 2 }, { campaignId, inviter: 'm_bob', channel: 'microblog' });
    for (const event of [
      linkMade(mine),
      clickOn(mine, 1),
      clickOn(mine, 2),
      linkMade(bobs),
      clickOn(bobs, 1),
      linkMade(elsewhere),
      made,
      vested,
      bob.made,
    ]) {
      await listen(event);
    }
    const nothing = { links: 0, clicks: 0, referrals: 0, rewards: 0, points: 0 };
    expect(await sharesOf('m_mia', `?campaignId=${campaignId}`)).toMatchObject({
      status: 200,
      body: {
        campaignId,
        channels: [
          { ...nothing, channel: 'microblog', links: 1, clicks: 2 },
          { ...nothing, channel: 'other', referrals: 1, rewards: 1, points: 20 },
        ],
      },
    });
    expect((await sharesOf('m_bob', `?campaignId=${campaignId}`)).body).toEqual({
      campaignId,
      channels: [{ ...nothing, channel: 'microblog', links: 1, clicks: 1, referrals: 1 }],
    });
    expect((await sharesOf('m_mia', `?campaignId=${another}`)).body).toMatchObject({
      channels: [{ channel: 'qr', links: 1 }],
    });
  });

  it('is nothing for a campaign of which nothing was heard', async () => {
    const campaignId = campaignOf('NEVER');
    expect(await sharesOf('m_mia', `?campaignId=${campaignId}`)).toMatchObject({
      status: 200,
      body: { campaignId, channels: [] },
    });
  });

  it('is asked for by a member, for one campaign that is named', async () => {
    const good = `?campaignId=${campaignOf('SPRING')}`;
    for (const as of ['ops:olga', 'checkout:shop-a', 'connector:forum']) {
      expect((await insights.get(`/v1/me/shares${good}`, as)).status).toBe(403);
    }
    for (const query of [
      '',
      '?campaignId=',
      '?campaignId=cmp_1',
      `${good}x`,
      `${good}&surprise=1`,
      `${good}&${good.slice(1)}`,
    ]) {
      const { status, body } = await sharesOf('m_mia', query);
      expect([query, status, body.type]).toEqual([query, 422, 'urn:fcode:problem:invalid_request']);
    }
  });
});
