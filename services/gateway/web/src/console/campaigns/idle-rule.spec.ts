import { allotmentAt, defaultPolicy } from '@fcode/policy';
import { describe, expect, it } from 'vitest';
import { idleOf, type Rules } from './idle-rule.ts';

const everybody = 'true';
const fromCore = 'tier in ["angel", "core"]';
const onlyCore = 'tier == "core"';
const lastOf = (...rules: Rules) => idleOf(rules, rules.length - 1);

const now = Date.parse('2026-12-01T12:00:00Z');
/** Of every tier, with and without a badge, with few points and with many, here and there. */
const members = [[], ['angel'], ['core'], ['loyal']].flatMap((pins) =>
  ['0', '900000000'].flatMap((S) =>
    [[], ['tester']].flatMap((badges) =>
      ['', 'DE', 'FR'].map((region) => ({
        memberId: 'm_1',
        standing: { S, t0: now, halfLifeDays: 180, pins, badges },
        region,
      })),
    ),
  ),
);
const conditions = [
  everybody,
  fromCore,
  'tier in ["angel", "core", "loyal"]',
  onlyCore,
  'tier == "angel"',
  'score >= 10',
  'score >= 800',
  '"tester" in badges',
  'region in ["DE"]',
  'region in ["DE", "FR"]',
  'score > 100 && tier == "core"',
];

describe('a rule that gives nobody anything', () => {
  it('never will where one before it gives all of them as many, of what is for everybody', () => {
    expect(lastOf({ when: everybody, codes: 2 }, { when: onlyCore, codes: 2 })).toEqual({ kind: 'never', rule: 0 });
    expect(lastOf({ when: fromCore, codes: 1 }, { when: onlyCore, codes: 1 })).toEqual({ kind: 'never', rule: 0 });
  });

  it('takes over when the places before it are gone, or what is for everybody is and it has its own', () => {
    const ahead = { when: everybody, codes: 1, places: 5 };
    expect(lastOf(ahead, { when: everybody, codes: 1 })).toEqual({ kind: 'after', rule: 0 });
    expect(lastOf({ when: everybody, codes: 1 }, { when: onlyCore, codes: 1, places: 5 })).toEqual({
      kind: 'after',
      rule: 0,
    });
  });

  it('may yet, where it gives more or is for others', () => {
    expect(lastOf({ when: everybody, codes: 1 }, { when: onlyCore, codes: 2 })).toEqual({ kind: 'unknown' });
    expect(lastOf({ when: onlyCore, codes: 2 }, { when: fromCore, codes: 1 })).toEqual({ kind: 'unknown' });
    expect(lastOf({ when: 'score >= 800', codes: 2 }, { when: 'score >= 10', codes: 2 })).toEqual({ kind: 'unknown' });
    expect(lastOf({ when: 'region in ["DE"]', codes: 2 }, { when: 'region in ["DE", "FR"]', codes: 2 })).toEqual({
      kind: 'unknown',
    });
    expect(lastOf({ when: everybody, codes: 1 })).toEqual({ kind: 'unknown' });
  });

  it('is said never to only where no member whatever gets anything by it', () => {
    let nevers = 0;
    for (const first of conditions) {
      for (const second of conditions) {
        const rules: Rules = [
          { when: first, codes: 1 },
          { when: second, codes: 1 },
        ];
        const isNever = idleOf(rules, 1).kind === 'never';
        const gets = members.some((member) => {
          const { candidates } = allotmentAt({ policy: defaultPolicy }, rules, member, now);
          // The first that holds gives the one code.
          return candidates[0]?.rule === 1;
        });
        if (isNever) expect([first, second, gets]).toEqual([first, second, false]);
        nevers += isNever ? 1 : 0;
      }
    }
    // Everybody before all, each before itself, and of tiers, points and regions the larger before the smaller.
    expect(nevers).toBe(28);
  });
});
