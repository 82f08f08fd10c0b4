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
const holdLost = (decision: { outcome: string; facts?: { type: string }[] }) =>
  (decision.facts ?? []).filter(({ type }) => type === 'code.hold_lost');

describe('the payment of an order that holds the code', () => {
  it('makes the code its own', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon, buyer: 'm:mia' });
    const decision = story.confirm(friend, holdId, { at: noon + 1 });
    const told = { campaignId: 'cmp_drop', sku: 'PHONE-1', redeemedAt: iso(noon + 1) };
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: { ...told, status: 'redeemed', orderId: '1001' },
      facts: [{ type: 'code.redeemed', data: { ...told, ...firstCode, order: friend, buyer: 'm:mia', holdId } }],
    });
  });

  it('told again gets the first answer, however much later', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    const first = story.confirm(friend, holdId, { at: noon + 1 });
    const again = story.confirm(friend, holdId, { at: noon + seconds(100_000) });
    expect(again.outcome).toBe('again');
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
  });

  it.each([
    ['paused', { status: 'paused' }],
    ['closed', { status: 'closed' }],
    ['over', { endsAt: noon + 1 }],
  ] as const)('counts although the campaign is %s by now', (_, terms) => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    Object.assign(story, { terms: { ...story.terms, ...terms } });
    expect(story.confirm(friend, holdId, { at: noon + 2 })).toMatchObject({ outcome: 'accepted' });
  });

  it.each([0, 4999, 5000, 3_600_000])('counts %i ms after the hold ended, as long as nobody took the code', (late) => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    expect(story.confirm(friend, holdId, { at: holdEnds + late })).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a payment that comes after somebody has taken the code', () => {
  const taken = () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon, buyer: 'm:mia' });
    const theirs = story.held(stranger, { at: holdEnds + 5000 });
    return { story, holdId, theirs };
  };

  it('has lost its hold; ops are told so once, the order as often as it asks', () => {
    const { story, holdId } = taken();
    const first = story.confirm(friend, holdId, { at: holdEnds + 6000 });
    expect(first).toMatchObject({
      refusal: 'hold_lost',
      reasons: [{ code: 'hold_expired' }],
      facts: [
        {
          type: 'code.hold_lost',
          data: { ...firstCode, order: friend, holdId, cause: 'expired', lostAt: iso(holdEnds + 6000) },
        },
      ],
    });
    const second = story.confirm(friend, holdId, { at: holdEnds + 7000 });
    expect(second).toMatchObject({ refusal: 'hold_lost', facts: [], reasons: [{ code: 'hold_expired' }] });
  });

  it('takes nothing from the one who has it', () => {
    const { story, holdId, theirs } = taken();
    story.confirm(friend, holdId, { at: holdEnds + 6000 });
    expect(story.confirm(stranger, theirs, { at: holdEnds + 7000 })).toMatchObject({ outcome: 'accepted' });
    expect(story.confirm(friend, holdId, { at: holdEnds + 8000 })).toMatchObject({ refusal: 'hold_lost', facts: [] });
    expect(story.code()).toMatchObject({ status: 'redeemed', redemption: { order: stranger } });
  });

  it('is known as lost even when the other redeemed in one step, and when the other gave the code back', () => {
    const redeemed = new Story();
    const first = redeemed.held(friend, { at: noon });
    redeemed.redeem(stranger, { at: holdEnds + 5000 });
    expect(holdLost(redeemed.confirm(friend, first, { at: holdEnds + 6000 }))).toHaveLength(1);

    const { story, holdId, theirs } = taken();
    story.release(stranger, theirs, { at: holdEnds + 6000 });
    expect(holdLost(story.confirm(friend, holdId, { at: holdEnds + 7000 }))).toHaveLength(1);
    expect(story.code().status).toBe('free');
  });
});

