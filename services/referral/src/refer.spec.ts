import { defaultPolicy, type Fact } from '@fcode/policy';
import { ordersOf } from '@fcode/testkit';
import { describe, expect, it } from 'vitest';
import {
  campaignId,
  frozen,
  hours,
  iso,
  minutes,
  noon,
  otherCampaign,
  policyWith,
  purchaseOf,
} from './fixtures/story.ts';
import type { Batch, Claim, Known } from './known.ts';
import {
  type Outcome,
  type Purchase,
  purchaseKind,
  type Undoing,
  undoneOf,
  type Waiting,
  waitingRef,
} from './purchase.ts';
import { creditOf, foresee, park, type Refer, refer, reportAfterMs, settle } from './refer.rule.ts';
import { madeRef, type Referral, referralIdOf, referralRef } from './referral.ts';

const code = { batch: 12, index: 7 };
const bob = 'm:m_bob';
const purchase = purchaseOf(code, { buyer: bob });

const nobodys: Known<Claim> = frozen({});
const mias: Known<Claim> = frozen({ known: { memberId: 'm_mia', campaignId: 'cmp_drop' } });
const bobs: Known<Claim> = frozen({ known: { memberId: 'm_bob', campaignId: 'cmp_drop' } });
const unheard: Known<Batch> = frozen({});
const claimable: Known<Batch> = frozen({ known: { isClaimable: true, size: 100 } });
const bearer: Known<Batch> = frozen({ known: { isClaimable: false, size: 100 } });
const linkOf = (memberId: string, of = campaignId) =>
  frozen({ linkId: `link-${memberId}`, memberId, campaignId: of, channel: 'forum' as const, createdAt: iso(noon) });

const nothing: Purchase = frozen({ status: 'none' });
const parked: Purchase = frozen({ status: 'parked', redemption: purchase, reportAt: noon + reportAfterMs });
const settled = (outcome: Outcome): Purchase => frozen({ status: 'settled', outcome });
const notWaiting: Waiting = frozen({});

const afterwards = <State>(kind: { initial: State; evolve: (state: State, fact: Fact) => State }, facts: Fact[]) =>
  facts.reduce(kind.evolve, kind.initial);
const factsOf = (decision: { outcome: string; facts?: Fact[] }): Fact[] => {
  expect(decision.outcome).toBe('accepted');
  return decision.facts ?? [];
};

describe('the credit for a purchase', () => {
  const byMiasCode = { inviter: 'm_mia', via: 'code' };
  const byCleosLink = { inviter: 'm_cleo', via: 'link', linkId: 'link-m_cleo', channel: 'forum' };
  const cleos = linkOf('m_cleo');
  it.each([
    ['is the code owner’s when somebody else bought', mias, claimable, undefined, byMiasCode],
    ['is the code owner’s although the buyer came by the link of another', mias, claimable, cleos, byMiasCode],
    [
      'is the code owner’s, who sent it by a link, and tells by which',
      mias,
      claimable,
      linkOf('m_mia'),
      { ...byMiasCode, linkId: 'link-m_mia', channel: 'forum' },
    ],
    ['is the code owner’s while the batch is not known', mias, unheard, undefined, byMiasCode],
    [
      'is the friend’s whose link the buyer came by, with a code of the buyer’s own',
      bobs,
      claimable,
      cleos,
      byCleosLink,
    ],
    ['is the friend’s whose link the buyer came by, with a code of nobody’s', nobodys, bearer, cleos, byCleosLink],
    ['is nobody’s for buying with one’s own code', bobs, claimable, undefined, 'self'],
    ['is nobody’s for buying with one’s own code by one’s own link', bobs, claimable, linkOf('m_bob'), 'self'],
    ['is nobody’s for buying by one’s own link with a code of nobody’s', nobodys, bearer, linkOf('m_bob'), 'self'],
    ['is nobody’s for a code of nobody’s without a link', nobodys, bearer, undefined, 'uninvited'],
    ['is nobody’s for the link of another campaign', nobodys, bearer, linkOf('m_cleo', otherCampaign), 'uninvited'],
    [
      'is nobody’s for one’s own code and the link of another campaign',
      bobs,
      claimable,
      linkOf('m_cleo', otherCampaign),
      'self',
    ],
    ['is not known while the batch is not', nobodys, unheard, cleos, 'unknown'],
    ['is not known while the claim of a claimable code is not', nobodys, claimable, cleos, 'unknown'],
    ['is not known either when the buyer came by no link', nobodys, claimable, undefined, 'unknown'],
  ] as const)('%s', (_, claim, batch, link, credit) => {
    expect(creditOf(purchase, { claim, batch, link })).toEqual(credit);
  });

  it('is the code owner’s for a guest, whatever the guest is called', () => {
    for (const buyer of ['g:hash', 'g:m_mia', 'm_mia']) {
      expect(creditOf(purchaseOf(code, { buyer }), { claim: mias, batch: claimable, link: undefined })).toEqual(
        byMiasCode,
      );
    }
  });
});

