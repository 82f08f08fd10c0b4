import { codeClaimed } from '@fcode/events';
import {
  type Allotment,
  accept,
  again,
  type Decided,
  type Decision,
  decided,
  type Reason,
  refuse,
} from '@fcode/policy';
import { type Campaign, type KnownCampaign, phaseAt } from './campaign.ts';
import { codeKept, type MemberCode, type MemberCodes } from './member-codes.ts';
import { type Lease, leftIn } from './quota.ts';
import type { Refusal } from './refusals.ts';

/** A member takes a code from the allotment. `request` names this wish; `at` in epoch ms. */
export interface Claim {
  campaignId: string;
  memberId: string;
  request: string;
  at: number;
}

export interface ClaimReceipt {
  campaignId: string;
  batch: number;
  index: number;
  keyVersion: number;
  claimedAt: string;
  allotted: number;
  claimed: number;
  tier: string;
  decision: Decided;
}

const closed = {
  draft: 'campaign_not_found',
  scheduled: 'campaign_not_open',
  ended: 'campaign_ended',
  paused: 'campaign_paused',
  closed: 'campaign_closed',
} as const;

/** Why a member may not claim in this campaign, whatever the quota; undefined when it may. */
export const whyNotClaim = (
  campaign: Campaign,
  { allotted, claimed, at }: { allotted: Allotment; claimed: number; at: number },
): { refusal: Refusal; reasons: Reason[] } | undefined => {
  const phase = campaign.status === 'none' ? 'draft' : phaseAt(campaign, at);
  if (phase !== 'open') return { refusal: closed[phase], reasons: [{ code: closed[phase] }] };
  if (allotted.codes === 0) return { refusal: 'nothing_allotted', reasons: allotted.reasons };
  if (claimed >= allotted.codes) return { refusal: 'allotment_used', reasons: reasonsOf(allotted, claimed) };
  return undefined;
};

/** Why so many, and how many were claimed before. */
const reasonsOf = ({ reasons }: Allotment, claimed: number): Reason[] => [
  ...reasons,
  { code: 'claimed', codes: claimed },
];

/** What needs no code to be decided: a retry, or a refusal whatever the quota. */
export const settledBefore = (
  { campaignId, request, at }: Claim,
  mine: MemberCodes,
  campaign: Campaign,
  allotted: Allotment,
): Decision<ClaimReceipt, Refusal> | undefined => {
  const position = mine.codes.findIndex((code) => code.request === request);
  const before = mine.codes[position];
  if (before) return again(receipt(campaignId, before, position + 1), before.reasons);
  const refused = whyNotClaim(campaign, { allotted, claimed: mine.codes.length, at });
  return refused && refuse(refused.refusal, refused.reasons);
};

/** `lease_empty` is not an answer for anybody: it sends the store to get another slice, or to find out that there is none. */
export const claim = (
  command: Claim,
  mine: MemberCodes,
  lease: Lease,
  { campaign, version }: KnownCampaign,
  allotted: Allotment,
): Decision<ClaimReceipt, Refusal | 'lease_empty'> => {
  const settled = settledBefore(command, mine, campaign, allotted);
  if (settled) return settled;
  const { campaignId, memberId, request, at } = command;
  if (lease.status !== 'open' || leftIn(lease) === 0) return refuse('lease_empty');
  const claimedBefore = mine.codes.length;
  const rested = { reasons: reasonsOf(allotted, claimedBefore), termsVersion: version };
  const code: MemberCode = {
    batch: lease.batch,
    index: lease.next,
    keyVersion: lease.keyVersion,
    how: 'claimed',
    at: new Date(at).toISOString(),
    request,
    allotted: allotted.codes,
    tier: allotted.tier,
    ...rested,
  };
  const claimed = claimedBefore + 1;
  const fact = codeClaimed.of({
    batch: code.batch,
    index: code.index,
    campaignId,
    memberId,
    how: 'claimed',
    receipt: { allotted: allotted.codes, claimed, tier: allotted.tier, ...rested },
  });
  return accept([fact, codeKept(code)], receipt(campaignId, code, claimed), rested.reasons);
};

const receipt = (campaignId: string, code: MemberCode, claimed: number): ClaimReceipt => ({
  campaignId,
  batch: code.batch,
  index: code.index,
  keyVersion: code.keyVersion,
  claimedAt: code.at,
  allotted: code.allotted ?? 0,
  claimed,
  tier: code.tier ?? '',
  decision: decided(code),
});