describe('a payment for a hold of so long ago that the code keeps nothing of it', () => {
  const longGone = () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    for (let turn = 0; turn < 30; turn += 1) {
      const other = { shop: 'shop-a', orderId: `squatter-${turn}` };
      const at = holdEnds + 5000 + turn;
      story.release(other, story.held(other, { at }), { at });
    }
    return { story, holdId };
  };

  it('is never forgotten silently: the hold is lost, and ops are told, once', () => {
    const { story, holdId } = longGone();
    expect(holdLost(story.confirm(friend, holdId, { at: holdEnds + 6000 }))).toHaveLength(1);
    expect(story.confirm(friend, holdId, { at: holdEnds + 7000 })).toMatchObject({ refusal: 'hold_lost', facts: [] });
    expect(story.code().past.length).toBeLessThanOrEqual(24);
  });

  it('can be released too, which changes nothing', () => {
    const { story, holdId } = longGone();
    expect(story.release(friend, holdId, { at: holdEnds + 6000 })).toMatchObject({ outcome: 'again' });
  });

  it('is unknown all the same when no such turn was ever taken', () => {
    const { story } = longGone();
    expect(story.confirm(friend, 'hold_c_7_zz', { at: holdEnds + 6000 })).toMatchObject({ refusal: 'hold_not_found' });
  });
});

describe('a payment for a hold that was released', () => {
  it('has lost the hold, once for ops; the code stays free', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.release(friend, holdId, { at: noon + 1 });
    const decision = story.confirm(friend, holdId, { at: noon + 2 });
    expect(decision).toMatchObject({ refusal: 'hold_lost', reasons: [{ code: 'hold_released', at: iso(noon + 1) }] });
    expect(decision).toMatchObject({ facts: [{ type: 'code.hold_lost', data: { cause: 'released' } }] });
    expect(story.confirm(friend, holdId, { at: noon + 3 })).toMatchObject({ refusal: 'hold_lost', facts: [] });
    expect(story.code().status).toBe('free');
  });
});

describe('an order that came back for its code after its hold had expired', () => {
  it('may still confirm by its first hold id: nobody else has taken the code', () => {
    const story = new Story();
    const first = story.held(friend, { at: noon });
    const second = story.held(friend, { at: holdEnds + 1 });
    const paid = story.confirm(friend, first, { at: holdEnds + 2 });
    expect(paid).toMatchObject({ outcome: 'accepted', receipt: { orderId: '1001' } });
    expect(typesOf(paid)).toEqual(['code.redeemed']);
    for (const holdId of [first, second]) {
      const again = story.confirm(friend, holdId, { at: holdEnds + 3 });
      expect(again).toMatchObject({ outcome: 'again', receipt: paid.outcome === 'accepted' ? paid.receipt : {} });
    }
  });

  it('and redeemed it in one step owns it by its old hold id too: ops hear of no loss', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.redeem(friend, { at: holdEnds + 1 });
    expect(story.confirm(friend, holdId, { at: holdEnds + 2 })).toMatchObject({ outcome: 'again' });
  });
});

describe('a hold id that is not of this order', () => {
  it('is no hold of anybody else: not of another order, not of the same number at another shop', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    for (const order of [stranger, namesake]) {
      expect(story.confirm(order, holdId, { at: noon })).toMatchObject({ refusal: 'hold_not_found', facts: [] });
    }
    expect(story.code()).toMatchObject({ status: 'held', hold: { order: friend } });
  });

  it('is unknown when nothing was ever held, or under a made-up id', () => {
    const story = new Story();
    expect(story.confirm(friend, 'hold_c_7_1', { at: noon })).toMatchObject({ refusal: 'hold_not_found' });
    story.hold(friend, { at: noon });
    expect(story.confirm(friend, 'hold_c_7_9', { at: noon })).toMatchObject({ refusal: 'hold_not_found' });
  });
});

