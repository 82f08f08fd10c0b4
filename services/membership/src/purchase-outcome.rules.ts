import { pointsReturned } from '@fcode/events';
import { accept, again, type Decision, type Ladder, refuse } from '@fcode/policy';
import { badgesOf, balanceOf, type Member, sidesOf, standingFacts } from './member.ts';
import { type Bought, codeBought, type Purchase } from './purchase.ts';

/** Issuance tells each purchase one end. Another one is a fault there, and is not hidden here. */
export type Contradiction = 'purchase_unknown' | 'purchase_bought' | 'purchase_refunded';

/** There is a code for the points. */
export const bought = (code: Bought, purchase: Purchase): Decision<object, Contradiction> => {
  switch (purchase.status) {
    case 'none':
      return refuse('purchase_unknown');
    case 'bought':
      return again({});
    case 'refunded':
      return refuse('purchase_refunded');
    case 'pending':
      return accept([codeBought(code)], {});
  }
};

/** There is none: the entry is taken back, by the weight that it has, whatever that many points weigh by now. `at` in epoch ms. */
export const giveBack = (
  reason: string,
  ladder: Ladder,
  at: number,
  member: Member,
  purchase: Purchase,
): Decision<object, Contradiction> => {
  switch (purchase.status) {
    case 'none':
      return refuse('purchase_unknown');
    case 'bought':
      return refuse('purchase_bought');
    case 'refunded':
      return again({});
    case 'pending': {
      const { memberId, purchaseId, campaignId, points, weight } = purchase;
      const { S, owed } = sidesOf(balanceOf(member) + BigInt(weight));
      const { pins, told } = member;
      const next = { memberId, S, owed, pins, badges: badgesOf(member), told, at };
      const returnedAt = new Date(at).toISOString();
      return accept(
        [
          pointsReturned.of({ memberId, purchaseId, campaignId, points, weight, reason, returnedAt }),
          ...standingFacts(next, ladder, 'score'),
        ],
        {},
      );
    }
  }
};