describe('a purchase of which nobody knows whose code it was', () => {
  it.each([
    ['its batch is not known', unheard],
    ['its claim is not known', claimable],
  ])('is put aside while %s, findable by its batch, and reported in ten minutes', (_, batch) => {
    const facts = factsOf(park(purchase, noon, nothing, nobodys, batch, notWaiting));
    const put = afterwards(purchaseKind, facts);
    expect(put).toEqual({ status: 'parked', redemption: purchase, reportAt: noon + minutes(10) });
    expect(purchaseKind.indexed?.(put)).toEqual({ dueAt: noon + minutes(10) });
    expect(afterwards(waitingRef(purchase), facts)).toEqual({
      redemption: { ...code, redemptionId: purchase.redemptionId },
    });
  });

  it.each([
    ['its claim', mias, unheard],
    ['that its code is nobody’s', nobodys, bearer],
  ])('is not put aside when %s became known a moment ago', (_, claim, batch) => {
    expect(park(purchase, noon, nothing, claim, batch, notWaiting)).toMatchObject({ refusal: 'known_now' });
  });

  it('is put aside once, and not at all when it is settled', () => {
    expect(park(purchase, noon + 5, parked, nobodys, unheard, notWaiting).outcome).toBe('again');
    expect(park(purchase, noon + 5, settled('self'), nobodys, unheard, notWaiting).outcome).toBe('again');
  });
});

const returned = (refunded: number, returnId = `return-${refunded}`): Undoing =>
  frozen({ returned: { returnId, refunded, paid: 100 } });
const isCancelled: Undoing = frozen({ isCancelled: true });
/** A purchase after all of this was heard. */
const foreseen = (heard: readonly Undoing[], before: Purchase): Purchase =>
  heard.reduce((state, one, n) => {
    const decision = foresee(one, noon + n, state);
    return frozen(decision.outcome === 'accepted' ? decision.facts.reduce(purchaseKind.evolve, state) : state);
  }, before);

describe('what undoes a purchase before it is settled', () => {
  it('is kept with it, whether the purchase itself was heard or not', () => {
    const undone = { isCancelled: true, ...returned(60) };
    const heard = [returned(30), isCancelled, returned(60)];
    expect(foreseen(heard, nothing)).toEqual({ status: 'awaited', undone, reportAt: noon + minutes(10) });
    expect(foreseen(heard, parked)).toEqual({ ...parked, undone });
  });

  it('is the highest total and the cancellation, whichever was heard first, and heard again is nothing new', () => {
    const all = [returned(30), returned(60), returned(90), isCancelled];
    for (const order of ordersOf([...all, returned(30)])) {
      const end = foreseen(order, parked);
      expect(undoneOf(end)).toEqual({ isCancelled: true, ...returned(90) });
      for (const one of all) expect(foresee(one, noon, end).outcome).toBe('again');
    }
  });

  it('stays when the purchase is put aside, which is reported from then on', () => {
    const awaited = foreseen([returned(30)], nothing);
    expect(purchaseKind.indexed?.(awaited)).toEqual({ dueAt: noon + minutes(10) });
    const facts = factsOf(park(purchase, noon + minutes(5), awaited, nobodys, unheard, notWaiting));
    expect(facts.reduce(purchaseKind.evolve, awaited)).toEqual({
      ...parked,
      reportAt: noon + minutes(15),
      undone: returned(30),
    });
  });

  it('is none of a settled purchase any more: its referral has it, or nobody', () => {
    expect(foresee(isCancelled, noon, settled('referred'))).toMatchObject({ refusal: 'settled' });
    const after = factsOf(settle('self', foreseen([isCancelled], parked))).reduce(purchaseKind.evolve, parked);
    expect(after).toEqual(settled('self'));
  });
});

describe('a purchase that earns nothing', () => {
  it('says why, once for good, and is due for nothing any more', () => {
    for (const before of [nothing, parked]) {
      const after = factsOf(settle('uninvited', before)).reduce(purchaseKind.evolve, before);
      expect(after).toEqual(settled('uninvited'));
      expect(purchaseKind.indexed?.(after)).toEqual({ dueAt: undefined });
      expect(settle('self', frozen(after)).outcome).toBe('again');
    }
  });
});

