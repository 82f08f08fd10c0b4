import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';
import type { Fact } from '@fcode/policy';
import { memberBuyer } from './buyer.ts';
import { type Code, isOver } from './code.ts';
import { memberPartition } from './owner.ts';

/** A transfer in the list of the fan who offered it, and of the friend who accepted it. */
export interface Listed {
  transferId: string;
  campaignId: string;
  code: CodeNumber;
  from: string;
  to?: string;
  until: string;
  withdrawnAt?: string;
}

export interface InList {
  listed?: Listed;
}

const evolve = (state: InList, fact: Fact): InList => {
  const { type, data } = fact as AnyFact;
  switch (type) {
    case 'code.offered':
    case 'code.accepted': {
      const { transferId, campaignId, batch, index, from, until } = data;
      const to = type === 'code.accepted' ? { to: data.to } : {};
      return { listed: { transferId, campaignId, code: { batch, index }, from, until, ...to } };
    }
    case 'code.withdrawn':
      return state.listed ? { listed: { ...state.listed, withdrawnAt: data.withdrawnAt } } : state;
    default:
      return state;
  }
};

export const transfersPrefix = 'transfer/';
export const inListKind: Pick<Ref<InList>, 'initial' | 'evolve'> = { initial: {}, evolve };

/** By when it was offered, so that a list is in that order. */
export const inListRef = (memberId: string, offeredAt: string, transferId: string): Ref<InList> => ({
  pk: memberPartition(memberId),
  sk: `${transfersPrefix}${offeredAt}/${transferId}`,
  ...inListKind,
});

export type TransferStatus = 'offered' | 'accepted' | 'used' | 'withdrawn' | 'returned';

/** What became of a transfer, at `at` in epoch ms, from the list's item, or the code's own, and its code as it is. */
export const statusOf = (
  { to, until, withdrawnAt }: Pick<Listed, 'to' | 'until' | 'withdrawnAt'>,
  code: Code,
  at: number,
): TransferStatus => {
  if (withdrawnAt !== undefined) return 'withdrawn';
  const isFriends = (owner: { buyer: string }) => to !== undefined && owner.buyer === memberBuyer(to);
  if (code.status === 'redeemed' && isFriends(code.redemption)) return 'used';
  // An order of the friend's that was begun in time may still be paid.
  if (code.status === 'held' && isFriends(code.hold) && !isOver(code.hold.holdUntil, at)) return 'accepted';
  if (code.status === 'revoked' || isOver(until, at)) return 'returned';
  return to === undefined ? 'offered' : 'accepted';
};
