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

describe('the invite link by which a buyer came', () => {
  it('stands on the redemption, in one step or by way of the hold, and decides nothing', () => {
    const invite = 'k7m2x9q4w8ra';
    expect(new Story().redeem(friend, { at: noon, invite })).toMatchObject({ facts: [{ data: { invite } }] });
    const story = new Story();
    const holdId = story.held(friend, { at: noon, invite });
    // A retry without it, or with another, is the same order: the first one stands.
    expect(story.hold(friend, { at: noon + 1, invite: 'another' })).toMatchObject({ outcome: 'again' });
    expect(story.confirm(friend, holdId, { at: noon + 2 })).toMatchObject({ facts: [{ data: { invite } }] });
    const uninvited = new Story().redeem(friend, { at: noon });
    expect(uninvited).not.toHaveProperty('facts.0.data.invite');
  });
});

describe('a paid order without a hold', () => {
  it('owns the code in one step', () => {
    const decision = new Story().redeem(friend, { at: noon, buyer: 'm:mia' });
    const told = { campaignId: 'cmp_drop', sku: 'PHONE-1', redeemedAt: iso(noon) };
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: { ...told, status: 'redeemed', orderId: '1001' },
      facts: [{ type: 'code.redeemed', data: { ...told, ...firstCode, order: friend, buyer: 'm:mia' } }],
    });
    expect(decision).not.toHaveProperty('facts.0.data.holdId');
  });

  it.each([
    ['paused', { status: 'paused' }],
    ['over', { endsAt: noon + 1 }],
  ] as const)('gets the first answer again, also when the campaign is %s by then', (_, terms) => {
    const story = new Story();
    const first = story.redeem(friend, { at: noon });
    Object.assign(story, { terms: { ...story.terms, ...terms } });
    const again = story.redeem(friend, { at: noon + 5 });
    expect(again.outcome).toBe('again');
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
  });

  it('is told of the conflict when it asks again for another product or buyer', () => {
    const story = new Story();
    story.redeem(friend, { at: noon, buyer: 'm:mia' });
    for (const about of [{ buyer: 'm:bob' }, { buyer: 'm:mia', sku: 'PHONE-2' }]) {
      expect(story.redeem(friend, { at: noon, ...about })).toMatchObject({ refusal: 'order_conflict', facts: [] });
    }
  });

  it.each([
    ['a millisecond early', { at: noon - 1 }, 'campaign_not_open'],
    ['when the campaign ends', { at: noon + seconds(86_400) }, 'campaign_ended'],
    ['for a product that is not covered', { at: noon, sku: 'CASE-1' }, 'sku_not_covered'],
  ])('is refused %s', (_, about, refusal) => {
    expect(new Story().redeem(friend, about)).toMatchObject({ refusal, facts: [] });
  });

  it('is refused while the campaign is paused or closed', () => {
    expect(new Story({ status: 'paused' }).redeem(friend, { at: noon })).toMatchObject({ refusal: 'campaign_paused' });
    expect(new Story({ status: 'closed' }).redeem(friend, { at: noon })).toMatchObject({ refusal: 'campaign_closed' });
  });
});

describe('a paid order that holds the code', () => {
  it('owns it by that hold, although the campaign was paused or has ended', () => {
    for (const terms of [{ status: 'paused' }, { endsAt: noon + 1 }] as const) {
      const story = new Story();
      const holdId = story.held(friend, { at: noon });
      story.terms = { ...story.terms, ...terms };
      const decision = story.redeem(friend, { at: noon + 2 });
      expect(decision).toMatchObject({ outcome: 'accepted', facts: [{ type: 'code.redeemed', data: { holdId } }] });
      expect(story.confirm(friend, holdId, { at: noon + 3 })).toMatchObject({ outcome: 'again' });
    }
  });

  it('is told of the conflict when the hold is for another product or buyer', () => {
    const story = new Story();
    story.hold(friend, { at: noon, buyer: 'm:mia' });
    expect(story.redeem(friend, { at: noon, buyer: 'm:bob' })).toMatchObject({ refusal: 'order_conflict', facts: [] });
    expect(story.redeem(friend, { at: noon, buyer: 'm:mia', sku: 'PHONE-2' })).toMatchObject({
      refusal: 'order_conflict',
    });
  });

  it('needs permission afresh once its hold is over', () => {
    const story = new Story();
    story.hold(friend, { at: noon });
    story.terms = { ...story.terms, status: 'paused' };
    expect(story.redeem(friend, { at: holdEnds })).toMatchObject({ refusal: 'campaign_paused', facts: [] });
    story.terms = { ...story.terms, status: 'published' };
    expect(typesOf(story.redeem(friend, { at: holdEnds }))).toEqual(['code.released', 'code.redeemed']);
  });
});

describe('a paid order on a code that another order holds', () => {
  it.each([
    ['while it is held', noon, 'code_not_usable'],
    ['when the hold ends', holdEnds, 'code_not_usable'],
    ['4.999 s later', holdEnds + 4999, 'code_not_usable'],
    ['5 s later', holdEnds + 5000, 'accepted'],
  ])('%s: at %i %s', (_, at, word) => {
    const story = new Story();
    story.hold(friend, { at: noon, buyer: 'm:mia' });
    for (const order of [stranger, namesake]) {
      const decision = story.redeem(order, { at, buyer: 'm:mia' });
      expect(decision.outcome === 'refused' ? decision.refusal : decision.outcome).toBe(word);
      if (decision.outcome === 'accepted') break;
    }
  });

  it('records the end of that hold before its own redemption', () => {
    const story = new Story();
    const holdId = story.held(friend, { at: noon });
    expect(story.redeem(stranger, { at: holdEnds + 5000 })).toMatchObject({
      facts: [
        { type: 'code.released', data: { cause: 'expired', order: friend, holdId } },
        { type: 'code.redeemed', data: { order: stranger } },
      ],
    });
  });
});

describe('a redeemed code', () => {
  it('is final: no other order gets it, however late', () => {
    const story = new Story();
    story.redeem(friend, { at: noon });
    for (const order of [stranger, namesake]) {
      const decision = story.redeem(order, { at: noon + seconds(80_000) });
      expect(decision).toMatchObject({ refusal: 'code_not_usable', reasons: [{ code: 'code_not_usable' }], facts: [] });
    }
  });

  it('has an id of its own, which another code or another turn of this one does not have', () => {
    const story = new Story();
    const ids = [story.redeem(friend, { at: noon }), story.redeem(friend, { at: noon, code: secondCode })];
    const third = new Story();
    third.release(friend, third.held(friend, { at: noon }), { at: noon });
    ids.push(third.redeem(friend, { at: noon }));
    expect(new Set(ids.map((one) => one.outcome === 'accepted' && one.receipt.redemptionId)).size).toBe(3);
  });
});
