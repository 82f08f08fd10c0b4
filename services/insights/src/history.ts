import type { Ref } from '@fcode/dynamo';
import { type AnyFact, codeSubject, padSequence } from '@fcode/events';

type CodeEvent = 'code.claimed' | 'code.held' | 'code.released' | 'code.redeemed' | 'code.hold_lost';

/** One thing that happened to a code, as its event told it. */
export interface Entry {
  type: CodeEvent;
  at: string;
  data: Record<string, unknown>;
  eventId: string;
  correlationId: string;
}

export const historyOf = (code: { batch: number; index: number }): string => codeSubject(code);

export const entryKind = {
  initial: { entry: undefined as Entry | undefined },
  evolve: (_: unknown, fact: { data: unknown }) => ({ entry: fact.data as Entry }),
};

/** Issuance gives a code before redemption touches it; within each service the code's own sequence orders. */
const rank: Record<CodeEvent, number> = {
  'code.claimed': 0,
  'code.held': 1,
  'code.released': 1,
  'code.redeemed': 1,
  'code.hold_lost': 1,
};

/** The same event lands on the same item however often, and in whatever order, it is heard. */
export const entryRef = (
  code: { batch: number; index: number },
  type: CodeEvent,
  sequence: number,
): Ref<{ entry: Entry | undefined }> => ({
  pk: historyOf(code),
  sk: `${rank[type]}/${padSequence(sequence)}`,
  ...entryKind,
});

export interface KnownBatch {
  campaignId?: string;
  size: number;
  keyVersion: number;
  origin?: Record<string, unknown>;
}

export const batchRef = (batch: number): Ref<KnownBatch> => ({
  pk: `batch/${batch}`,
  sk: 'terms',
  initial: { size: 0, keyVersion: 0 },
  evolve: (known, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'batch.created') return known;
    const { campaignId, size, keyVersion, origin } = data;
    return { campaignId, size, keyVersion, origin };
  },
});

/** What the last thing that happened makes of the code at `at` (epoch ms); an expired hold counts as free. */
export const statusAfter = (last: Entry | undefined, at: number): 'unused' | 'held' | 'redeemed' => {
  if (last?.type === 'code.redeemed') return 'redeemed';
  return last?.type === 'code.held' && Date.parse(String(last.data.holdUntil)) > at ? 'held' : 'unused';
};
