import { policyPublished } from '@fcode/events';
import { accept, again, type Decision, type Policy, refuse } from '@fcode/policy';
import { endless } from './cutoffs.rule.ts';
import { computationDue, looksDue, type Published } from './published.ts';

/** The policy that this service was last started with; nothing before the first start. */
export interface Adopted {
  policy?: Policy;
}

/**
 * A policy comes into force with the first start of a program that brings it. A document that changes takes another version,
 * so that a version in a receipt names one document for good. The half-life and the scale stay: all sums are of them. What
 * tiers need may be another: cut-offs are computed at once (`at`, epoch ms), and everybody is looked at.
 */
export const adopt = (
  policy: Policy,
  at: number,
  { policy: before }: Adopted,
  _: Published,
): Decision<object, 'version_reused' | 'scale_changed'> => {
  if (before && (before.halfLifeDays !== policy.halfLifeDays || before.t0 !== policy.t0))
    return refuse('scale_changed');
  if (before?.version === policy.version) return isSame(before, policy) ? again({}) : refuse('version_reused');
  // An instance of the program before, while a newer one is being rolled out.
  if (before && before.version > policy.version) return again({});
  const published = policyPublished.of({ version: policy.version, policy });
  if (!before) return accept([published], {});
  return accept([published, looksDue({ everybody: { low: '1', high: endless } }, at), computationDue(at)], {});
};

/** Maps come back from a store in any order. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [here, there] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = new Set([...Object.keys(here), ...Object.keys(there)]);
  return [...names].every((name) => isSame(here[name], there[name]));
};
