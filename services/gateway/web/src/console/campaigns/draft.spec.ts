import { allotmentAt, defaultPolicy } from '@fcode/policy';
import { describe, expect, it } from 'vitest';
import { tiers } from '../who/who.ts';
import { allotmentOf, byRules, byTiers, type Draft, newDraft } from './draft.ts';

const now = Date.parse('2026-12-01T12:00:00Z');
/** Fewer, as many and more, of every two tiers; and none, written or not. */
const counts = [undefined, 0, 1, 2, 3, 4];
const combinations = counts.flatMap((angel) =>
  counts.flatMap((core) => counts.flatMap((loyal) => counts.map((fan) => ({ angel, core, loyal, fan })))),
);
const draftWith = (codes: Draft['codes']): Draft => ({ ...newDraft(now), codes });

/** What a member of each tier may claim. */
const given = (draft: Draft): number[] =>
  tiers.map((tier) => {
    const standing = { S: '0', t0: now, halfLifeDays: 180, pins: tier === 'fan' ? [] : [tier] };
    const allotted = allotmentAt(
      { policy: defaultPolicy },
      allotmentOf(draft) ?? {},
      { memberId: 'm_1', standing, region: '' },
      now,
    );
    expect(allotted.tier).toBe(tier);
    return allotted.codes;
  });
const conditions = (draft: Draft) => draft.rules.map(({ who }) => (who.kind === 'own' ? who.text : who.kind));

describe('numbers by tier, as rules', () => {
  it('give each tier exactly what it had, whatever the others have', () => {
    expect(combinations).toHaveLength(6 ** 4);
    for (const codes of combinations) {
      const draft = draftWith(codes);
      expect(given({ ...draft, ...byRules(draft) }), JSON.stringify(codes)).toEqual(given(draft));
    }
  });

  it('speak of the tiers above only where those have no fewer', () => {
    const gap = draftWith({ angel: 0, core: 2, loyal: 1, fan: 0 });
    expect(conditions({ ...gap, ...byRules(gap) })).toEqual(['tier == "core"', 'tier == "loyal"']);
    const steps = draftWith({ angel: 5, core: 3, loyal: 2, fan: 1 });
    expect(conditions({ ...steps, ...byRules(steps) })).toEqual(['tier', 'tier', 'tier', 'everybody']);
  });

  it('follow the numbers until somebody has changed them, and keep what was written', () => {
    const first = draftWith({ angel: 1, core: 1, loyal: 1, fan: 1 });
    const there = { ...first, ...byRules(first) };
    const back = { ...there, ...byTiers(there), codes: { angel: 0, core: 2, loyal: 0, fan: 0 } };
    const again = { ...back, ...byRules(back) };
    expect(given(again)).toEqual([0, 2, 0, 0]);
    const written = { ...again, rules: again.rules.map((rule) => ({ ...rule, codes: 3 })) };
    const kept = { ...written, ...byTiers(written) };
    expect(given({ ...kept, ...byRules(kept) })).toEqual([0, 3, 0, 0]);
  });
});
