import type { Ref } from '@fcode/dynamo';
import type { AnyFact, CutoffsPublished } from '@fcode/events';

/** Sums from `low` up to, not with, `high`: whole numbers as decimal digits. */
export interface Span {
  low: string;
  high: string;
}

/** The cut-offs in force, and what is to be done about them next. Times in epoch ms. */
export interface Published {
  current?: CutoffsPublished['data'];
  /** When they are to be computed anew. */
  computeAt?: number;
  /** Where somebody may have been told another tier than is theirs by now, by tier; absent when all were looked at. */
  spans?: Record<string, Span>;
  /** When those members are looked at, soon. */
  lookAt?: number;
  /** When they are looked at once more, for the last time. */
  lastLookAt?: number;
}

/** Every instance has read the new cut-offs by then, as a rule. */
const lookAfterMs = 4000;
/**
 * By then nothing can be behind any more: not the board (which may lag by 30 s), not a change that began with the old
 * cut-offs, not a clock (which may be 30 s off). So the last look misses nobody.
 */
const lastLookAfterMs = 150_000;
/** How long after a look that failed for somebody the next is due. */
const againAfterMs = 60_000;

/** Facts of this service alone. */
export const computationDue = (computeAt: number) => ({ type: 'computation.due', data: { computeAt } });
export const looksDue = (spans: Record<string, Span>, at: number) => ({ type: 'looks.due', data: { spans, at } });
export const looked = (which: Look) => ({ type: 'looked', data: { which } });
export const lookFailed = (which: Look, at: number) => ({ type: 'look.failed', data: { which, at } });

/** The look that comes soon, or the last one. */
export type Look = 'lookAt' | 'lastLookAt';

const min = (a: string, b: string): string => (BigInt(a) < BigInt(b) ? a : b);
const max = (a: string, b: string): string => (BigInt(a) > BigInt(b) ? a : b);

const widened = (before: Record<string, Span>, more: Record<string, Span>): Record<string, Span> => {
  const all = { ...before };
  for (const [tier, span] of Object.entries(more)) {
    const known = all[tier];
    all[tier] = known ? { low: min(known.low, span.low), high: max(known.high, span.high) } : span;
  }
  return all;
};

const dueOf = ({ computeAt, lookAt, lastLookAt }: Published): number | undefined => {
  const times = [computeAt, lookAt, lastLookAt].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
};

export const publishedRef: Ref<Published> = {
  pk: 'cutoffs',
  sk: 'current',
  initial: {},
  indexed: (state) => ({ dueAt: dueOf(state) }),
  evolve: (state, fact) => {
    switch (fact.type) {
      case 'computation.due':
        return { ...state, ...(fact.data as { computeAt: number }) };
      case 'looks.due': {
        const { spans, at } = fact.data as { spans: Record<string, Span>; at: number };
        // A look that is due already is not put off, however often cut-offs are asked for; the last one is.
        const lookAt = Math.min(state.lookAt ?? Number.POSITIVE_INFINITY, at + lookAfterMs);
        return { ...state, spans: widened(state.spans ?? {}, spans), lookAt, lastLookAt: at + lastLookAfterMs };
      }
      case 'looked': {
        const { which } = fact.data as { which: Look };
        const { [which]: _, ...rest } = state;
        if (which === 'lookAt') return rest;
        const { spans: __, ...done } = rest;
        return done;
      }
      case 'look.failed': {
        const { which, at } = fact.data as { which: Look; at: number };
        return { ...state, [which]: at + againAfterMs };
      }
    }
    const { type, data } = fact as AnyFact;
    return type === 'cutoffs.published' ? { ...state, current: data } : state;
  },
};
