import type { Ref } from '@fcode/dynamo';
import type { CodeRedeemed } from '@fcode/events';
import type { Fact } from '@fcode/policy';
import { batchPartition, codePartition } from './known.ts';

/** What came of a purchase for whoever invited the buyer. */
export type Outcome = 'referred' | 'uninvited' | 'self' | 'cycle' | 'already_referred';

/** A redemption as referral heard it. Parked while it is not known who had the code; times in epoch ms. */
export type Purchase =
  | { status: 'none' }
  | { status: 'parked'; redemption: CodeRedeemed['data']; reportAt: number }
  | { status: 'settled'; outcome: Outcome };

/** Facts of this service alone. */
export const purchaseParked = (redemption: CodeRedeemed['data'], reportAt: number): Fact => ({
  type: 'purchase.parked',
  data: { redemption, reportAt },
});
export const purchaseReported = (reportAt: number): Fact => ({ type: 'purchase.reported', data: { reportAt } });
export const purchaseSettled = (outcome: Outcome): Fact => ({ type: 'purchase.settled', data: { outcome } });

const evolve = (purchase: Purchase, { type, data }: Fact): Purchase => {
  switch (type) {
    case 'purchase.parked':
      return { status: 'parked', ...(data as { redemption: CodeRedeemed['data']; reportAt: number }) };
    case 'purchase.reported':
      return purchase.status === 'parked' ? { ...purchase, ...(data as { reportAt: number }) } : purchase;
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
  indexed: (purchase) => ({ dueAt: purchase.status === 'parked' ? purchase.reportAt : undefined }),
};

type CodeOf = { batch: number; index: number; redemptionId: string };

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