describe('a late payment of a buyer with a limit of one', () => {
  const buyer = 'm:mia';
  const twoOrders = () => {
    const story = new Story({ buyerLimit: 1 });
    const late = story.held(friend, { at: noon, buyer });
    const at = holdEnds + 5000;
    const other = story.held(stranger, { at, code: secondCode, buyer });
    return { story, late, other, at };
  };

  it("has lost its hold when the slot went to the buyer's other order, and the code is free for others", () => {
    const { story, late, at } = twoOrders();
    const decision = story.confirm(friend, late, { at: at + 1 });
    expect(decision).toMatchObject({ refusal: 'hold_lost', reasons: [{ code: 'buyer_limit', limit: 1, taken: 1 }] });
    expect(typesOf(decision)).toEqual(['code.released', 'code.hold_lost']);
    expect(holdLost(decision)).toMatchObject([{ data: { cause: 'buyer_limit', holdId: late } }]);
    expect(story.confirm(friend, late, { at: at + 2 })).toMatchObject({ refusal: 'hold_lost', facts: [] });
    expect(story.hold(namesake, { at: at + 3, buyer: 'm:bob' })).toMatchObject({ outcome: 'accepted' });
  });

  it('leaves the other order its slot', () => {
    const { story, late, other, at } = twoOrders();
    story.confirm(friend, late, { at: at + 1 });
    expect(story.confirm(stranger, other, { at: at + 2, code: secondCode })).toMatchObject({ outcome: 'accepted' });
    expect(story.slots(buyer).slots).toEqual([{ code: 'code/12.8', order: stranger }]);
  });

  it("counts when the other order's hold has expired too, and then that one is the one too many", () => {
    const { story, late, other, at } = twoOrders();
    const later = at + seconds(900) + 5000;
    expect(story.confirm(friend, late, { at: later })).toMatchObject({ outcome: 'accepted' });
    expect(story.confirm(stranger, other, { at: later + 1, code: secondCode })).toMatchObject({ refusal: 'hold_lost' });
    expect(story.slots(buyer).slots).toEqual([{ code: 'code/12.7', order: friend }]);
  });

  it('counts when nobody took the slot', () => {
    const story = new Story({ buyerLimit: 1 });
    const holdId = story.held(friend, { at: noon, buyer });
    expect(story.confirm(friend, holdId, { at: holdEnds + 60_000 })).toMatchObject({ outcome: 'accepted' });
    expect(story.slots(buyer).slots).toEqual([{ code: 'code/12.7', order: friend }]);
  });
});

describe('an order that came back for its code', () => {
  /** Three holds of one order: given back, run out, and the one that it has. */
  const thrice = () => {
    const story = new Story();
    const first = story.held(friend, { at: noon });
    story.release(friend, first, { at: noon });
    const second = story.held(friend, { at: noon + 1 });
    const third = story.held(friend, { at: noon + 1 + seconds(900) });
    return { story, first, second, third, at: noon + 2 + seconds(900) };
  };

  it('loses nothing of what it has when it is told that an older hold of its is gone', () => {
    const { story, first, second, at } = thrice();
    expect(story.confirm(friend, first, { at })).toMatchObject({ refusal: 'hold_lost', facts: [{}] });
    expect(story.confirm(friend, second, { at })).toMatchObject({ outcome: 'accepted' });
    expect(story.confirm(friend, first, { at })).toMatchObject({ refusal: 'hold_lost', facts: [] });
    expect(story.confirm(friend, second, { at })).toMatchObject({ outcome: 'again' });
  });

  it('gives nothing back that it took later, when an old release is sent once more', () => {
    const { story, second, at } = thrice();
    expect(story.release(friend, second, { at })).toMatchObject({ outcome: 'accepted' });
    const fourth = story.held(friend, { at: at + 1 });
    expect(story.release(friend, second, { at: at + 2 })).toMatchObject({ outcome: 'again' });
    expect(story.confirm(friend, second, { at: at + 2 })).toMatchObject({ refusal: 'hold_lost' });
    expect(story.confirm(friend, fourth, { at: at + 3 })).toMatchObject({ outcome: 'accepted' });
  });

  it('is told the same of a release again, also when its campaign was killed before', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    story.terms = { ...story.terms, status: 'killed' };
    story.confirm(friend, holdId, { at: noon + 1 });
    const first = story.release(friend, holdId, { at: noon + 2 });
    const again = story.release(friend, holdId, { at: noon + 3 });
    expect(first.outcome !== 'refused' && again.outcome === 'again' && again.receipt).toEqual(
      first.outcome !== 'refused' && first.receipt,
    );
  });
});
