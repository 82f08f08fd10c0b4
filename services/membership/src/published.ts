import type { Ref } from '@fcode/dynamo';
import type { AnyFact, CutoffsPublished } from '@fcode/events';

/** The cut-offs in force, and what is to be done about them next. Times in epoch ms. */
export interface Published {
  current?: CutoffsPublished['data'];
  /** When they are to be computed anew. */
  computeAt?: number;
  /** All that were in force since members were last looked at, until those between them and the current ones have been. */
  before?: (CutoffsPublished['data'] | 'none')[];
  /** When those members are to be looked at; absent when they have been. */
  reviewAt?: number;
}

/** How long after they were published: every instance uses the new cut-offs by then, so that the look misses nobody. */
const reviewAfterMs = 4000;

/** Facts of this service alone. */
export const computationDue = (computeAt: number) => ({ type: 'computation.due', data: { computeAt } });
export const reviewDue = (publishedAt: number) => ({
  type: 'review.due',
  data: { reviewAt: publishedAt + reviewAfterMs },
});
export const membersReviewed = () => ({ type: 'members.reviewed', data: {} });

export const publishedRef: Ref<Published> = {
  pk: 'cutoffs',
  sk: 'current',
  initial: {},
  indexed: ({ computeAt, reviewAt }) => {
    const times = [computeAt, reviewAt].filter((time) => time !== undefined);
    return { dueAt: times.length === 0 ? undefined : Math.min(...times) };
  },
  evolve: (state, fact) => {
    if (fact.type === 'computation.due') return { ...state, ...(fact.data as { computeAt: number }) };
    if (fact.type === 'review.due') return { ...state, ...(fact.data as { reviewAt: number }) };
    if (fact.type === 'members.reviewed') {
      const { before: _, reviewAt: __, ...reviewed } = state;
      return reviewed;
    }
    const { type, data } = fact as AnyFact;
    if (type !== 'cutoffs.published') return state;
    // Where members were not looked at yet, the look that comes spans all steps: somebody may have been told by any of them.
    return { ...state, current: data, before: [...(state.before ?? []), state.current ?? 'none'] };
  },
};
