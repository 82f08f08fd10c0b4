import type { Ref } from '@fcode/dynamo';
import { newcomer, type Standing } from '@fcode/policy';
import { memberPartition } from './member-codes.ts';

/** A member's standing as last heard, badges included; `sequence` is the event's, 0 when nothing was heard. */
export interface KnownStanding {
  standing: Standing;
  sequence: number;
}

export const standingRef = (memberId: string): Ref<KnownStanding> => ({
  pk: memberPartition(memberId),
  sk: 'standing',
  initial: { standing: newcomer, sequence: 0 },
  evolve: (_, fact) => fact.data as KnownStanding,
});
