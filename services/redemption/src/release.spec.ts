import { describe, expect, it } from 'vitest';
import { friend, iso, namesake, noon, Story, secondCode, seconds, stranger } from './fixtures/story.ts';

const holdEnds = noon + seconds(900);

describe('an order that is declined or given up', () => {
  it('gives the code back at once, with the reason', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon, buyer: 'm:mia' });
    expect(story.release(friend, holdId, { at: noon + 1, reason: '3-D Secure failed' })).toMatchObject({
      outcome: 'accepted',
      receipt: { status: 'released', holdId, orderId: '1001', releasedAt: iso(noon + 1) },
      facts: [{ type: 'code.released', data: { cause: 'released', reason: '3-D Secure failed', buyer: 'm:mia' } }],
    });
    expect(story.hold(stranger, { at: noon + 1 })).toMatchObject({ outcome: 'accepted' });
  });

  it("gives the buyer's slot back with it", () => {
    const story = new Story({ buyerLimit: 1 });
    const holdId = story.held(friend, { at: noon, buyer: 'm:mia' });
    const another = { at: noon + 1, code: secondCode, buyer: 'm:mia' };
    expect(story.hold(stranger, another)).toMatchObject({ refusal: 'buyer_limit_reached' });
    story.release(friend, holdId, { at: noon + 1 });
    expect(story.slots('m:mia').slots).toEqual([]);
    expect(story.hold(stranger, another)).toMatchObject({ outcome: 'accepted' });
  });

  it('hears the first answer when it says so again, also after somebody else has the code', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    const first = story.release(friend, holdId, { at: noon + 1 });
    story.redeem(stranger, { at: noon + 2 });
    const again = story.release(friend, holdId, { at: noon + 3 });
    expect(again).toMatchObject({ outcome: 'again' });
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
    expect(story.code()).toMatchObject({ status: 'redeemed', redemption: { order: stranger } });
  });

  it('works whatever became of the campaign, and after the hold ended', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.terms = { ...story.terms, status: 'closed' };
    expect(story.release(friend, holdId, { at: holdEnds + 60_000 })).toMatchObject({ outcome: 'accepted' });
  });

  it('may start over with the same code', () => {
    const story = new Story();
    const first = story.held(friend, { at: noon });
    story.release(friend, first, { at: noon + 1 });
    const second = story.held(friend, { at: noon + 2 });
    expect(second).not.toBe(first);
    // A late copy of the first release does not touch the second hold.
    expect(story.release(friend, first, { at: noon + 3 })).toMatchObject({ outcome: 'again' });
    expect(story.code()).toMatchObject({ status: 'held', hold: { holdId: second } });
  });
});

describe('a hold that expired and that somebody else has taken', () => {
  it('is released already, as its order wished; the other keeps the code', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.hold(stranger, { at: holdEnds + 5000 });
    expect(story.release(friend, holdId, { at: holdEnds + 6000 })).toMatchObject({
      outcome: 'again',
      receipt: { status: 'released', holdId },
    });
    expect(story.code()).toMatchObject({ status: 'held', hold: { order: stranger } });
  });
});

describe('what release does not do', () => {
  it('takes no code from an order that owns it', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.confirm(friend, holdId, { at: noon + 1 });
    expect(story.release(friend, holdId, { at: noon + 2 })).toMatchObject({ refusal: 'already_redeemed', facts: [] });
    expect(story.code().status).toBe('redeemed');
  });

  it("ends no other order's hold, of this shop or another", () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    for (const order of [stranger, namesake]) {
      expect(story.release(order, holdId, { at: noon })).toMatchObject({ refusal: 'hold_not_found', facts: [] });
    }
    expect(story.release(friend, 'hold_c_7_9', { at: noon })).toMatchObject({ refusal: 'hold_not_found' });
    expect(story.code().status).toBe('held');
  });
});
