import { describe, expect, it } from 'vitest';
import {
  firstCode,
  friend,
  iso,
  namesake,
  noon,
  Story,
  secondCode,
  seconds,
  stranger,
  typesOf,
} from './fixtures/story.ts';

const holdEnds = noon + seconds(900);

describe('an order on a code that nobody touched', () => {
  it('sets it aside until the hold ends, and says so', () => {
    const decision = new Story().hold(friend, { at: noon, buyer: 'm:mia' });
    const told = { campaignId: 'cmp_drop', sku: 'PHONE-1', heldAt: iso(noon), holdUntil: iso(holdEnds) };
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: { ...told, status: 'held', orderId: '1001' },
      facts: [{ type: 'code.held', data: { ...told, ...firstCode, order: friend, buyer: 'm:mia' } }],
    });
  });
});

describe('an order that asks for its hold again', () => {
  it('gets the first answer, the same in every field, and nothing happens', () => {
    const story = new Story();
    const first = story.hold(friend, { at: noon });
    const again = story.hold(friend, { at: noon + seconds(60) });
    expect(again).toMatchObject({ outcome: 'again' });
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
  });

  it.each([
    ['was paused', { status: 'paused' }],
    ['was closed', { status: 'closed' }],
    ['ended', { endsAt: noon + 1 }],
  ] as const)('gets the first answer even after the campaign %s', (_, terms) => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    Object.assign(story, { terms: { ...story.terms, ...terms } });
    expect(story.hold(friend, { at: noon + 2 })).toMatchObject({ outcome: 'again', receipt: { holdId } });
    expect(story.hold(stranger, { at: noon + 2, code: secondCode }).outcome).toBe('refused');
  });

  it('is told of the conflict when it is now for another product or buyer', () => {
    const story = new Story();
    story.hold(friend, { at: noon, buyer: 'm:mia' });
    expect(story.hold(friend, { at: noon, buyer: 'm:mia', sku: 'PHONE-2' })).toMatchObject({
      refusal: 'order_conflict',
    });
    expect(story.hold(friend, { at: noon, buyer: 'm:bob' })).toMatchObject({ refusal: 'order_conflict' });
    expect(story.hold(friend, { at: noon, buyer: 'm:mia' }).outcome).toBe('again');
  });

  it('gets another hold once its own is over, from the very millisecond on', () => {
    const story = new Story();
    const first = story.held(friend, { at: noon });
    expect(story.held(friend, { at: holdEnds - 1 })).toBe(first);
    const next = story.hold(friend, { at: holdEnds });
    expect(next).toMatchObject({ outcome: 'accepted', receipt: { holdUntil: iso(holdEnds + seconds(900)) } });
    expect(typesOf(next)).toEqual(['code.released', 'code.held']);
    expect(next.outcome === 'accepted' && next.receipt.holdId).not.toBe(first);
  });
});

describe('an order on a code that another order holds', () => {
  it.each([
    ['while it is held', noon, 'code_not_usable'],
    ['in its last millisecond', holdEnds - 1, 'code_not_usable'],
    ['when it ends', holdEnds, 'code_not_usable'],
    ['4.999 s after it ended', holdEnds + 4999, 'code_not_usable'],
    ['5 s after it ended', holdEnds + 5000, 'accepted'],
  ])('%s: %s %s', (_, at, word) => {
    const story = new Story();
    story.hold(friend, { at: noon });
    const decision = story.hold(stranger, { at });
    expect(decision.outcome === 'refused' ? decision.refusal : decision.outcome).toBe(word);
  });

  it('is told until when if its buyer is the same, as ops are', () => {
    const story = new Story();
    story.hold(friend, { at: noon });
    const buyer = `m:${friend.shop}/${friend.orderId}`;
    expect(story.hold(stranger, { at: noon, buyer })).toMatchObject({
      reasons: [{ code: 'held', until: iso(holdEnds) }],
    });
    expect(story.hold(stranger, { at: noon, byOps: true })).toMatchObject({
      reasons: [{ code: 'held', until: iso(holdEnds) }],
    });
    // A stranger learns nothing of it.
    expect(story.hold(stranger, { at: noon })).toMatchObject({ reasons: [{ code: 'code_not_usable' }] });
  });

  it('ends the expired hold in its name when it takes the code', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon, buyer: 'm:mia' });
    const at = holdEnds + 5000;
    expect(story.hold(stranger, { at })).toMatchObject({
      facts: [
        {
          type: 'code.released',
          data: { cause: 'expired', order: friend, buyer: 'm:mia', holdId, releasedAt: iso(at) },
        },
        { type: 'code.held', data: { order: stranger } },
      ],
    });
  });

  it("is another order when another shop gave it the same number: two shops' 1001 are two orders", () => {
    const story = new Story();
    story.hold(friend, { at: noon, buyer: 'm:mia' });
    expect(story.hold(namesake, { at: noon, buyer: 'm:mia' })).toMatchObject({ refusal: 'code_not_usable' });
  });
});

