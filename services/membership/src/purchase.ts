import type { Ref } from '@fcode/dynamo';
import type { AnyFact, PointsSpent } from '@fcode/events';
import { memberPartition } from './member.ts';

/** The source under which purchases stand in the ledger; no other may use it. */
export const purchaseSource = 'purchase';

type Spent = PointsSpent['data'];

/** Points that a member spent on a code, and what came of it. It is a ledger entry: its weight is what was taken off the sum. */
export type Purchase =
  | { status: 'none' }
  | ({ status: 'pending' } & Spent)
  | ({ status: 'bought'; batch: number; index: number; boughtAt: string } & Spent)
  /** The points are the member's again. */
  | ({ status: 'refunded'; reason: string; refundedAt: string } & Spent);

/** A code that issuance gave for the points. A fact of this service alone: everybody has heard of it by `code.claimed`. */
export interface Bought {
  purchaseId: string;
  batch: number;
  index: number;
  /** ISO 8601. */
  boughtAt: string;
}
export const codeBought = (bought: Bought) => ({ type: 'code.bought', data: bought });

export const purchaseRef = (purchaseId: string): Ref<Purchase> => ({
  pk: `ledger/${purchaseSource}/${purchaseId}`,
  sk: 'entry',
  initial: { status: 'none' },
  evolve: (purchase, fact) => {
    if (fact.type === 'code.bought') {
      const { batch, index, boughtAt } = fact.data as Bought;
      return purchase.status === 'none' ? purchase : { ...purchase, status: 'bought', batch, index, boughtAt };
    }
    const { type, data } = fact as AnyFact;
    if (type === 'points.spent') return { status: 'pending', ...data };
    if (type !== 'points.returned' || purchase.status === 'none') return purchase;
    return { ...purchase, status: 'refunded', reason: data.reason, refundedAt: data.returnedAt };
  },
});

/** One line of a member's list of purchases. */
export interface InList {
  purchaseId: string;
}

export const purchasesPrefix = 'purchase/';
export const inListKind = {
  initial: { purchaseId: '' } as InList,
  evolve: (state: InList, fact: { type: string; data: unknown }): InList =>
    fact.type === 'points.spent' ? { purchaseId: (fact.data as Spent).purchaseId } : state,
};

/** In the order of time. */
export const inListRef = (memberId: string, purchaseId: string, spentAt: string): Ref<InList> => ({
  pk: memberPartition(memberId),
  sk: `${purchasesPrefix}${spentAt}/${purchaseId}`,
  ...inListKind,
});
