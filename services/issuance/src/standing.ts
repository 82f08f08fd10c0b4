import type { Ref } from '@fcode/dynamo';
import { newcomer, type Standing } from '@fcode/policy';
import { memberPartition } from './member-codes.ts';

/** A member's standing as last heard, badges included; `sequence` is the event's, 0 when nothing was heard. */
export interface KnownStanding {
  standing: Standing;
  sequence: number;
}

/** Whether anything was ever heard of the member: who only has codes, or is none at all, is not known. */
export const isKnown = ({ sequence }: KnownStanding): boolean => sequence > 0;

/**
 * Whoever was heard of is on the table's board, by the sum of the score: also who has none of it, but pins or badges. What was
 * kept by a release that knew no board stands on it from the next time that the member is heard of.
 */
export const standingRef = (memberId: string): Ref<KnownStanding> => ({
  pk: memberPartition(memberId),
  sk: 'standing',
  initial: { standing: newcomer, sequence: 0 },
  indexed: ({ standing: { S }, sequence }) => ({ rank: sequence === 0 ? undefined : S }),
  evolve: (_, fact) => fact.data as KnownStanding,
});
