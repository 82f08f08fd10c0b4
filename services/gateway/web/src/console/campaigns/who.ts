import type { Tier } from '../../api.ts';
import { isoOf, wallOf } from './zone.ts';

/** From the innermost circle outwards. */
export const tiers = ['angel', 'core', 'loyal', 'fan'] as const satisfies Tier[];

/** For whom a rule of an allotment is: one of the common forms, or a condition in somebody's own words. */
export type Who =
  | { kind: 'everybody' }
  | { kind: 'tier'; tier: Tier }
  /** `before` is a time of the campaign's clocks, or empty. */
  | { kind: 'points'; points: number | undefined; before: string }
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
      return { kind, points: 100, before: '' };
    case 'badge':
      return { kind, badge: '' };
    case 'region':
      return { kind, regions: [] };
    case 'own':
      return { kind, text };
  }
};

const listed = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;

/** The condition that says so (Common Expression Language); of a form that is not filled, one that the API refuses or an empty one. */
export const conditionOf = (who: Who, timeZone: string): string => {
  switch (who.kind) {
    case 'everybody':
      return 'true';
    case 'tier':
      return who.tier === 'angel'
        ? 'tier == "angel"'
        : `tier in ${listed(tiers.slice(0, tiers.indexOf(who.tier) + 1))}`;
    case 'points': {
      const before = isoOf(who.before, timeZone);
      const enough = `score >= ${who.points ?? 0}`;
      return before === undefined ? enough : `${enough} && at < timestamp("${before}")`;
    }
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
export const whoOf = (condition: string, timeZone: string): Who => {
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
    const [, points, until] = /^score >= (\d+)(?: && at < timestamp\("([^"]+)"\))?$/.exec(condition) ?? [];
    if (points !== undefined) {
      const at = Date.parse(until ?? '');
      return { kind: 'points', points: Number(points), before: Number.isNaN(at) ? '' : wallOf(at, timeZone) };
    }
    return condition === 'true' ? { kind: 'everybody' } : { kind: 'own', text: condition };
  };
  const who = guess();
  return conditionOf(who, timeZone) === condition ? who : { kind: 'own', text: condition };
};
