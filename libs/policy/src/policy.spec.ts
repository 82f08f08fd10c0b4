import { describe, expect, it } from 'vitest';
import document from './policy.json' with { type: 'json' };
import { defaultPolicy, policySchema } from './policy.ts';

const angel = { tier: 'angel', by: 'pin' };
const fan = { tier: 'fan', by: 'all' };
const core = (minScore: number) => ({ tier: 'core', by: 'score', minScore });
const loyal = (minScore: number) => ({ tier: 'loyal', by: 'score', minScore });
const share = (tier: string, part: number) => ({ tier, by: 'share', share: part });

const messages = (change: object) =>
  policySchema.safeParse({ ...document, ...change }).error?.issues.map(({ message }) => message) ?? [];
const paths = (change: object) =>
  policySchema.safeParse({ ...document, ...change }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the policy document', () => {
  it('is a policy: angels are pinned, core and loyal are a share of the community, everybody else is a fan', () => {
    expect(policySchema.parse(document)).toEqual(document);
    expect(defaultPolicy.tiers).toEqual([angel, share('core', 0.014), share('loyal', 0.28), fan]);
    expect(defaultPolicy.halfLifeDays).toBe(180);
  });

  it('may mix tiers by pin, score and share, and have one tier only', () => {
    expect(messages({ tiers: [angel, core(100), share('loyal', 0.3), fan] })).toEqual([]);
    expect(messages({ tiers: [fan] })).toEqual([]);
  });

  it('sells nothing for points, unless it says at what price', () => {
    expect(defaultPolicy.prices).toBeUndefined();
    expect(policySchema.parse({ ...document, prices: { code: 50 } }).prices).toEqual({ code: 50 });
  });

  it('may share out all of the community, whatever its parts come to in binary', () => {
    expect(messages({ tiers: [share('angel', 0.33), share('core', 0.56), share('loyal', 0.11), fan] })).toEqual([]);
  });

  it.each([
    ['leaves somebody without a tier', [angel, core(100)], 'the last tier must be open to all'],
    ['has no tier', [], 'the last tier must be open to all'],
    [
      'hides tiers below one that is open to all',
      [angel, { tier: 'loyal', by: 'all' }, core(5), fan],
      'a tier that is open to all hides those below it',
    ],
    ['names a tier twice', [core(100), core(20), fan], 'a tier stands here twice'],
    ['asks less of the higher tier', [core(20), loyal(100), fan], 'a higher tier needs the higher score'],
    ['asks as much of the lower tier', [core(20), loyal(20), fan], 'a higher tier needs the higher score'],
    [
      'asks less of a higher tier with a share between them',
      [{ tier: 'angel', by: 'score', minScore: 10 }, share('core', 0.1), loyal(20), fan],
      'a higher tier needs the higher score',
    ],
    [
      'shares out more than the whole',
      [share('angel', 0.5), share('core', 0.3), share('loyal', 0.21), fan],
      'the shares are more than the whole',
    ],
  ])('is refused when it %s', (_, tiers, message) => {
    expect(messages({ tiers })).toContain(message);
  });

  it.each([
    ['a reserved kind: rewards are not for sources to tell', { points: { referral: 20 } }, 'points.referral'],
    ['a reserved kind: a reversal takes back', { points: { fix: 8, reversal: 1 } }, 'points.reversal'],
    ['a reserved kind: a purchase spends', { points: { fix: 8, purchase: 1 } }, 'points.purchase'],
    ['a code for nothing', { prices: { code: 0 } }, 'prices.code'],
    ['a code for more than anybody has', { prices: { code: 10_001 } }, 'prices.code'],
    ['prices without one', { prices: {} }, 'prices.code'],
    ['a price of what nobody sells', { prices: { code: 50, badge: 5 } }, 'prices'],
    ['a kind that is no word', { points: { 'Fix it': 8 } }, 'points.Fix it'],
    ['points that are none', { points: { fix: 0 } }, 'points.fix'],
    ['an unknown field', { halfLifeWeeks: 3 }, ''],
    ['an unknown field of a tier', { tiers: [{ ...fan, minScore: 0 }] }, 'tiers.0'],
    ['no version', { version: undefined }, 'version'],
    ['version 0', { version: 0 }, 'version'],
    ['an unknown tier', { tiers: [{ tier: 'pyramid', by: 'pin' }, fan] }, 'tiers.0.tier'],
    ['a tier by luck', { tiers: [{ tier: 'core', by: 'luck' }, fan] }, 'tiers.0.by'],
    ['a share of all', { tiers: [share('core', 1), fan] }, 'tiers.0.share'],
    ['a share of nobody', { tiers: [share('core', 0), fan] }, 'tiers.0.share'],
    ['a score of nothing', { tiers: [core(0), fan] }, 'tiers.0.minScore'],
    ['a half-life of nothing', { halfLifeDays: 0 }, 'halfLifeDays'],
    ['a scale that is no instant', { t0: 'long ago' }, 't0'],
    ['an hour that no day has', { cutoffs: { hourUtc: 24, validHours: 36 } }, 'cutoffs.hourUtc'],
    [
      'cut-offs that end before the next are computed',
      { cutoffs: { hourUtc: 4, validHours: 23 } },
      'cutoffs.validHours',
    ],
  ])('is refused with %s', (_, change, path) => {
    expect(paths(change)).toContain(path);
  });
});