describe('a purchase that makes a referral', () => {
  const referralId = referralIdOf(bob);
  const command: Refer = frozen({
    redemption: purchase,
    credit: { inviter: 'm_mia', via: 'link', linkId: 'link-m_mia', channel: 'forum' },
    referralId,
    root: 'm:m_ann',
    at: noon + 40,
  });
  const none: Referral = frozen({ status: 'none' });
  const made = frozen(afterwards(referralRef(referralId), factsOf(refer(command, defaultPolicy, none, none, nothing))));
  const about = {
    referralId,
    inviter: 'm_mia',
    campaignId,
    redemptionId: purchase.redemptionId,
    ...code,
    channel: 'forum',
  };
  const reward = {
    rewardId: `reward:${purchase.redemptionId}:1`,
    ...about,
    points: defaultPolicy.rewards.referral.points,
  };

  it('writes the edge and its reward, which is vested at once when the policy says so', () => {
    const facts = factsOf(refer(command, frozen(policyWith(0)), none, none, parked));
    expect(facts.filter(({ type }) => /^re(ferral|ward)/.test(type))).toEqual([
      { type: 'referral.made', data: { ...about, invitee: bob, via: 'link', linkId: 'link-m_mia', madeAt: iso(noon) } },
      { type: 'reward.pending', data: { ...reward, vestsAt: iso(noon) } },
      { type: 'reward.vested', data: { ...reward, madeAt: iso(noon), vestedAt: iso(noon + 40) } },
    ]);
    const edge = afterwards(referralRef(referralId), facts);
    expect(edge).toMatchObject({
      status: 'made',
      root: 'm:m_ann',
      reward: { status: 'vested', vestedAt: iso(noon + 40) },
    });
    expect(referralRef(referralId).indexed?.(edge)).toEqual({ dueAt: undefined });
    expect(facts.reduce(purchaseKind.evolve, parked)).toEqual(settled('referred'));
    expect(afterwards(madeRef('m_mia', iso(noon), purchase.redemptionId), facts)).toEqual({ referralId });
  });

  it('lets the reward vest so many hours after the purchase when the policy says so, not after it was heard of', () => {
    const late = { ...command, at: noon + hours(5) };
    const facts = factsOf(refer(late, frozen(policyWith(24)), none, none, nothing));
    const edge = afterwards(referralRef(referralId), facts);
    expect(edge).toMatchObject({ reward: { status: 'pending', vestsAt: iso(noon + hours(24)) } });
    expect(referralRef(referralId).indexed?.(edge)).toEqual({ dueAt: noon + hours(24) });
    expect(facts.map(({ type }) => type)).not.toContain('reward.vested');
  });

  /** What is said of the reward when the purchase is settled after this was heard. */
  const rewardAfter = (heard: readonly Undoing[], vestsAfterHours: number) => {
    const facts = factsOf(refer(command, frozen(policyWith(vestsAfterHours)), none, none, foreseen(heard, nothing)));
    const edge = afterwards(referralRef(referralId), facts);
    expect(edge).toMatchObject({ status: 'made', made: { inviter: 'm_mia', invitee: bob } });
    expect(facts.reduce(purchaseKind.evolve, nothing)).toEqual(settled('referred'));
    const said = facts.flatMap(({ type }) => (type.startsWith('reward.') ? [type] : []));
    return { said, reward: edge.status === 'made' ? edge.reward : undefined };
  };

  it('makes its edge although its order is cancelled already, and its reward never counts', () => {
    for (const vestsAfterHours of [0, 24]) {
      for (const heard of [[isCancelled], [returned(30), isCancelled]]) {
        const { said, reward } = rewardAfter(heard, vestsAfterHours);
        expect(said).toEqual(['reward.pending', 'reward.reversed']);
        expect(reward?.status).toBe('reversed');
      }
    }
  });

  it('earns its part of the reward when lines have come back already', () => {
    expect(rewardAfter([returned(30), returned(60)], 0)).toMatchObject({
      said: ['reward.pending', 'reward.vested', 'reward.reduced'],
      reward: { status: 'vested', points: 20, reduced: { left: 8, returns: ['return-60'] } },
    });
    expect(rewardAfter([returned(30), returned(60)], 24)).toMatchObject({
      said: ['reward.pending'],
      reward: { status: 'pending', points: 20, noted: { left: 8, returnId: 'return-60' } },
    });
  });

  it('leaves out what there is none of: a link, a channel', () => {
    const byCode = { ...command, credit: { inviter: 'm_mia', via: 'code' as const } };
    const [first] = factsOf(refer(byCode, defaultPolicy, none, none, nothing));
    const { channel: _, ...rest } = about;
    expect(first?.data).toEqual({ ...rest, invitee: bob, via: 'code', madeAt: iso(noon) });
  });

  it('is decided anew when the buyer has an inviter meanwhile, or who stood at the top has', () => {
    expect(refer(command, defaultPolicy, made, none, nothing)).toMatchObject({ refusal: 'moved' });
    expect(refer(command, defaultPolicy, none, made, nothing)).toMatchObject({ refusal: 'moved' });
  });

  it('is made once: what is settled stays as it is', () => {
    expect(refer(command, defaultPolicy, none, none, settled('referred')).outcome).toBe('again');
    expect(refer(command, defaultPolicy, made, none, settled('referred')).outcome).toBe('again');
  });

  it('changes nothing about the edge of who stands at the top, which is in the same transaction', () => {
    const facts = factsOf(refer(command, defaultPolicy, none, none, nothing));
    expect(afterwards(referralRef(referralIdOf('m:m_ann')), facts)).toEqual(none);
  });
});