describe('what the terms allow', () => {
  it.each([
    ['a millisecond before it opens', { at: noon - 1 }, 'campaign_not_open'],
    ['when it opens', { at: noon }, 'accepted'],
    ['in its last millisecond', { at: noon + seconds(86_400) - 1 }, 'accepted'],
    ['when it ends', { at: noon + seconds(86_400) }, 'campaign_ended'],
    ['another covered product', { at: noon, sku: 'PHONE-2' }, 'accepted'],
    ['a product that it does not cover', { at: noon, sku: 'CASE-1' }, 'sku_not_covered'],
  ])('%s: %j is %s', (_, about, word) => {
    const decision = new Story().hold(friend, about);
    expect(decision.outcome === 'refused' ? decision.refusal : decision.outcome).toBe(word);
  });

  it.each([
    ['paused', 'campaign_paused'],
    ['closed', 'campaign_closed'],
  ] as const)('nothing while it is %s', (status, refusal) => {
    expect(new Story({ status }).hold(friend, { at: noon })).toMatchObject({ refusal, facts: [] });
  });
});

describe('a code that is redeemed', () => {
  it('is held by nobody any more: not by its owner, not by others, however much later', () => {
    const story = new Story();
    story.redeem(friend, { at: noon });
    for (const at of [noon, holdEnds + 5000, noon + seconds(80_000)]) {
      expect(story.hold(friend, { at })).toMatchObject({ refusal: 'already_redeemed', facts: [] });
      expect(story.hold(stranger, { at })).toMatchObject({ refusal: 'code_not_usable', facts: [] });
      expect(story.hold(namesake, { at })).toMatchObject({ refusal: 'code_not_usable', facts: [] });
    }
  });
});

describe('what a code does to the price', () => {
  const price = { amount: 49_900, currency: 'EUR' };

  it('is told with the hold, stays what it was, and goes into the purchase', () => {
    const story = new Story({ effect: { kind: 'percentage', percent: 10 } });
    const effect = { kind: 'percentage', percent: 10, discount: { amount: 4990, currency: 'EUR' } };
    expect(story.hold(friend, { at: noon, price })).toMatchObject({ receipt: { effect } });
    // The same order asking again, with another cart, has no second discount.
    const again = story.hold(friend, { at: noon, price: { amount: 99_900, currency: 'EUR' } });
    expect(again).toMatchObject({ outcome: 'again', receipt: { effect } });
    expect(story.redeem(friend, { at: noon, price })).toMatchObject({
      receipt: { effect },
      facts: [{ type: 'code.redeemed', data: { effect } }],
    });
  });

  it('is nothing where the campaign says nothing, and nothing of it is kept', () => {
    const decision = new Story().hold(friend, { at: noon, price });
    expect(decision).toMatchObject({ receipt: { effect: { kind: 'none' } } });
    expect(decision.outcome === 'accepted' && decision.facts[0]?.data).not.toHaveProperty('effect');
  });

  it('is refused for an amount of another currency', () => {
    const story = new Story({ effect: { kind: 'amount', off: { amount: 1000, currency: 'CNY' } } });
    expect(story.hold(friend, { at: noon, price })).toMatchObject({ refusal: 'currency_not_covered' });
    expect(story.hold(friend, { at: noon })).toMatchObject({ outcome: 'accepted' });
  });
});

describe('an order', () => {
  it('has as many codes as the campaign lets one order have, whoever buys', () => {
    const story = new Story({ orderLimit: 1 });
    story.hold(friend, { at: noon, buyer: 'm:mia' });
    expect(story.hold(friend, { at: noon, code: secondCode, buyer: 'g:guest' })).toMatchObject({
      refusal: 'order_limit_reached',
      reasons: [{ code: 'order_limit', limit: 1, taken: 1 }],
    });
    expect(story.hold(namesake, { at: noon, code: secondCode })).toMatchObject({ outcome: 'accepted' });
  });
});
