import { codeClaimed, purchaseRefused } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Campaign } from './campaign.ts';
import { whyNotFor } from './claim.rule.ts';
import { codeKept, type MemberCode, type MemberCodes } from './member-codes.ts';
import { type Lease, leftIn } from './quota.ts';
import type { Refusal } from './refusals.ts';

/** Points that a member has spent on a code of a campaign. It is decided when it is heard, at `at` (epoch ms). */
export interface Purchase {
  purchaseId: string;
  memberId: string;
  campaignId: string;
  /** Where the member lives, as the identity provider says; empty where it does not. */
  region: string;
  at: number;
}

/** What a purchase has come to. */
export type Outcome = { batch: number; index: number } | { refused: string };

/** What a purchase came to before; undefined when that is still open. */
const outcomeOf = ({ codes: [code], refused }: MemberCodes): Outcome | undefined => {
  if (code) return { batch: code.batch, index: code.index };
  return refused === undefined ? undefined : { refused };
};

/** What needs no code to be decided: heard before, or refused whatever the quota. */
export const settledSale = (
  { region, at }: Purchase,
  mine: MemberCodes,
  campaign: Campaign,
): Decision<Outcome, Refusal> | undefined => {
  const before = outcomeOf(mine);
  if (before) return again(before);
  const refused = whyNotFor(campaign, { region, at });
  return refused && refuse(refused.refusal, refused.reasons);
};

/**
 * The next code of the lease is the member's: of the quota, whatever the allotment. `lease_empty` is no answer for anybody: it
 * sends the store to get another slice.
 */
export const buy = (
  purchase: Purchase,
  mine: MemberCodes,
  lease: Lease,
  campaign: Campaign,
): Decision<Outcome, Refusal | 'lease_empty'> => {
  const settled = settledSale(purchase, mine, campaign);
  if (settled) return settled;
  if (lease.status !== 'open' || leftIn(lease) === 0) return refuse('lease_empty');
  const { purchaseId, campaignId, memberId, at } = purchase;
  const { batch, next: index, keyVersion } = lease;
  const code: MemberCode = { batch, index, keyVersion, how: 'bought', at: new Date(at).toISOString() };
  return accept([codeClaimed.of({ batch, index, campaignId, memberId, how: 'bought', purchaseId }), codeKept(code)], {
    batch,
    index,
  });
};

/** There is no code, for good: the points go back. What was given or refused before stays so. */
export const refuseSale = (
  { purchaseId, memberId, campaignId }: Purchase,
  reason: Refusal,
  mine: MemberCodes,
): Decision<Outcome, never> => {
  const before = outcomeOf(mine);
  if (before) return again(before);
  return accept([purchaseRefused.of({ purchaseId, memberId, campaignId, reason })], { refused: reason });
};
