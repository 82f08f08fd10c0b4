import { FcodeProblem } from '@fcode/client';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, sku, startSystem } from './fixtures/system.ts';

const day = 86_400_000;

describe('points that buy codes, in a whole system', { timeout: 60_000 }, () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  }, 30_000);
  afterAll(() => system.stop());

  const ops = () => system.as('ops', 'ops_1');
  const earn = (memberId: string, answers: number) =>
    ops().contribute(
      Array.from({ length: answers }, (_, ref) => ({
        memberId,
        source: 'forum',
        ref: `${memberId}/${ref}`,
        kind: 'answer',
        occurredAt: new Date(system.now()).toISOString(),
      })),
    );
  /** Points come by nothing else: nobody is allotted a code. */
  const openDrop = async (quota: number) => {
    const { campaignId } = await ops().campaigns.create({
      name: 'Drop',
      skus: [sku],
      startsAt: new Date(system.now() - 60_000).toISOString(),
      endsAt: new Date(system.now() + day).toISOString(),
      quota,
      allotment: {},
    });
    await ops().campaigns.publish(campaignId);
    return campaignId;
  };
  const ended = (memberId: string, purchaseId: string) =>
    until(async () => {
      const purchase = await system.as('member', memberId).purchases.get(purchaseId);
      return purchase.status === 'pending' ? undefined : purchase;
    }, `the end of ${purchaseId}`);

  it('become a code that a checkout takes, and the score is lower by the price', async () => {
    const campaignId = await openDrop(5);
    await earn('m_kai', 2);
    const kai = system.as('member', 'm_kai');
    const { purchaseId, points } = await kai.purchases.buy(campaignId);
    expect(points).toBe(3);
    const purchase = await ended('m_kai', purchaseId);
    expect(purchase).toMatchObject({ status: 'bought', campaignId });
    const [code, ...others] = await Array.fromAsync(kai.myCodes());
    expect([code, others]).toMatchObject([{ how: 'bought', batch: purchase.batch, index: purchase.index }, []]);
    const { score, reasons } = await kai.standing();
    expect(score).toBeCloseTo(3, 3);
    expect(reasons.map(({ code: why }) => why)).toEqual(['tier_open', 'contributed', 'spent']);
    const shop = system.as('checkout', 'shop_1');
    const buyer = { email: 'friend@example.com' };
    const sold = await shop.redeem({ code: code?.code as string, orderId: '1', sku, buyer });
    expect(sold.status).toBe('redeemed');
    await until(async () => (await Array.fromAsync(kai.myCodes()))[0]?.status === 'redeemed', 'the code to be used');
    expect((await ops().campaigns.get(campaignId)).left).toBe(4);
  });

  it('come back where there is no code, and what there is goes to exactly as many as there are', async () => {
    const campaignId = await openDrop(3);
    const members = Array.from({ length: 8 }, (_, n) => `m_crowd_${n}`);
    await Promise.all(members.map((memberId) => earn(memberId, 2)));
    const scores = await Promise.all(members.map(async (memberId) => (await ops().standing(memberId)).score));
    const bought = await Promise.all(
      members.map(async (memberId) => {
        const { purchaseId } = await system.as('member', memberId).purchases.buy(campaignId);
        return ended(memberId, purchaseId);
      }),
    );
    expect(bought.filter(({ status }) => status === 'bought')).toHaveLength(3);
    const lost = bought.flatMap(({ status, reason }, n) => (status === 'refunded' ? [{ reason, n }] : []));
    expect(lost.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => 'sold_out'));
    for (const { n } of lost) {
      expect((await ops().standing(members[n] as string)).score).toBeCloseTo(scores[n] as number, 3);
    }
    await system.settled();
    const { settled, differences } = await system.reconcile();
    expect([settled, differences]).toEqual([true, []]);
  });

  it('are not enough, or are for sale to members only; a list has them all, the newest first', async () => {
    const campaignId = await openDrop(5);
    await earn('m_list', 3);
    const fan = system.as('member', 'm_list');
    const word = (asked: Promise<unknown>) =>
      asked.then(
        () => 'done',
        (error: unknown) => (error instanceof FcodeProblem ? error.word : error),
      );
    const ids: string[] = [];
    for (const idempotencyKey of ['a', 'b']) {
      ids.push((await fan.purchases.buy(campaignId, { idempotencyKey })).purchaseId);
    }
    expect((await fan.purchases.buy(campaignId, { idempotencyKey: 'a' })).purchaseId).toBe(ids[0]);
    expect(await word(system.as('member', 'm_none').purchases.buy(campaignId))).toBe('score_too_low');
    expect(await word(ops().purchases.buy(campaignId))).toBe('forbidden');
    expect(await word(system.as('member', 'm_none').purchases.get(ids[0] as string))).toBe('purchase_not_found');
    const listed = await Array.fromAsync(fan.purchases.list());
    expect(listed.map(({ purchaseId }) => purchaseId)).toEqual(ids.toReversed());
  });
});
