import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeAccepted, codeOffered, codeWithdrawn } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, handsOf, type Pass, passAt, turnId } from './code.ts';
import type { Refusal } from './refusals.ts';
import type { Terms } from './terms.ts';
import { statusOf } from './transfer-list.ts';

/** A member passes a code on, or takes one. `at` in epoch ms. */
export interface Transfer {
  code: CodeNumber;
  memberId: string;
  at: number;
}

export interface OfferReceipt {
  status: 'offered';
  transferId: string;
  campaignId: string;
  until: string;
}

/** Whether nothing of the campaign can be bought with a code any more. */
const isDead = (
  { status, isRevoked, endsAt }: Terms,
  at: number,
): Extract<Refusal, `campaign_${string}`> | undefined => {
  if (status === 'killed' || isRevoked) return 'campaign_killed';
  if (status === 'closed') return 'campaign_closed';
  return at >= endsAt ? 'campaign_ended' : undefined;
};

/**
 * Offers the code to whoever opens the link first. `owner` is the member who claimed it or was granted it; while it is
 * with a friend, it is the friend's to pass on, as often as the campaign lets it change hands.
 */
export const offer = (
  { code: number, memberId, at }: Transfer,
  code: Code,
  terms: Terms,
  owner: string | undefined,
): Decision<OfferReceipt, Refusal> => {
  const { campaignId, transferLimit, transferSeconds, endsAt } = terms;
  const pass = passAt(code, at);
  // While it is on offer, it is still with whoever offers it.
  const holder = pass ? (pass.to ?? pass.from) : owner;
  if (pass && pass.to === undefined && pass.from === memberId) return again(offerReceipt(campaignId, pass));
  if (holder !== memberId) return refuse(pass && owner === memberId ? 'transfer_taken' : 'code_not_yours');
  if (code.status === 'revoked') return refuse('code_not_usable', [{ code: 'revoked', at: code.revokedAt }]);
  if (code.status === 'held' || code.status === 'redeemed') return refuse('code_busy', [{ code: code.status }]);
  const dead = isDead(terms, at);
  if (dead) return refuse(dead);
  // What came back may be given to somebody else.
  const hands = handsOf(pass, at);
  if (hands >= transferLimit)
    return refuse('transfers_used', [{ code: 'transfer_limit', limit: transferLimit, hands }]);
  // What a friend has only until the window ends, nobody gets from the friend for longer.
  const ends = Math.min(at + transferSeconds * 1000, endsAt, pass ? Date.parse(pass.until) : Number.POSITIVE_INFINITY);
  const made: Pass = {
    transferId: turnId('tr', number, (code.offers ?? 0) + 1),
    from: memberId,
    offeredAt: new Date(at).toISOString(),
    until: new Date(ends).toISOString(),
  };
  return accept([codeOffered.of({ ...number, campaignId, ...made })], offerReceipt(campaignId, made));
};

const offerReceipt = (campaignId: string, { transferId, until }: Pass): OfferReceipt => ({
  status: 'offered',
  transferId,
  campaignId,
  until,
});

export interface AcceptReceipt {
  status: 'accepted';
  transferId: string;
  campaignId: string;
  from: string;
  until: string;
}

/** The code is the friend's alone until the window ends, or until it is used. */
export const acceptTransfer = (
  { code: number, memberId, transferId, at }: Transfer & { transferId: string },
  code: Code,
  terms: Terms,
): Decision<AcceptReceipt, Refusal> => {
  const pass = passAt(code, at);
  if (pass?.transferId !== transferId) return refuse('transfer_over');
  const { campaignId } = terms;
  const { from, to, until } = pass;
  const receipt: AcceptReceipt = { status: 'accepted', transferId, campaignId, from, until };
  if (to === memberId) return again(receipt);
  if (to !== undefined) return refuse('transfer_taken');
  if (from === memberId) return refuse('transfer_own');
  if (code.status === 'revoked' || isDead(terms, at)) return refuse('transfer_over');
  const acceptedAt = new Date(at).toISOString();
  return accept(
    [codeAccepted.of({ ...number, campaignId, transferId, from, to: memberId, acceptedAt, until })],
    receipt,
  );
};

export type OfferStatus = 'open' | 'accepted' | 'withdrawn' | 'over';

/**
 * How an offer stands for whoever has its link, at `at` in epoch ms: `open` says that a member who accepts now gets the
 * code, `accepted` that somebody has it or has used it. Undefined for any offer but the newest of the code.
 */
export const offerStatus = (transferId: string, code: Code, terms: Terms, at: number): OfferStatus | undefined => {
  const { pass } = code;
  if (pass?.transferId !== transferId) return undefined;
  switch (statusOf(pass, code, at)) {
    case 'offered':
      return isDead(terms, at) ? 'over' : 'open';
    case 'accepted':
    case 'used':
      return 'accepted';
    case 'withdrawn':
      return 'withdrawn';
    case 'returned':
      return 'over';
  }
};

export interface WithdrawReceipt {
  status: 'withdrawn';
  transferId: string;
  withdrawnAt: string;
}

/** The fan takes the offer back, before a friend has accepted it. */
export const withdraw = (
  { code: number, memberId, transferId, at }: Transfer & { transferId: string },
  code: Code,
  { campaignId }: { campaignId: string },
): Decision<WithdrawReceipt, Refusal> => {
  const { pass } = code;
  if (pass?.transferId !== transferId || pass.from !== memberId) return refuse('transfer_not_found');
  const receipt = (withdrawnAt: string): WithdrawReceipt => ({ status: 'withdrawn', transferId, withdrawnAt });
  if (pass.withdrawnAt !== undefined) return again(receipt(pass.withdrawnAt));
  if (!passAt(code, at)) return refuse('transfer_over');
  if (pass.to !== undefined) return refuse('transfer_taken');
  const withdrawnAt = new Date(at).toISOString();
  return accept(
    [codeWithdrawn.of({ ...number, campaignId, transferId, from: memberId, withdrawnAt })],
    receipt(withdrawnAt),
  );
};
