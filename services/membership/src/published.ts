import type { Ref } from '@fcode/dynamo';
import type { AnyFact, CutoffsPublished } from '@fcode/events';

/** The cut-offs in force, and what is to be done about them next. Times in epoch ms. */
export interface Published {
  current?: CutoffsPublished['data'];
  /** When they are to be computed anew. */
  computeAt?: number;
  /** The ones before, until the members between them and the current ones have been looked at. */
  before?: CutoffsPublished['data'] | 'none';
}

/** Every instance uses the new cut-offs by then, so a look at the members between old and new misses nobody. */
const reviewAfterMs = 2000;

/** When those members are to be looked at; undefined when they have been. */
export const reviewAt = ({ current, before }: Published): number | undefined =>
  current && before ? Date.parse(current.asOf) + reviewAfterMs : undefined;

/** Facts of this service alone. */
export const computationDue = (computeAt: number) => ({ type: 'computation.due', data: { computeAt } });
export const membersReviewed = () => ({ type: 'members.reviewed', data: {} });

export const publishedRef: Ref<Published> = {
  pk: 'cutoffs',
  sk: 'current',
  initial: {},
  indexed: (state) => {
    const times = [state.computeAt, reviewAt(state)].filter((time) => time !== undefined);
    return { dueAt: times.length === 0 ? undefined : Math.min(...times) };
  },
  evolve: (state, fact) => {
    if (fact.type === 'computation.due') return { ...state, ...(fact.data as { computeAt: number }) };
    if (fact.type === 'members.reviewed') {
      const { before: _, ...reviewed } = state;
      return reviewed;
    }
    const { type, data } = fact as AnyFact;
    if (type !== 'cutoffs.published') return state;
    // Cut-offs whose members were not looked at yet: the look that comes spans both steps.
    return { ...state, current: data, before: state.before ?? state.current ?? 'none' };
  },
};
