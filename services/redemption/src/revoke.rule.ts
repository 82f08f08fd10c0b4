import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeRevoked } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Code } from './code.ts';
import type { Refusal } from './refusals.ts';

/** Ops take a code out of use. `at` in epoch ms. */
export interface Revoke {
  code: CodeNumber;
  by: string;
  reason: string;
  at: number;
}

export interface RevokeReceipt {
  status: 'revoked';
  batch: number;
  index: number;
  revokedAt: string;
}

/** For good, and at once: a hold ends with it. What is bought is bought: that is the order's to cancel. */
export const revoke = (
  { code: number, by, reason, at }: Revoke,
  code: Code,
  { campaignId }: { campaignId: string },
): Decision<RevokeReceipt, Refusal> => {
  const receipt = (revokedAt: string): RevokeReceipt => ({ status: 'revoked', ...number, revokedAt });
  if (code.status === 'revoked') return again(receipt(code.revokedAt));
  if (code.status === 'redeemed')
    return refuse('already_redeemed', [{ code: 'redeemed', at: code.redemption.redeemedAt }]);
  const revokedAt = new Date(at).toISOString();
  const hold =
    code.status === 'held'
      ? { hold: { holdId: code.hold.holdId, order: code.hold.order, buyer: code.hold.buyer } }
      : {};
  return accept([codeRevoked.of({ ...number, campaignId, by, reason, ...hold, revokedAt })], receipt(revokedAt));
};
