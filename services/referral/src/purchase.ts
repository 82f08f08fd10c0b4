import type { Ref } from '@fcode/dynamo';
import type { CodeRedeemed, CodeRefunded } from '@fcode/events';
import type { Fact } from '@fcode/policy';
import { batchPartition, codePartition } from './known.ts';

/** What came of a purchase for whoever invited the buyer. */
export type Outcome = 'referred' | 'uninvited' | 'self' | 'cycle' | 'already_referred';

/** All that came back of a purchase so far, in minor units of what was paid for it, and the return that it is known by. */
export type Returned = Pick<CodeRefunded['data'], 'returnId' | 'refunded' | 'paid'>;

/** One thing that undoes a purchase, in part or whole, as it is heard. */
export type Undoing = { isCancelled: true } | { returned: Returned };

/** What is undone of a purchase. Totals only grow, so of its returns the one with the highest tells all. */
export interface Undone {
  isCancelled?: true;
  returned?: Returned;
}

/**
 * A redemption as referral heard it; times in epoch ms. Awaited while only that was heard which undoes it, parked while it is
 * not known who had the code. When it is settled, what undoes it is its referral's.
 */
export type Purchase =
  | { status: 'none' }
  | { status: 'awaited'; undone: Undone; reportAt: number }
  | { status: 'parked'; redemption: CodeRedeemed['data']; undone?: Undone; reportAt: number }
  | { status: 'settled'; outcome: Outcome };

export const undoneOf = (purchase: Purchase): Undone => ('undone' in purchase && purchase.undone) || {};

/** Facts of this service alone. */
export const purchaseParked = (redemption: CodeRedeemed['data'], reportAt: number): Fact => ({
  type: 'purchase.parked',
  data: { redemption, reportAt },
});
export const purchaseUndone = (undoing: Undoing, reportAt: number): Fact => ({
  type: 'purchase.undone',
  data: { undoing, reportAt },
});
export const purchaseReported = (reportAt: number): Fact => ({ type: 'purchase.reported', data: { reportAt } });
export const purchaseSettled = (outcome: Outcome): Fact => ({ type: 'purchase.settled', data: { outcome } });

const evolve = (purchase: Purchase, { type, data }: Fact): Purchase => {
  switch (type) {
    case 'purchase.parked':
      return {
        status: 'parked',
        ...(purchase.status === 'awaited' ? { undone: purchase.undone } : {}),
        ...(data as { redemption: CodeRedeemed['data']; reportAt: number }),
      };
    case 'purchase.undone': {
      const { undoing, reportAt } = data as { undoing: Undoing; reportAt: number };
      if (purchase.status === 'settled') return purchase;
      const undone = { ...undoneOf(purchase), ...undoing };
      return purchase.status === 'none' ? { status: 'awaited', undone, reportAt } : { ...purchase, undone };
    }
    case 'purchase.reported':
      return 'reportAt' in purchase ? { ...purchase, ...(data as { reportAt: number }) } : purchase;
    case 'purchase.settled':
      return { status: 'settled', ...(data as { outcome: Outcome }) };
    default:
      return purchase;
  }
};

export const purchasesPrefix = 'purchase/';
export const purchaseKind: Pick<Ref<Purchase>, 'initial' | 'evolve' | 'indexed'> = {
  initial: { status: 'none' },
  evolve,
  indexed: (purchase) => ({ dueAt: 'reportAt' in purchase ? purchase.reportAt : undefined }),
};

export type CodeOf = { batch: number; index: number; redemptionId: string };

export const purchaseRef = ({ redemptionId, ...code }: CodeOf): Ref<Purchase> => ({
  pk: codePartition(code),
  sk: `${purchasesPrefix}${redemptionId}`,
  ...purchaseKind,
});

/** Finds what is parked when its batch becomes known. */
export interface Waiting {
  redemption?: CodeOf;
}
export const waitingPrefix = 'waiting/';
export const waitingKind = {
  initial: {} as Waiting,
  evolve: (state: Waiting, { type, data }: Fact): Waiting => {
    if (type !== 'purchase.parked') return state;
    const { batch, index, redemptionId } = (data as { redemption: CodeRedeemed['data'] }).redemption;
    return { redemption: { batch, index, redemptionId } };
  },
};
export const waitingRef = ({ batch, redemptionId }: CodeOf): Ref<Waiting> => ({
  pk: batchPartition(batch),
  sk: `${waitingPrefix}${redemptionId}`,
  ...waitingKind,
});
