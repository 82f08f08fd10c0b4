import type { Tier } from '../../api.ts';

/** Tiers from the highest down, as the ladder has them. */
export const tiers = ['angel', 'core', 'loyal', 'fan'] as const satisfies Tier[];

const quoted = (text: string): string => JSON.stringify(text.trim());

/** Who a member must be, in forms that most segments are made of; each writes its part of the condition. */
export const forms = {
  tier: (tier: string) => {
    const atLeast = tiers.slice(0, (tiers as readonly string[]).indexOf(tier) + 1);
    return atLeast.length === 1 ? `tier == ${quoted(tier)}` : `tier in [${atLeast.map(quoted).join(', ')}]`;
  },
  score: (points: string) => `score >= ${Number(points) || 0}`,
  badge: (badge: string) => `${quoted(badge)} in badges`,
} as const;
export type Form = keyof typeof forms;
export const formNames = ['tier', 'score', 'badge'] as const satisfies Form[];

/** A condition with one more thing that must hold. */
export const withPart = (condition: string, part: string): string => {
  const before = condition.trim();
  if (before === '') return part;
  return before.includes('||') ? `(${before}) && ${part}` : `${before} && ${part}`;
};
