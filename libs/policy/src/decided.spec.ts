import { describe, expect, it } from 'vitest';
import { decided } from './decided.ts';

describe('what an answer rested on', () => {
  const reasons = [
    { code: 'tier_by_score', tier: 'core', score: 150.5, minScore: 100 },
    { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 7 },
  ];

  it('is the same to the letter in whatever order the store gives its figures back', () => {
    const shuffled = reasons.map((reason) => Object.fromEntries(Object.entries(reason).reverse()) as typeof reason);
    const [one, other] = [decided({ reasons, termsVersion: 4 }), decided({ termsVersion: 4, reasons: shuffled })];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect(one).toEqual({ outcome: 'accepted', reasons, termsVersion: 4 });
    expect(JSON.stringify(one)).toContain('{"code":"tier_by_score","minScore":100,"score":150.5,"tier":"core"}');
  });

  it('is nothing where nothing was kept', () => {
    expect([decided(), decided({})]).toEqual([
      { outcome: 'accepted', reasons: [], termsVersion: 0 },
      { outcome: 'accepted', reasons: [], termsVersion: 0 },
    ]);
  });
});
