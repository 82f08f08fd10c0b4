import { describe, expect, it } from 'vitest';
import { close, pause } from './campaign.rules.ts';
import type { Campaign } from './campaign.ts';
import { claim, settledBefore } from './claim.rule.ts';
import {
  allottedTo,
  campaignAfter,
  campaignId,
  command,
  draft,
  drafting,
  ends,
  frozen,
  iso,
  noon,
  published,
  publishing,
} from './fixtures/drop.ts';
import { allotmentRef, type MemberCodes } from './member-codes.ts';
import { type Lease, leaseOpened, leaseRef } from './quota.ts';

const opened = leaseOpened({ lease: 'here.1', batch: 12, keyVersion: 1, from: 40, end: 43 });
const leaseKind = leaseRef({ campaignId }, 'here.1');
const openLease = (): Lease => leaseKind.evolve(leaseKind.initial, opened);
const mineKind = allotmentRef('m_mia', campaignId);
const nothing = (): MemberCodes => mineKind.initial;

/** Mia's claims so far and the lease that they come from. */
const desk = (lease: Lease = openLease()) => {
  let mine = nothing();
  let slice = lease;
  return {
    mine: () => mine,
    lease: () => slice,
    claim: (
      request: string,
      {
        at = noon,
        campaign = published(),
        version = 4,
        standing = { pins: ['core'] } as { pins: string[]; S?: string },
      } = {},
    ) => {
      const allotted = frozen(allottedTo(standing, at));
      const [candidate = { codes: 0 }] = allotted.candidates;
      const decision = claim(
        frozen({ campaignId, memberId: 'm_mia', region: '', request, at }),
        frozen(mine),
        frozen(slice),
        { campaign, version },
        allotted,
        { candidate, full: [] },
      );
      if (decision.outcome === 'accepted') {
        mine = decision.facts.reduce(mineKind.evolve, mine);
        slice = decision.facts.reduce(leaseKind.evolve, slice);
      }
      return decision;
    },
  };
};

const wordOf = (decision: { outcome: string; refusal?: string }) => decision.refusal ?? decision.outcome;

