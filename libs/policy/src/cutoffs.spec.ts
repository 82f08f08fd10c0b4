import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextCutoffsAt, placesOf } from './cutoffs.ts';
import { byShare, having, hourMs, scorePolicy } from './fixtures/ladders.ts';
import { defaultPolicy, type Policy, policySchema } from './policy.ts';
import { tierAt } from './standing.ts';

const places = (scored: number, policy: Policy = defaultPolicy) =>
  Object.fromEntries(placesOf(policy, scored).map(({ tier, places: count }) => [tier, count]));

describe('the places of tiers by share', () => {
  it.each([
    [363, { core: 6, loyal: 107 }],
    // 1.4 % of 500 is 7, not a hair above it.
    [500, { core: 7, loyal: 147 }],
    [1, { core: 1, loyal: 1 }],
    [2, { core: 1, loyal: 1 }],
    [71, { core: 1, loyal: 21 }],
    // 1.4 % of 72 is 1.008: whoever is begun is in.
    [72, { core: 2, loyal: 22 }],
    [1_000_000, { core: 14_000, loyal: 294_000 }],
    [0, { core: 0, loyal: 0 }],
  ])('of %i scored members are counted from the top, rounded up', (scored, expected) => {
    expect(places(scored)).toEqual(expected);
  });

  it('are exact wherever the product is whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 5000 }), (perMille, thousands) => {
        const policy = policySchema.parse({
          ...defaultPolicy,
          tiers: [
            { tier: 'core', by: 'share', share: perMille / 1000 },
            { tier: 'fan', by: 'all' },
          ],
        });
        expect(places(thousands * 1000, policy)).toEqual({ core: perMille * thousands });
      }),
    );
  });

  it('give the smallest share one place', () => {
    const tiers = [
      { tier: 'core', by: 'share', share: 0.000001 },
      { tier: 'fan', by: 'all' },
    ];
    expect(places(1, policySchema.parse({ ...defaultPolicy, tiers }))).toEqual({ core: 1 });
  });

  it('are none where no tier is by share', () => {
    expect(placesOf(scorePolicy, 363)).toEqual([]);
  });
});

describe('the next set hour', () => {
  const at = (text: string) => Date.parse(`2026-${text}Z`);
  it.each([
    ['before it', '11-03T03:59:59.999', '11-03T04:00:00.000'],
    ['at it', '11-03T04:00:00.000', '11-04T04:00:00.000'],
    ['after it', '11-03T04:00:00.001', '11-04T04:00:00.000'],
    ['at the end of the day', '11-30T23:59:59.999', '12-01T04:00:00.000'],
    ['at midnight', '11-03T00:00:00.000', '11-03T04:00:00.000'],
  ])('is, %s, the next one to come', (_, now, next) => {
    expect(new Date(nextCutoffsAt(defaultPolicy, at(now))).toISOString()).toBe(`2026-${next}Z`);
  });

  it('may be midnight', () => {
    const midnight = { ...defaultPolicy, cutoffs: { hourUtc: 0, validHours: 24 } };
    expect(nextCutoffsAt(midnight, at('11-03T00:00:00.000'))).toBe(at('11-04T00:00:00.000'));
  });
});

describe('a tier by share', () => {
  const asOf = Date.parse('2026-11-03T04:00:00.000Z');
  const until = asOf + 36 * hourMs;
  // Two sums that floating point cannot tell apart.
  const cutoff = 2n ** 60n + 1n;
  const ladder = byShare(asOf, String(cutoff), '1000000');
  const tierOf = (S: bigint, at: number) => tierAt(ladder, having(S), at).tier;

  it('has everybody in who stands exactly on the cut-off, and nobody who is a millionth below', () => {
    for (const at of [asOf, asOf + 1, until - 1, until]) {
      expect([tierOf(cutoff + 1n, at), tierOf(cutoff, at), tierOf(cutoff - 1n, at)]).toEqual(['core', 'core', 'loyal']);
    }
  });

  it('moves with the scores until its end: nobody falls because time passes for all', () => {
    expect(tierOf(1_000_000n, until)).toBe('loyal');
    expect(tierOf(999_999n, asOf)).toBe('fan');
  });

  it('stands still after its end: who is on the cut-off falls next, who is above it later', () => {
    expect(tierOf(1_000_000n, until + 1)).toBe('fan');
    expect(tierOf(2_000_000n, until + 180 * 24 * hourMs - 1)).toBe('loyal');
    expect(tierOf(2_000_000n, until + 180 * 24 * hourMs + 1)).toBe('fan');
  });
});
