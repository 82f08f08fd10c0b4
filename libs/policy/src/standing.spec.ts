import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ladder } from './cutoffs.ts';
import { byScore, byShare, cutoffsAt, dayMs, having, hourMs, t0 } from './fixtures/ladders.ts';
import { defaultPolicy, policySchema, type Tier, tierNames } from './policy.ts';
import { newcomer, prospectsAt, type Standing, scoreAt, tierAt, weightOf, weightUnit } from './standing.ts';

const halfLifeMs = 180 * dayMs;
const points = (count: number, pins: string[] = []) => having(BigInt(Math.round(count * weightUnit)), pins);
const noon = Date.parse('2026-11-03T12:00:00.000Z');

describe('a score', () => {
  it('halves in a half-life', () => {
    expect(scoreAt(points(80), t0)).toBe(80);
    expect(scoreAt(points(80), t0 + halfLifeMs)).toBeCloseTo(40, 9);
    expect(scoreAt(points(80), t0 + 2 * halfLifeMs)).toBeCloseTo(20, 9);
  });

  it('of a contribution is its points on the day, whenever that was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 12 * 365 }), (worth, days) => {
        const at = t0 + days * dayMs;
        expect(scoreAt(having(weightOf(defaultPolicy, worth, at)), at)).toBeCloseTo(worth, 5);
      }),
    );
  });

  it('keeps the order of two members at every instant', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(0n, 10n ** 15n), fc.nat(3650), (a, b, days) => {
        const at = t0 + days * dayMs;
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(scoreAt(having(low), at)).toBeLessThanOrEqual(scoreAt(having(high), at));
      }),
    );
  });
});

describe('a tier', () => {
  it('is fan for somebody of whom nothing was heard', () => {
    expect(tierAt(byScore, newcomer, noon).tier).toBe('fan');
    expect(tierAt(byShare(noon, '1', '1'), newcomer, noon)).toEqual({
      tier: 'fan',
      reasons: [{ code: 'tier_open', tier: 'fan' }],
    });
  });

  it('by score follows the score, cut-offs included, and falls as it decays, with no event', () => {
    expect(tierAt(byScore, points(100), t0).tier).toBe('core');
    expect(tierAt(byScore, points(99.999), t0).tier).toBe('loyal');
    expect(tierAt(byScore, points(20), t0).tier).toBe('loyal');
    expect(tierAt(byScore, points(19.999), t0).tier).toBe('fan');
    expect(tierAt(byScore, points(100), t0 + dayMs).tier).toBe('loyal');
  });

  it('by score or share says why, with its figures', () => {
    expect(tierAt(byScore, points(150), t0).reasons).toEqual([
      { code: 'tier_by_score', tier: 'core', score: 150, minScore: 100 },
    ]);
    expect(tierAt(byShare(t0, '120000000', '8000000'), points(150), t0).reasons).toEqual([
      { code: 'tier_by_share', tier: 'core', score: 150, minScore: 120, share: 0.014, places: 7 },
    ]);
  });

  it('by share cannot be reached before the first cut-offs are published', () => {
    const ladder = { policy: defaultPolicy };
    expect(tierAt(ladder, points(1e9), noon).tier).toBe('fan');
    expect(prospectsAt(ladder, points(1e9), noon)).toEqual({});
    // Nor where nobody was scored when they were.
    const nobody = { policy: defaultPolicy, cutoffs: { asOf: noon, until: noon, scored: 0, cutoffs: [] } };
    expect(tierAt(nobody, points(1e9), noon).tier).toBe('fan');
    expect(prospectsAt(nobody, points(1e9), noon)).toEqual({});
  });

  it('stays where it is pinned, and never below', () => {
    for (const ladder of [byScore, byShare(t0, '100000000', '20000000')]) {
      expect(tierAt(ladder, points(0, ['angel']), t0)).toEqual({
        tier: 'angel',
        reasons: [{ code: 'tier_pinned', tier: 'angel' }],
      });
      expect(tierAt(ladder, points(500, ['loyal']), t0).tier).toBe('core');
      expect(tierAt(ladder, points(0, ['loyal']), t0 + 9999 * dayMs).tier).toBe('loyal');
    }
  });

  it('cannot be reached by score when it is pinned only', () => {
    expect(tierAt(byScore, points(1e12), t0).tier).toBe('core');
    expect(tierAt(byShare(t0, '1', '1'), points(1e12), t0).tier).toBe('core');
  });
});