describe('a member who may have three codes', () => {
  it('takes the next code of the slice, and sees what the decision rested on', () => {
    const reasons = [
      { code: 'tier_pinned', tier: 'core' },
      { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 2 },
      { code: 'claimed', codes: 0 },
    ];
    expect(desk().claim('wish-1')).toMatchObject({
      outcome: 'accepted',
      receipt: {
        campaignId,
        batch: 12,
        index: 40,
        keyVersion: 1,
        claimedAt: iso(noon),
        allotted: 3,
        claimed: 1,
        tier: 'core',
        decision: { outcome: 'accepted', reasons, termsVersion: 4 },
      },
      facts: [
        {
          type: 'code.claimed',
          data: {
            batch: 12,
            index: 40,
            campaignId,
            memberId: 'm_mia',
            how: 'claimed',
            receipt: { allotted: 3, claimed: 1, tier: 'core', reasons, termsVersion: 4 },
          },
        },
        {},
      ],
      reasons,
    });
  });

  it('gets three, each another one, and no fourth', () => {
    const mia = desk(
      leaseKind.evolve(leaseKind.initial, leaseOpened({ lease: 'x', batch: 12, keyVersion: 1, from: 0, end: 9 })),
    );
    const words = ['a', 'b', 'c', 'd'].map((wish) => wordOf(mia.claim(wish)));
    expect(words).toEqual(['accepted', 'accepted', 'accepted', 'allotment_used']);
    expect(mia.mine().codes.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(mia.claim('d')).toMatchObject({ reasons: [{}, { codes: 3 }, { code: 'claimed', codes: 3 }] });
  });

  it('gets the first answer for the same wish, after other claims, after the tier fell, after the campaign ended', () => {
    const mia = desk();
    const first = mia.claim('wish-1');
    mia.claim('wish-2');
    for (const later of [
      {},
      { standing: { pins: [] } },
      { at: ends },
      { version: 7 },
      { campaign: campaignAfter(drafting(), publishing(), close(command, published(), 'over')) },
    ]) {
      const again = mia.claim('wish-1', later);
      expect(again.outcome).toBe('again');
      expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
    }
    expect(mia.mine().codes).toHaveLength(2);
  });

  it('is told nothing of what a code rested on that was claimed before that was kept', () => {
    const mia = desk();
    mia.claim('wish-1');
    const before = mia.mine().codes.map(({ reasons: _, termsVersion: _version, ...code }) => code);
    const again = settledBefore(
      { campaignId, memberId: 'm_mia', region: '', request: 'wish-1', at: noon },
      { campaignId, codes: before },
      published(),
      allottedTo({ pins: ['core'] }),
    );
    expect(again).toMatchObject({
      outcome: 'again',
      receipt: { index: 40, decision: { outcome: 'accepted', reasons: [], termsVersion: 0 } },
      reasons: [],
    });
  });

  it('keeps what it has and claims no more when the tier falls below what was claimed', () => {
    const mia = desk();
    mia.claim('a');
    expect(wordOf(mia.claim('b', { standing: { pins: [] } }))).toBe('nothing_allotted');
    expect(mia.mine().codes).toHaveLength(1);
  });
});

describe('who may not claim', () => {
  it('a tier that the campaign has no codes for, with the reasons', () => {
    expect(desk().claim('a', { standing: { pins: [] } })).toMatchObject({
      refusal: 'nothing_allotted',
      reasons: [
        { code: 'tier_open', tier: 'fan' },
        { code: 'allotted_by_tier', tier: 'fan', codes: 0 },
      ],
      facts: [],
    });
  });

  it('a member whose score has decayed below the cut-off by the instant of the claim', () => {
    // 200 points halve in 180 days: exactly 100, the cut-off of core, is reached then and not a millisecond longer.
    const at = noon + 180 * 86_400_000;
    const campaign = campaignAfter({
      outcome: 'accepted',
      facts: [
        {
          type: 'campaign.drafted',
          data: {
            definition: {
              ...published(),
              name: 'Drop',
              skus: ['PHONE-1'],
              startsAt: iso(noon),
              endsAt: iso(at + 10),
              quota: 9,
              allotment: { core: 3 },
              buyerLimit: 0,
              holdSeconds: 900,
            },
            createdAt: iso(noon),
          },
        },
        { type: 'campaign.pinned', data: { batch: 12, keyVersion: 1 } },
      ],
    });
    const standing = { S: '200000000', pins: [] };
    expect(wordOf(desk().claim('a', { at, campaign, standing }))).toBe('accepted');
    expect(wordOf(desk().claim('a', { at: at + 1, campaign, standing }))).toBe('nothing_allotted');
  });

  it.each([
    ['before the window', () => published(), noon - 1, 'campaign_not_open'],
    ['when the window opens', () => published(), noon, 'accepted'],
    ['in the last millisecond', () => published(), ends - 1, 'accepted'],
    ['when the window ends', () => published(), ends, 'campaign_ended'],
    [
      'while it is paused',
      () => campaignAfter(drafting(), publishing(), pause(command, published(), 'why')),
      noon,
      'campaign_paused',
    ],
    [
      'after it was closed',
      () => campaignAfter(drafting(), publishing(), close(command, published(), 'why')),
      noon,
      'campaign_closed',
    ],
    ['in a draft', draft, noon, 'campaign_not_found'],
    ['in no campaign at all', (): Campaign => ({ status: 'none' }), noon, 'campaign_not_found'],
  ])('anybody %s', (_, campaign, at, word) => {
    const mia = desk();
    expect(wordOf(mia.claim('a', { at, campaign: campaign() }))).toBe(word);
    expect(mia.mine().codes).toHaveLength(word === 'accepted' ? 1 : 0);
  });
});

describe('a slice', () => {
  it('is used up exactly', () => {
    const mia = desk(
      leaseKind.evolve(leaseKind.initial, leaseOpened({ lease: 'x', batch: 12, keyVersion: 1, from: 8, end: 10 })),
    );
    expect(['a', 'b', 'c'].map((wish) => wordOf(mia.claim(wish)))).toEqual(['accepted', 'accepted', 'lease_empty']);
  });

  it('that was closed hands out nothing, whoever closed it', () => {
    expect(wordOf(desk({ status: 'none' }).claim('a'))).toBe('lease_empty');
  });
});
