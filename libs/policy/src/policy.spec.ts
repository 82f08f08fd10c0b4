import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allotmentAt, defaultPolicy, newcomer, policySchema, scoreAt, tierAt, weightUnit } from './index.ts';

const day = 86_400_000;
const t0 = Date.UTC(2026, 0, 1);
const standing = (S: number, pins: string[] = []) => ({
  S: String(Math.round(S * weightUnit)),
  t0,
  halfLifeDays: 180,
  pins,
});

describe('a score', () => {
  it('halves in a half-life', () => {
    expect(scoreAt(standing(80), t0)).toBe(80);
    expect(scoreAt(standing(80), t0 + 180 * day)).toBeCloseTo(40, 9);
    expect(scoreAt(standing(80), t0 + 360 * day)).toBeCloseTo(20, 9);
  });

  it('keeps the order of two members at every instant', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.nat(3650),
        (a, b, days) => {
          const at = t0 + days * day;
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(scoreAt(standing(low), at)).toBeLessThanOrEqual(scoreAt(standing(high), at));
        },
      ),
    );
  });
});

describe('a tier', () => {
  it('is fan for somebody of whom nothing was heard', () => {
    expect(tierAt(defaultPolicy, newcomer, t0).tier).toBe('fan');
  });

  it('follows the score, cut-offs included', () => {
    expect(tierAt(defaultPolicy, standing(100), t0).tier).toBe('core');
    expect(tierAt(defaultPolicy, standing(99.999), t0).tier).toBe('loyal');
    expect(tierAt(defaultPolicy, standing(20), t0).tier).toBe('loyal');
    expect(tierAt(defaultPolicy, standing(19.999), t0).tier).toBe('fan');
  });

  it('falls as the score decays, with no event', () => {
    expect(tierAt(defaultPolicy, standing(100), t0 + day).tier).toBe('loyal');
  });

  it('stays where it is pinned, and never below', () => {
    expect(tierAt(defaultPolicy, standing(0, ['angel']), t0)).toEqual({
      tier: 'angel',
      reasons: [{ code: 'tier_pinned', tier: 'angel' }],
    });
    expect(tierAt(defaultPolicy, standing(500, ['loyal']), t0).tier).toBe('core');
    expect(tierAt(defaultPolicy, standing(0, ['loyal']), t0 + 9999 * day).tier).toBe('loyal');
  });

  it('cannot be reached by score when it is pinned only', () => {
    expect(tierAt(defaultPolicy, standing(1e12), t0).tier).toBe('core');
  });
});

describe('an allotment', () => {
  it('explains itself: the tier, then the rule', () => {
    expect(allotmentAt(defaultPolicy, { core: 3 }, standing(150), t0)).toEqual({
      codes: 3,
      tier: 'core',
      reasons: [
        { code: 'tier_by_score', tier: 'core', score: 150, minScore: 100 },
        { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 1 },
      ],
    });
  });

  it('is none for a tier that the campaign leaves out', () => {
    expect(allotmentAt(defaultPolicy, { angel: 5 }, newcomer, t0).codes).toBe(0);
  });
});

it('refuses a policy that leaves somebody without a tier', () => {
  expect(
    policySchema.safeParse({ version: 1, halfLifeDays: 180, tiers: [{ tier: 'core', minScore: 5 }] }).success,
  ).toBe(false);
});
