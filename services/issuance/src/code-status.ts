import type { Ref } from '@fcode/dynamo';
import { codeSubject } from '@fcode/events';

/** What became of a code, as last heard from redemption; `sequence` is the code's own, 0 when nothing was heard. */
export interface CodeStatus {
  status: 'unused' | 'held' | 'redeemed' | 'revoked';
  /** When that was told: of a hold that was extended, its extension. */
  since?: string;
  until?: string;
  sequence: number;
}

export const codeStatusRef = (code: { batch: number; index: number }): Ref<CodeStatus> => ({
  pk: codeSubject(code),
  sk: 'status',
  initial: { status: 'unused', sequence: 0 },
  evolve: (_, fact) => fact.data as CodeStatus,
});
