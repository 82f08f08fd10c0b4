import type { Ref } from '@fcode/dynamo';
import { codeSubject, padSequence } from '@fcode/events';

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
  evolve: (_, fact) => fact.data as KnownBatch,
});

/** A fact of this service alone: `batch.created` itself would go out again from here, as if it had happened twice. */
export const batchHeard = (batch: KnownBatch) => ({ type: 'batch.heard', data: batch });

/** So many of the newest entries tell the status: a code keeps 24 past holds, and each can be told lost once. */
export const newestForStatus = 25;

/**
 * What happened last makes the status of the code at `at` (epoch ms); an expired hold counts as free. That a paid order
 * lost its hold says nothing of who has the code. `entries` newest first.
 */
export const statusAfter = (entries: (Entry | undefined)[], at: number): 'unused' | 'held' | 'redeemed' => {
  const last = entries.find((entry) => entry !== undefined && entry.type !== 'code.hold_lost');
  if (last?.type === 'code.redeemed') return 'redeemed';
  return last?.type === 'code.held' && Date.parse(String(last.data.holdUntil)) > at ? 'held' : 'unused';
};