describe('what lies ahead', () => {
  it('is no fall where the tier is pinned, and one where the pin is below', () => {
    for (const ladder of [byScore, byShare(t0, '100000000', '20000000')]) {
      expect(prospectsAt(ladder, points(500, ['core']), t0).fallsAt).toBeUndefined();
      expect(prospectsAt(ladder, points(0, ['angel']), t0)).toEqual({});
      expect(prospectsAt(ladder, points(500, ['loyal']), t0).fallsAt).toBeGreaterThan(t0);
      expect(prospectsAt(ladder, points(5), t0).fallsAt).toBeUndefined();
    }
  });

  it('is a fall a half-life after the cut-offs end for whoever has twice what they need', () => {
    const ladder = byShare(noon, '100000000', '20000000');
    expect(prospectsAt(ladder, points(200), noon).fallsAt).toBeCloseTo(noon + 36 * hourMs + halfLifeMs, 0);
    expect(prospectsAt(ladder, points(40), noon).fallsAt).toBeCloseTo(noon + 36 * hourMs + halfLifeMs, 0);
    expect(prospectsAt(ladder, points(100), noon).fallsAt).toBe(noon + 36 * hourMs);
  });

  it('is the tier above, what it needs now and what is missing: by score, or by share as it is now', () => {
    expect(prospectsAt(byScore, points(15), t0).next).toEqual({ tier: 'loyal', minScore: 20, missing: 5 });
    expect(prospectsAt(byScore, points(150), t0)).not.toHaveProperty('next');
    const { next } = prospectsAt(byShare(t0, '100000000', '20000000'), points(60), t0 + 24 * hourMs);
    const decayed = 2 ** (-1 / 180);
    expect(next?.tier).toBe('core');
    expect(next?.minScore).toBeCloseTo(100 * decayed, 9);
    expect(next?.missing).toBeCloseTo(40 * decayed, 9);
  });

  it('of two tiers above is the nearer one, which a pin never is', () => {
    const ladder: Ladder = {
      policy: policySchema.parse({
        ...defaultPolicy,
        tiers: [
          { tier: 'core', by: 'score', minScore: 100 },
          { tier: 'loyal', by: 'pin' },
          { tier: 'fan', by: 'all' },
        ],
      }),
    };
    expect(prospectsAt(ladder, points(15), t0).next).toEqual({ tier: 'core', minScore: 100, missing: 85 });
  });
});

const rankOf = (tier: Tier) => tierNames.indexOf(tier);
const mixed = policySchema.parse({
  ...defaultPolicy,
  tiers: [
    { tier: 'angel', by: 'pin' },
    { tier: 'core', by: 'share', share: 0.014 },
    { tier: 'loyal', by: 'score', minScore: 20 },
    { tier: 'fan', by: 'all' },
  ],
});

/** Members and cut-offs of up to nine years after the scale's begin, many of them equal or a hair apart. */
const situation = fc
  .record({
    policy: fc.constantFrom(byScore.policy, defaultPolicy, mixed),
    asOf: fc.integer({ min: 0, max: 9 * 365 * 24 * 60 }).map((minutes) => t0 + minutes * 60_000),
    core: fc.bigInt(2n, 10n ** 15n),
    part: fc.integer({ min: 1, max: 100 }),
    S: fc.oneof(
      fc.bigInt(0n, 10n ** 15n).map((S) => () => S),
      fc.integer({ min: -2, max: 2 }).map((off) => (core: bigint) => core + BigInt(off)),
      fc.integer({ min: 0, max: 300 }).map((percent) => (core: bigint) => (core * BigInt(percent)) / 100n),
    ),
    later: fc.oneof(fc.nat(36 * 3_600_000), fc.nat(1000 * dayMs), fc.constantFrom(36 * hourMs, 36 * hourMs + 1)),
    pins: fc.subarray(['core', 'loyal']),
  })
  .map(({ policy, asOf, core, part, S, later, pins }) => {
    const loyal = (core * BigInt(part)) / 100n || 1n;
    const ladder: Ladder = { policy, cutoffs: cutoffsAt(asOf, String(core), String(loyal)) };
    return { ladder, standing: having(S(core), pins), at: asOf + later };
  });

const tierOf = (ladder: Ladder, standing: Standing, at: number) => tierAt(ladder, standing, at).tier;

describe('of members, cut-offs and instants of all kinds', () => {
  it('a tier falls when it was said to, to the millisecond, and not before', () => {
    let falls = 0;
    fc.assert(
      fc.property(situation, ({ ladder, standing, at }) => {
        const tier = tierOf(ladder, standing, at);
        const { fallsAt } = prospectsAt(ladder, standing, at);
        if (fallsAt === undefined) {
          const isOpen = ladder.policy.tiers.some((rung) => rung.tier === tier && rung.by === 'all');
          expect(isOpen || standing.pins.includes(tier)).toBe(true);
          expect(tierOf(ladder, standing, at + 100 * 365 * dayMs)).toBe(tier);
          return;
        }
        falls += 1;
        expect(fallsAt).toBeGreaterThan(at - 1);
        if (fallsAt - 1 >= at) expect(tierOf(ladder, standing, fallsAt - 1)).toBe(tier);
        expect(rankOf(tierOf(ladder, standing, fallsAt + 1))).toBeGreaterThan(rankOf(tier));
      }),
      { numRuns: 2000 },
    );
    expect(falls).toBeGreaterThan(200);
  });

  it('never rises by time', () => {
    fc.assert(
      fc.property(situation, fc.nat(1000 * dayMs), ({ ladder, standing, at }, later) => {
        expect(rankOf(tierOf(ladder, standing, at + later))).toBeGreaterThanOrEqual(
          rankOf(tierOf(ladder, standing, at)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('just the points that are missing reach the next tier, and a thousandth less does not', () => {
    let nexts = 0;
    fc.assert(
      fc.property(situation, ({ ladder, standing, at }) => {
        const { next } = prospectsAt(ladder, standing, at);
        if (!next) return;
        nexts += 1;
        const plus = (worth: number) => ({
          ...standing,
          S: String(BigInt(standing.S) + weightOf(ladder.policy, worth, at)),
        });
        expect(next.missing).toBeGreaterThan(0);
        expect(rankOf(tierOf(ladder, plus(next.missing), at))).toBeLessThanOrEqual(rankOf(next.tier));
        const almost = next.missing - 0.001 - 1e-12 * next.minScore;
        if (almost > 0) expect(tierOf(ladder, plus(almost), at)).not.toBe(next.tier);
      }),
      { numRuns: 2000 },
    );
    expect(nexts).toBeGreaterThan(200);
  });
});
