import type { Tier } from '../../api.ts';

/** From the innermost circle outwards. */
export const tiers = ['angel', 'core', 'loyal', 'fan'] as const satisfies Tier[];

/** For whom a rule of an allotment is: one of the common forms, or a condition in somebody's own words. */
export type Who =
  | { kind: 'everybody' }
  | { kind: 'tier'; tier: Tier }
  | { kind: 'points'; points: number | undefined }
  | { kind: 'badge'; badge: string }
  | { kind: 'region'; regions: string[] }
  | { kind: 'own'; text: string };

export const whoKinds = ['everybody', 'tier', 'points', 'badge', 'region', 'own'] as const satisfies Who['kind'][];

export const newWho = (kind: Who['kind'], text: string): Who => {
  switch (kind) {
    case 'everybody':
      return { kind };
    case 'tier':
      return { kind, tier: 'loyal' };
    case 'points':
      return { kind, points: 100 };
    case 'badge':
      return { kind, badge: '' };
    case 'region':
      return { kind, regions: [] };
    case 'own':
      return { kind, text };
  }
};

/** Whether a common form says of somebody who they are. */
export const isFilled = (who: Who): boolean => {
  switch (who.kind) {
    case 'points':
      return who.points !== undefined;
    case 'badge':
      return who.badge.trim() !== '';
    case 'region':
      return who.regions.length > 0;
    default:
      return true;
  }
};

const listed = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;

/** The condition that says so (Common Expression Language); of a form that is not filled, one that the API refuses or an empty one. */
export const conditionOf = (who: Who): string => {
  switch (who.kind) {
    case 'everybody':
      return 'true';
    case 'tier':
      return who.tier === 'angel'
        ? 'tier == "angel"'
        : `tier in ${listed(tiers.slice(0, tiers.indexOf(who.tier) + 1))}`;
    case 'points':
      return `score >= ${who.points ?? 0}`;
    case 'badge':
      return `${JSON.stringify(who.badge.trim())} in badges`;
    case 'region':
      return `region in ${listed(who.regions)}`;
    case 'own':
      return who.text;
  }
};

const textsIn = (list: string): string[] => [...list.matchAll(/"([^"\\]*)"/g)].map(([, text = '']) => text);

/** The common form that a condition has, where it is written as this page writes it. */
export const whoOf = (condition: string): Who => {
  const guess = (): Who => {
    const [, inTiers, inRegions] = /^(?:tier in (\[.+\])|region in (\[.+\]))$/.exec(condition) ?? [];
    if (condition === 'tier == "angel"') return { kind: 'tier', tier: 'angel' };
    if (inTiers !== undefined) {
      const last = textsIn(inTiers).at(-1);
      return { kind: 'tier', tier: tiers.find((tier) => tier === last) ?? 'fan' };
    }
    if (inRegions !== undefined) return { kind: 'region', regions: textsIn(inRegions) };
    const [, badge] = /^"([^"\\]+)" in badges$/.exec(condition) ?? [];
    if (badge !== undefined) return { kind: 'badge', badge };
    const [, points] = /^score >= (\d+)$/.exec(condition) ?? [];
    if (points !== undefined) return { kind: 'points', points: Number(points) };
    return condition === 'true' ? { kind: 'everybody' } : { kind: 'own', text: condition };
  };
  const who = guess();
  return conditionOf(who) === condition ? who : { kind: 'own', text: condition };
};

const tiersOf = (who: Who): readonly Tier[] | undefined => {
  if (who.kind === 'everybody') return tiers;
  if (who.kind === 'tier') return who.tier === 'angel' ? ['angel'] : tiers.slice(0, tiers.indexOf(who.tier) + 1);
  const [, exactly] = (who.kind === 'own' && /^tier == "(\w+)"$/.exec(who.text.trim())) || [];
  return exactly === undefined ? undefined : tiers.filter((tier) => tier === exactly);
};

/** Whether everybody of `others` is of `who`, as far as the forms tell: of conditions in somebody's own words only the same one. */
export const isOf = (who: Who, others: Who): boolean => {
  if (who.kind === 'everybody' || conditionOf(who) === conditionOf(others)) return true;
  const [circle, inner] = [tiersOf(who), tiersOf(others)];
  if (circle && inner) return inner.every((tier) => circle.includes(tier));
  if (who.kind === 'points' && others.kind === 'points') return (who.points ?? 0) <= (others.points ?? 0);
  return who.kind === 'region' && others.kind === 'region' && others.regions.every((one) => who.regions.includes(one));
};
