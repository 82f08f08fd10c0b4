import { type CutoffsPublished, cutoffsAsked, cutoffsPublished } from '@fcode/events';
import {
  accept,
  again,
  type Cutoff,
  cutoffsInForce,
  type Decision,
  type Ladder,
  nextCutoffsAt,
  type Policy,
  thresholdAt,
} from '@fcode/policy';
import { endNoted, endOf, type Member, tierFacts } from './member.ts';
import { computationDue, type Look, looked, lookFailed, looksDue, type Published, type Span } from './published.ts';

/** Above every sum. */
export const endless = '9'.repeat(38);

/** At the first start there is nothing to compute from yet: the set hour is noted. */
export const begin = (policy: Policy, at: number, { computeAt }: Published): Decision<object, never> =>
  computeAt === undefined ? accept([computationDue(nextCutoffsAt(policy, at))], {}) : again({});

/**
 * Ops want the cut-offs computed now, not at the set hour. `at` in epoch ms. One that is under way may have read the board
 * before what was recorded last, and does not answer this.
 */
export const askFor = (by: string, at: number): Decision<{ dueAt: string }, never> =>
  accept([computationDue(at), cutoffsAsked.of({ by })], { dueAt: new Date(at).toISOString() });

/** Cut-offs as they were computed, and which were in force (by their `asOf`) when that began. */
export interface Computed {
  data: CutoffsPublished['data'];
  after: string | undefined;
}

/**
 * Puts computed cut-offs in force at `at` (epoch ms), and notes the looks that follow and the next set hour, or what was
 * asked for meanwhile. Where others came into force meanwhile, this computation is the older one, whatever clocks say.
 */
export const publish = (
  { data, after }: Computed,
  policy: Policy,
  at: number,
  { current, computeAt }: Published,
): Decision<object, never> => {
  if (current?.asOf !== after) return again({});
  const began = Date.parse(data.asOf);
  const isAsked = computeAt !== undefined && computeAt > began;
  // The clock of who computed the last ones may have been ahead: who waits for these waits for a later time all the same.
  const asOf = new Date(Math.max(began, current ? Date.parse(current.asOf) + 1 : began)).toISOString();
  const next = { ...data, asOf };
  return accept(
    [
      cutoffsPublished.of(next),
      looksDue(spansBetween(policy, current, next, at), at),
      computationDue(isAsked ? computeAt : nextCutoffsAt(policy, began)),
    ],
    {},
  );
};

/** Between the old and the new cut-off of each tier: nobody else's tier is another by them. */
const spansBetween = (
  policy: Policy,
  before: CutoffsPublished['data'] | undefined,
  now: CutoffsPublished['data'],
  at: number,
): Record<string, Span> => {
  const [old, fresh] = [sumsOf(policy, before, at), sumsOf(policy, now, at)];
  const spans: Record<string, Span> = {};
  for (const tier of new Set([...old.keys(), ...fresh.keys()])) {
    const [a, b] = [old.get(tier) ?? BigInt(endless), fresh.get(tier) ?? BigInt(endless)];
    if (a !== b) spans[tier] = a < b ? { low: String(a), high: String(b) } : { low: String(b), high: String(a) };
  }
  return spans;
};

/** What cut-offs have come to at `at`: their own sums, or more since they stand still. */
const sumsOf = (policy: Policy, told: CutoffsPublished['data'] | undefined, at: number): Map<string, bigint> => {
  if (!told) return new Map();
  const ladder = { policy, cutoffs: cutoffsInForce(told) };
  const sumOf = (cutoff: Cutoff): bigint =>
    at <= ladder.cutoffs.until ? BigInt(cutoff.S) : BigInt(Math.ceil(thresholdAt(ladder, cutoff, at).S));
  return new Map(ladder.cutoffs.cutoffs.map((cutoff) => [cutoff.tier, sumOf(cutoff)]));
};

/** All members of the spans were looked at by the cut-offs of `asOf`. Where newer ones came meanwhile, the look is due still. */
export const finishLook = (asOf: string | undefined, which: Look, state: Published): Decision<object, never> =>
  state[which] === undefined || state.current?.asOf !== asOf ? again({}) : accept([looked(which)], {});

/** Some could not be looked at: once more, a little later. */
export const putOffLook = (which: Look, at: number, state: Published): Decision<object, never> =>
  state[which] === undefined ? again({}) : accept([lookFailed(which, at)], {});

/** Looks at a member whose tier may have ended, or begun, although nothing was contributed. */
export const review = (
  memberId: string,
  ladder: Ladder,
  at: number,
  because: 'decay' | 'cutoffs',
  member: Member,
): Decision<object, never> => {
  const end = endOf(member, ladder, at);
  const facts = [
    ...tierFacts(memberId, member, member.told, ladder, at, because),
    ...(end === member.fallsAt ? [] : [endNoted(end)]),
  ];
  return facts.length === 0 ? again({}) : accept(facts, {});
};
