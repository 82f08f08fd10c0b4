import type { CampaignDefinition } from '../api.ts';
import { isOf, whoOf } from '../who/who.ts';

export type Rules = Extract<CampaignDefinition['allotment'], unknown[]>;

/**
 * What keeps a rule from giving anybody anything, by the position of an earlier one: that gives everybody as much, for good
 * (`never`) or as long as it has places (`after`); or nothing that the rules tell (`unknown`), so that members may change it.
 */
export type Idle = { kind: 'never' | 'after'; rule: number } | { kind: 'unknown' };

/** Codes come from the first rule that has any left, and a member gets no more in all than the most that one rule gives. */
export const idleOf = (rules: Rules, position: number): Idle => {
  const one = rules[position];
  if (!one) return { kind: 'unknown' };
  const before = rules
    .slice(0, position)
    .flatMap(({ when, codes, places }, rule) =>
      codes >= one.codes && isOf(whoOf(when), whoOf(one.when)) ? [{ rule, places }] : [],
    );
  // What is for everybody runs out for both of them at once, unless this one has places of its own.
  const forGood = one.places === undefined ? before.find(({ places }) => places === undefined) : undefined;
  if (forGood) return { kind: 'never', rule: forGood.rule };
  const [first] = before;
  return first ? { kind: 'after', rule: first.rule } : { kind: 'unknown' };
};
