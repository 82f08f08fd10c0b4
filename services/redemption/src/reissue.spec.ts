import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, campaignSaid, mint, startBench } from './fixtures/bench.ts';
import { noon, seconds, termsWith } from './fixtures/story.ts';
import { noUses } from './limits.ts';
import { reissue } from './reissue.rule.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  shop = bench.open();
  await shop.service.start();
  await bench.log.append([batchAnnounced(1, { buyerLimit: 1 })]);
  await until(async () => (await shop.ask('check', { code: code(0), sku: 'PHONE-1' })).body.outcome === 'accepted');
});
afterAll(() => bench.stop());

const code = (index: number) => mint.mint({ batch: 1, index });
const wish = (index: number, orderId: string) => ({
  code: code(index),
  orderId,
  sku: 'PHONE-1',
  buyer: { memberId: `m_${orderId}` },
});
const ops = { as: 'ops:ada' } as const;

describe('a paid order that lost its hold', () => {
  it('owns another code when ops give it one, though the campaign is closed by then, once', async () => {
    const held = await shop.ask('hold', wish(0, '1'));
    bench.time.now += seconds(905);
    await shop.ask('redeem', wish(0, '2'));
    const { holdId } = held.body;
    expect((await shop.ask('confirm', { holdId, orderId: '1' })).body.type).toContain('hold_lost');
    await bench.log.append([campaignSaid('closed', 'cmp_1', 9)]);
    await until(async () => (await shop.ask('check', wish(1, '3'))).body.refusal === 'campaign_closed');

    const given = { ...wish(1, '1'), holdId, shop: 'shop-a', reason: 'paid too late' };
    const first = await shop.ask('reissue', given, ops);
    expect(first.body).toMatchObject({
      status: 'redeemed',
      orderId: '1',
      decision: { reasons: [{ code: 'goodwill', holdId }, { code: 'code_free' }, { code: 'buyer_limit', taken: 0 }] },
    });
    expect((await shop.ask('reissue', given, ops)).body).toEqual(first.body);
    // It is the order's like any other: also to cancel.
    const { redemptionId } = first.body;
    expect((await shop.ask('cancel', { redemptionId, orderId: '1' })).status).toBe(200);
    const told = await until(async () => {
      const all = await bench.logged('redemption', 'code.redeemed');
      return all.find(({ subject }) => subject === 'code/1.1');
    });
    expect(told.data).toMatchObject({ goodwill: { by: 'ada', reason: 'paid too late', holdId } });
  });

  it('gets none that another order owns, and no shop gives itself one', async () => {
    const given = { ...wish(0, '9'), holdId: 'hold_1_0_1', shop: 'shop-a', reason: 'x' };
    const refused = await shop.ask('reissue', given, ops);
    expect(refused.body).toMatchObject({ status: 409, reasons: [{ code: 'redeemed' }] });
    expect((await shop.ask('reissue', given)).status).toBe(403);
    expect((await shop.ask('reissue', { ...given, code: 'HELLO' }, ops)).status).toBe(404);
    expect((await shop.ask('reissue', { ...given, reason: '' }, ops)).status).toBe(422);
  });

  it('gets none of what was killed or revoked', () => {
    const take = {
      code: { batch: 12, index: 7 },
      order: { shop: 'shop-a', orderId: '1' },
      buyer: 'm:mia',
      sku: 'PHONE-1',
      at: noon,
      goodwill: { by: 'ada', reason: 'x', holdId: 'hold_1_0_1' },
    };
    const fresh = { status: 'untouched', turns: 0, past: [] } as const;
    const asked = (terms: Parameters<typeof termsWith>[0]) =>
      reissue(take, { ...fresh, past: [] }, termsWith(terms), noUses);
    expect(asked({ status: 'killed' })).toMatchObject({ refusal: 'campaign_killed' });
    expect(asked({ isRevoked: true })).toMatchObject({ refusal: 'code_not_usable' });
    expect(asked({ status: 'paused' })).toMatchObject({ outcome: 'accepted' });
  });
});
