import { createHash } from 'node:crypto';
import type { Key, Ref } from '@fcode/dynamo';
import { type AnyFact, contributionsImported } from '@fcode/events';
import { accept, again, type Decision, type Fact } from '@fcode/policy';
import type { Contribution, Result } from './contribute.rule.ts';

/** An operator's request to record contributions, and what it changed that is not told yet. */
export interface Import {
  untold?: Untold;
}

interface Untold {
  by: string;
  /** Rows that were counted or taken back. */
  count: number;
  /** In the order of the alphabet. */
  sources: string[];
  /** The request that they came with. */
  correlationId: string;
  /** Of the first of them, in epoch ms. */
  since: number;
}

/** When it is told at the latest where the process that recorded the rows could not any more; ms. */
const toldAfterMs = 60_000;

const importsPrefix = 'import/';

/** Whether something that is due is about an import. */
export const isImport = ({ pk }: Key): boolean => pk.startsWith(importsPrefix);

/** By who asks and for what: who asks again, since no answer came, tells what the first request changed. */
export const importOf = (by: string, contributions: readonly Contribution[]): Ref<Import> => {
  const asked = JSON.stringify([by, contributions]);
  return importRef({
    pk: `${importsPrefix}${createHash('sha256').update(asked).digest('base64url').slice(0, 22)}`,
    sk: 'import',
  });
};

export const importRef = ({ pk, sk }: Key): Ref<Import> => ({
  pk,
  sk,
  initial: {},
  indexed: ({ untold }) => ({ dueAt: untold && untold.since + toldAfterMs }),
  evolve: (state, fact) => {
    if (fact.type === 'rows.counted') return { untold: joined(state.untold, fact.data as Untold) };
    return (fact as AnyFact).type === 'contributions.imported' ? {} : state;
  },
});

const joined = (before: Untold | undefined, more: Untold): Untold => {
  if (!before) return more;
  const sources = [...new Set([...before.sources, ...more.sources])].sort();
  return { ...before, count: before.count + more.count, sources };
};

/**
 * Counts the rows that a decision accepts, in the same transaction, so that what ops changed is told even where the process
 * ends right after it.
 */
export const counting = (
  decision: Decision<{ results: Result[] }, never>,
  rows: readonly Contribution[],
  who: Pick<Untold, 'by' | 'correlationId' | 'since'>,
): Decision<{ results: Result[] }, never> => {
  if (decision.outcome !== 'accepted') return decision;
  const changed = rows.filter((_, position) => decision.receipt.results[position]?.status === 'accepted');
  const sources = [...new Set(changed.map(({ source }) => source))].sort();
  // A fact of this service alone.
  const counted: Fact = { type: 'rows.counted', data: { ...who, count: changed.length, sources } satisfies Untold };
  return { ...decision, facts: [...decision.facts, counted] };
};

/** Tells what an operator's request changed, once. */
export const tell = ({ untold }: Import): Decision<object, never> => {
  if (!untold) return again({});
  const { by, count, sources } = untold;
  return accept([contributionsImported.of({ by, count, sources })], {});
};
