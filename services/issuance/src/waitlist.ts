import type { Ref } from '@fcode/dynamo';
import { memberPartition } from './member-codes.ts';

/** A member's place among those who wait for a code of a campaign; times as ISO 8601 has them. */
export type Wait =
  | { status: 'none' }
  /** Who has the lower `order` is offered a place first. */
  | { status: 'waiting'; since: string; order: number }
  | { status: 'offered'; since: string; until: string }
  | { status: 'taken' | 'lapsed' | 'left'; since: string; endedAt: string };

/** Beside the event: the place as it is then. */
export const waitKept = (wait: Wait) => ({ type: 'wait.kept', data: wait });

const prefix = 'waitlist/';

/** The board of those who wait, who has waited longest on top. */
export const lineOf = (campaignId: string): string => `waitlist/${campaignId}`;

/** One item a member and campaign, so that nobody waits twice. On the campaign's board while they wait, due while they are offered. */
export const waitRef = (memberId: string, campaignId: string): Ref<Wait> => ({
  pk: memberPartition(memberId),
  sk: `${prefix}${campaignId}`,
  initial: { status: 'none' },
  indexed: (wait) => {
    if (wait.status === 'waiting') return { board: lineOf(campaignId), rank: String(-wait.order) };
    return { dueAt: wait.status === 'offered' ? Date.parse(wait.until) : undefined };
  },
  evolve: (wait, fact) => (fact.type === 'wait.kept' ? (fact.data as Wait) : wait),
});

/** Whose place an item is, and where; undefined where it is none. */
export const waiterOf = ({
  pk,
  sk,
}: {
  pk: string;
  sk: string;
}): { memberId: string; campaignId: string } | undefined =>
  pk.startsWith(memberPartition('')) && sk.startsWith(prefix)
    ? { memberId: pk.slice(memberPartition('').length), campaignId: sk.slice(prefix.length) }
    : undefined;
