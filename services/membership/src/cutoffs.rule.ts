import { type CutoffsPublished, cutoffsPublished } from '@fcode/events';
import { accept, again, type Decision, type Ladder, nextCutoffsAt, type Policy } from '@fcode/policy';
import { endNoted, endOf, type Member, tierFacts } from './member.ts';
import { computationDue, membersReviewed, type Published, reviewDue } from './published.ts';

/** At the first start there is nothing to compute from yet: the set hour is noted. */
export const begin = (policy: Policy, at: number, { computeAt }: Published): Decision<object, never> =>
  computeAt === undefined ? accept([computationDue(nextCutoffsAt(policy, at))], {}) : again({});

/**
 * Ops want the cut-offs computed now, not at the set hour. `at` in epoch ms. One that is under way may have read the board
 * before what was recorded last, and does not answer this.
 */
export const askFor = (at: number): Decision<{ dueAt: string }, never> =>
  accept([computationDue(at)], { dueAt: new Date(at).toISOString() });

/**
 * Puts computed cut-offs in force at `at` (epoch ms), unless newer ones are, and notes the next set hour, or what was asked
 * for while they were being computed.
 */
export const publish = (
  computed: CutoffsPublished['data'],
  policy: Policy,
  at: number,
  { current, computeAt }: Published,
): Decision<object, never> => {
  const asOf = Date.parse(computed.asOf);
  const isAsked = computeAt !== undefined && computeAt > asOf;
  const next = computationDue(isAsked ? computeAt : nextCutoffsAt(policy, asOf));
  return current && current.asOf >= computed.asOf
    ? accept([next], {})
    : accept([cutoffsPublished.of(computed), reviewDue(at), next], {});
};

/** All members between the cut-offs before and those of `asOf` were looked at. Newer ones have their own look. */
export const finishReview = (asOf: string, { current, before }: Published): Decision<object, never> =>
  before === undefined || current?.asOf !== asOf ? again({}) : accept([membersReviewed()], {});

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
