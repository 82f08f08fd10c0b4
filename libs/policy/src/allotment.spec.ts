import { describe, expect, it } from 'vitest';
import { type AllotmentRules, allotmentAt, allotmentRules, isOfSegment, lanesOf } from './allotment.ts';
import { byScore, byShare, dayMs, having, t0 } from './fixtures/ladders.ts';
import { newcomer, type Standing } from './standing.ts';

const whose = (standing: Standing, region = '') => ({ memberId: 'm_mia', standing, region });

describe('an allotment', () => {
  it('explains itself: the tier, then the rule', () => {
    expect(allotmentAt(byScore, { core: 3 }, whose(having('150000000')), t0)).toEqual({
      codes: 3,
      tier: 'core',
      candidates: [{ codes: 3 }],
      reasons: [
        { code: 'tier_by_score', tier: 'core', score: 150, minScore: 100 },
        { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 7 },
      ],
    });
  });

  it('is none for a tier that the campaign leaves out', () => {
    expect(allotmentAt(byScore, { angel: 5 }, whose(newcomer), t0).codes).toBe(0);
  });

  it('goes by the cut-offs of the instant at which it is decided', () => {
    const ladder = byShare(t0, '100000000', '20000000');
    const codesAt = (at: number) => allotmentAt(ladder, { core: 3, loyal: 1 }, whose(having('100000000')), at).codes;
    expect([codesAt(t0), codesAt(t0 + 2 * dayMs)]).toEqual([3, 1]);
  });
});

describe('an allotment by rules', () => {
  const rules: AllotmentRules = [
    { when: '"early" in badges', codes: 5, places: 10, until: '2027-01-01T00:00:00.000Z' },
    { when: 'tier == "core" && region in ["CN", "DE"]', codes: 2 },
    { when: 'score >= 100', codes: 3 },
  ];
  const early = { ...having('150000000'), badges: ['early'] };

  it('explains itself rule by rule, and says which part does not hold', () => {
    expect(allotmentAt(byScore, rules, whose(having('150000000'), 'FR'), t0)).toEqual({
      codes: 3,
      tier: 'core',
      candidates: [{ codes: 3, rule: 2 }],
      reasons: [
        { code: 'tier_by_score', tier: 'core', score: 150, minScore: 100 },
        { code: 'rule_fails', rule: 1, when: '"early" in badges', failed: '"early" in badges' },
        { code: 'rule_fails', rule: 2, when: rules[1]?.when, failed: 'region in ["CN", "DE"]' },
        { code: 'rule_holds', rule: 3, when: 'score >= 100', codes: 3 },
      ],
    });
  });

  it('is of the rules that hold, in their order, those with places apart', () => {
    expect(allotmentAt(byScore, rules, whose(early, 'CN'), t0)).toMatchObject({
      codes: 5,
      candidates: [
        { codes: 5, rule: 0, lane: 0 },
        { codes: 2, rule: 1 },
        { codes: 3, rule: 2 },
      ],
    });
    expect(allotmentAt(byScore, rules, whose(newcomer), t0)).toMatchObject({ codes: 0, candidates: [] });
  });

  it('has no rule that is over', () => {
    const after = allotmentAt(byScore, rules, whose(early, 'CN'), Date.parse('2027-01-01T00:00:00.000Z'));
    expect(after.candidates.some(({ lane }) => lane === 0)).toBe(false);
    expect(after.reasons).toContainEqual({
      code: 'rule_over',
      rule: 1,
      when: '"early" in badges',
      until: '2027-01-01T00:00:00.000Z',
    });
  });

  it('reserves places', () => {
    expect(lanesOf(rules)).toEqual([{ rule: 0, places: 10, until: Date.parse('2027-01-01T00:00:00.000Z') }]);
    expect(lanesOf({ core: 3 })).toEqual([]);
  });

  it.each([
    [[{ when: 'teir == "core"', codes: 1 }], /Line 1, column 1: There is nothing called teir. Did you mean tier\?/],
    [[{ when: 'true', codes: 1, until: '2027-01-01T00:00:00.000Z' }], /Only reserved places/],
    [[{ when: 'true', codes: 0 }], /Too small/],
    [[{ when: 'true', codes: 1, place: 3 }], /place/],
    [{ corr: 1 }, /corr/],
  ])('%j is refused', (given, why) => {
    const { error } = allotmentRules.safeParse(given);
    expect(JSON.stringify(error?.issues)).toMatch(why);
  });
});

describe('a segment', () => {
  const early = { ...having('150000000'), badges: ['early'] };

  it('is of those for whom its condition holds, by the same figures as a rule of an allotment', () => {
    const conditions = [
      'tier == "core" && score >= 100.0',
      'tier == "fan"',
      '"early" in badges && member == "m_mia"',
      'region == "DE"',
      'at > timestamp("2100-01-01T00:00:00Z")',
      '1 / int(score - score) > 0',
    ];
    const held = conditions.map((when) => isOfSegment(byScore, when, whose(early, 'DE'), t0));
    expect(held).toEqual([true, false, true, true, false, false]);
    const rules = conditions.map((when) => ({ when, codes: 1 }));
    const { candidates } = allotmentAt(byScore, rules, whose(early, 'DE'), t0);
    expect(candidates.map(({ rule }) => rule)).toEqual([0, 2, 3]);
  });

  it('goes by the instant: a score decays, and with it the tier', () => {
    const isCore = (at: number) => isOfSegment(byScore, 'tier == "core"', whose(early), at);
    expect([isCore(t0), isCore(t0 + 400 * dayMs)]).toEqual([true, false]);
  });
});
