import { describe, expect, it } from 'vitest';
import {
  friend,
  iso,
  namesake,
  noon,
  Story,
  secondCode,
  seconds,
  stranger,
  typesOf,
  wordOf,
} from './fixtures/story.ts';

describe('a purchase that is cancelled', () => {
  it('gives the code back to anybody who has it, under a new redemption', () => {
    const story = new Story();
    const first = story.redeemed(friend, { at: noon });
    const decision = story.cancel(friend, first, { at: noon + 1, reason: 'changed my mind' });
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: { status: 'cancelled', redemptionId: first, orderId: '1001', cancelledAt: iso(noon + 1) },
    });
    expect(typesOf(decision)).toEqual(['code.cancelled']);
    const second = story.redeemed(stranger, { at: noon + 2 });
    expect(second).not.toBe(first);
    // Told again, whoever has it now keeps it.
    expect(wordOf(story.cancel(friend, first, { at: noon + 3 }))).toBe('again cancelled');
    expect(story.code()).toMatchObject({ status: 'redeemed', redemption: { redemptionId: second } });
  });

  it('counts against no limit any more', () => {
    const story = new Story({ buyerLimit: 1, orderLimit: 1 });
    const buyer = 'm:mia';
    const id = story.redeemed(friend, { at: noon, buyer });
    expect(wordOf(story.hold(stranger, { at: noon, code: secondCode, buyer }))).toBe('buyer_limit_reached');
    expect(wordOf(story.hold(friend, { at: noon, code: secondCode, buyer: 'm:bob' }))).toBe('order_limit_reached');
    story.cancel(friend, id, { at: noon });
    expect(wordOf(story.hold(stranger, { at: noon, code: secondCode, buyer }))).toBe('held');
    expect(story.slotsOfOrder(friend).slots).toEqual([]);
  });

  it('is no other order’s to cancel, nor another shop’s of the same number', () => {
    const story = new Story();
    const id = story.redeemed(friend, { at: noon });
    for (const order of [stranger, namesake]) {
      expect(wordOf(story.cancel(order, id, { at: noon }))).toBe('redemption_not_found');
    }
    expect(wordOf(story.cancel(friend, 'rdm_c_7_9', { at: noon }))).toBe('redemption_not_found');
  });

  it('buys nothing again by what comes late: only a new hold does, while the code is there', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    const paid = story.confirm(friend, holdId, { at: noon });
    const id = paid.outcome === 'refused' ? '' : paid.receipt.redemptionId;
    story.cancel(friend, id, { at: noon });
    expect(story.confirm(friend, holdId, { at: noon })).toMatchObject({
      refusal: 'order_cancelled',
      reasons: [{ code: 'order_cancelled', at: iso(noon) }],
      facts: [],
    });
    expect(wordOf(story.redeem(friend, { at: noon }))).toBe('order_cancelled');
    // Taken up again.
    const again = story.held(friend, { at: noon });
    expect(again).not.toBe(holdId);
    expect(wordOf(story.confirm(friend, again, { at: noon }))).toBe('redeemed');
  });

  it('is remembered when the code went elsewhere', () => {
    const story = new Story();
    const id = story.redeemed(friend, { at: noon });
    story.cancel(friend, id, { at: noon });
    story.redeem(namesake, { at: noon });
    expect(wordOf(story.hold(friend, { at: noon }))).toBe('code_not_usable');
    expect(wordOf(story.redeem(friend, { at: noon }))).toBe('order_cancelled');
  });
});

describe('a return', () => {
  const order = (story: Story) => story.redeemed(friend, { at: noon });

  it('adds up, each once by its own id, and leaves the code used', () => {
    const story = new Story({ buyerLimit: 1 });
    const id = order(story);
    const first = story.giveBack(friend, id, { at: noon + 1, returnId: 'a', refunded: 150, paid: 400 });
    expect(first).toMatchObject({ outcome: 'accepted', receipt: { returnId: 'a', refunded: 150, paid: 400 } });
    const second = story.giveBack(friend, id, { at: noon + 2, returnId: 'b', refunded: 250, paid: 400 });
    expect(second).toMatchObject({
      facts: [{ type: 'code.refunded', data: { returnId: 'b', refunded: 400, paid: 400 } }],
    });
    expect(story.giveBack(friend, id, { at: noon + 3, returnId: 'a', refunded: 150, paid: 400 })).toMatchObject({
      outcome: 'again',
      receipt: { returnId: 'a', refunded: 150, refundedAt: iso(noon + 1) },
    });
    expect(wordOf(story.hold(stranger, { at: noon + seconds(900) }))).toBe('code_not_usable');
    expect(wordOf(story.hold(stranger, { at: noon, code: secondCode, buyer: 'm:shop-a/1001' }))).toBe(
      'buyer_limit_reached',
    );
  });

  it.each([
    ['more than was paid', { returnId: 'b', refunded: 251 }, 'refund_exceeds_paid'],
    ['the same return with another amount', { returnId: 'a', refunded: 151 }, 'refund_differs'],
    ['another price', { returnId: 'b', paid: 500 }, 'refund_differs'],
    ['another currency', { returnId: 'b', currency: 'CNY' }, 'refund_differs'],
  ])('is refused that tells of %s', (_, told, word) => {
    const story = new Story();
    const id = order(story);
    story.giveBack(friend, id, { at: noon, returnId: 'a', refunded: 150 });
    expect(wordOf(story.giveBack(friend, id, { at: noon, ...told }))).toBe(word);
  });

  it('is told of 32 times at most', () => {
    const story = new Story();
    const id = order(story);
    const back = (n: number) => story.giveBack(friend, id, { at: noon, returnId: String(n), refunded: 1 });
    for (let n = 0; n < 32; n += 1) expect(wordOf(back(n))).toBe('refunded');
    expect(wordOf(back(32))).toBe('too_many_returns');
    expect(wordOf(back(31))).toBe('again refunded');
  });
});
