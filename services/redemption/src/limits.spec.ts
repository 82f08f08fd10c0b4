import { describe, expect, it } from 'vitest';
import { friend, iso, namesake, noon, Story, secondCode, seconds, stranger } from './fixtures/story.ts';
import { noSlots, slotsRef, takenByOthers } from './limits.ts';

const holdEnds = noon + seconds(900);
const buyer = 'm:mia';
const thirdCode = { batch: 12, index: 9 };

describe('a buyer with a limit', () => {
  it('uses exactly as many codes as the limit says, holds and redemptions together', () => {
    const story = new Story({ buyerLimit: 2 });
    expect(story.hold(friend, { at: noon, buyer })).toMatchObject({ outcome: 'accepted' });
    expect(story.redeem(stranger, { at: noon, code: secondCode, buyer })).toMatchObject({ outcome: 'accepted' });
    for (const verb of ['hold', 'redeem'] as const) {
      expect(story[verb](namesake, { at: noon, code: thirdCode, buyer })).toMatchObject({
        refusal: 'buyer_limit_reached',
        reasons: [{ code: 'buyer_limit', limit: 2, taken: 2 }],
        facts: [],
      });
    }
  });

  it('has no limit where the terms say 0', () => {
    const story = new Story({ buyerLimit: 0 });
    for (const [position, code] of [{ batch: 12, index: 7 }, secondCode, thirdCode].entries()) {
      const order = { shop: 'shop-a', orderId: String(position) };
      expect(story.redeem(order, { at: noon, code, buyer })).toMatchObject({ outcome: 'accepted' });
    }
  });

  it('counts one order twice when it uses two codes', () => {
    const story = new Story({ buyerLimit: 1 });
    story.hold(friend, { at: noon, buyer });
    expect(story.hold(friend, { at: noon, code: secondCode, buyer })).toMatchObject({ refusal: 'buyer_limit_reached' });
  });

  it('does not count against other buyers', () => {
    const story = new Story({ buyerLimit: 1 });
    story.hold(friend, { at: noon, buyer });
    expect(story.hold(stranger, { at: noon, code: secondCode, buyer: 'g:guest' })).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('keeps the slot that is its own: asking again and confirming need no second one', () => {
    const story = new Story({ buyerLimit: 1 });
    const holdId = story.held(friend, { at: noon, buyer });
    expect(story.hold(friend, { at: noon + 1, buyer })).toMatchObject({ outcome: 'again' });
    expect(story.hold(friend, { at: holdEnds + 1, buyer })).toMatchObject({ outcome: 'accepted' });
    expect(story.confirm(friend, holdId, { at: holdEnds + 2 })).toMatchObject({ outcome: 'accepted' });
    expect(story.slots(buyer).slots).toEqual([{ code: 'code/12.7', order: friend }]);
  });
});

describe('an expired hold', () => {
  it.each([
    ['when it ends', 0, 'buyer_limit_reached'],
    ['4.999 s later', 4999, 'buyer_limit_reached'],
    ['5 s later', 5000, 'accepted'],
  ])('locks its buyer out no longer than the code itself: %s (+%i ms) %s', (_, late, word) => {
    const story = new Story({ buyerLimit: 1 });
    story.hold(friend, { at: noon, buyer });
    const decision = story.hold(stranger, { at: holdEnds + late, code: secondCode, buyer });
    expect(decision.outcome === 'refused' ? decision.refusal : decision.outcome).toBe(word);
  });

  it('leaves the list when the slot is taken, so that the list never outgrows the limit', () => {
    const story = new Story({ buyerLimit: 1 });
    let at = noon;
    for (let round = 0; round < 5; round += 1) {
      story.held({ shop: 'shop-a', orderId: String(round) }, { at, code: { batch: 12, index: round }, buyer });
      at += seconds(900) + 5000;
    }
    expect(story.slots(buyer).slots).toHaveLength(1);
  });

  it('of the same code gives way when another order of the same buyer takes that code', () => {
    const story = new Story({ buyerLimit: 1 });
    story.hold(friend, { at: noon, buyer });
    expect(story.hold(stranger, { at: holdEnds + 5000, buyer })).toMatchObject({ outcome: 'accepted' });
    expect(story.slots(buyer).slots).toMatchObject([{ order: stranger, code: 'code/12.7' }]);
  });
});

describe('a redeemed slot', () => {
  it('stays for good', () => {
    const story = new Story({ buyerLimit: 1 });
    story.redeem(friend, { at: noon, buyer });
    expect(story.hold(stranger, { at: noon + seconds(80_000), code: secondCode, buyer })).toMatchObject({
      refusal: 'buyer_limit_reached',
    });
  });
});

describe('the list of slots', () => {
  it("hears nothing of other buyers' facts", () => {
    const story = new Story({ buyerLimit: 1 });
    const decision = story.hold(friend, { at: noon, buyer: 'm:bob' });
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    expect(facts).toHaveLength(1);
    expect(
      facts.reduce(slotsRef({ campaignId: 'cmp_drop', batch: 12 }, 'buyer', { buyer, order: friend }).evolve, noSlots),
    ).toEqual(noSlots);
  });

  it("tells by code and by order whose a slot is: another shop's same order id is another", () => {
    const state = { slots: [{ code: 'code/12.7', order: friend, until: iso(holdEnds) }] };
    expect(takenByOthers(state, { code: 'code/12.7', order: friend }, noon)).toEqual([]);
    expect(takenByOthers(state, { code: 'code/12.8', order: friend }, noon)).toHaveLength(1);
    expect(takenByOthers(state, { code: 'code/12.7', order: namesake }, noon)).toHaveLength(1);
  });

  it('is one a buyer and campaign', () => {
    const keys = [
      slotsRef({ campaignId: 'cmp_a', batch: 12 }, 'buyer', { buyer: 'm:mia', order: friend }),
      slotsRef({ campaignId: 'cmp_b', batch: 12 }, 'buyer', { buyer: 'm:mia', order: friend }),
      slotsRef({ campaignId: 'cmp_a', batch: 12 }, 'buyer', { buyer: 'm:bob', order: friend }),
      slotsRef({ campaignId: 'cmp_a', batch: 12 }, 'buyer', { buyer: 'g:mia', order: friend }),
    ];
    expect(new Set(keys.map(({ pk, sk }) => `${pk}#${sk}`)).size).toBe(4);
  });
});
