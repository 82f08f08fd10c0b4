import { describe, expect, it } from 'vitest';
import { allotmentAt } from './allotment.ts';
import { byScore, byShare, dayMs, having, t0 } from './fixtures/ladders.ts';
import { newcomer } from './standing.ts';

describe('an allotment', () => {
  it('explains itself: the tier, then the rule', () => {
    expect(allotmentAt(byScore, { core: 3 }, having('150000000'), t0)).toEqual({
      codes: 3,
      tier: 'core',
      reasons: [
        { code: 'tier_by_score', tier: 'core', score: 150, minScore: 100 },
        { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 7 },
      ],
    });
  });

  it('is none for a tier that the campaign leaves out', () => {
    expect(allotmentAt(byScore, { angel: 5 }, newcomer, t0).codes).toBe(0);
  });

  it('goes by the cut-offs of the instant at which it is decided', () => {
    const ladder = byShare(t0, '100000000', '20000000');
    const codesAt = (at: number) => allotmentAt(ladder, { core: 3, loyal: 1 }, having('100000000'), at).codes;
    expect([codesAt(t0), codesAt(t0 + 2 * dayMs)]).toEqual([3, 1]);
  });
});
