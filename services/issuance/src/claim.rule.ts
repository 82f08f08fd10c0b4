import { codeClaimed } from '@fcode/events';
import {
  type Allotment,
  accept,
  again,
  type Candidate,
  type Decided,
  type Decision,
  decided,
  isWithin,
  type Reason,
  refuse,
} from '@fcode/policy';
import { type Campaign, type KnownCampaign, phaseAt, wholeOf } from './campaign.ts';
import { codeKept, type MemberCode, type MemberCodes } from './member-codes.ts';
import { type Lease, leftIn } from './quota.ts';
import type { Refusal } from './refusals.ts';

/** A member takes a code from the allotment. `request` names this wish; `at` in epoch ms. */
export interface Claim {
  campaignId: string;
  memberId: string;
  request: string;
  /** Where the member lives, as the identity provider says; empty where it does not. */
  region: string;
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

type ClosedTo = (typeof closed)[keyof typeof closed] | 'region_not_covered';

/** Why a campaign has no codes for anybody, or for nobody of this region, whatever the quota; undefined when it has. */
export const whyNotFor = (
  campaign: Campaign,
  { region, at }: { region: string; at: number },
): { refusal: ClosedTo; reasons: Reason[] } | undefined => {
  const phase = campaign.status === 'none' ? 'draft' : phaseAt(campaign, at);
  if (phase !== 'open') return { refusal: closed[phase], reasons: [{ code: closed[phase] }] };
  const regions = campaign.status === 'none' ? [] : wholeOf(campaign.definition).regions;
  if (isWithin(region, regions)) return undefined;
  return { refusal: 'region_not_covered', reasons: [{ code: 'covers_regions', regions }] };
};

/** Why a member may not claim in this campaign, whatever the quota; undefined when it may. */
export const whyNotClaim = (
  campaign: Campaign,
  { allotted, claimed, region, at }: { allotted: Allotment; claimed: number; region: string; at: number },
): { refusal: Refusal; reasons: Reason[] } | undefined => {
  const refused = whyNotFor(campaign, { region, at });
  if (refused) return refused;
  if (allotted.codes === 0) return { refusal: 'nothing_allotted', reasons: allotted.reasons };
  if (claimed >= allotted.codes) return { refusal: 'allotment_used', reasons: reasonsOf(allotted, claimed) };
  return undefined;
};

/** Why so many, and how many were claimed before. */
export const reasonsOf = ({ reasons }: Allotment, claimed: number): Reason[] => [
  ...reasons,
  { code: 'claimed', codes: claimed },
];

/** What needs no code to be decided: a retry, or a refusal whatever the quota. */
export const settledBefore = (
  { campaignId, request, region, at }: Claim,
  mine: MemberCodes,
  campaign: Campaign,
  allotted: Allotment,
): Decision<ClaimReceipt, Refusal> | undefined => {
  const position = mine.codes.findIndex((code) => code.request === request);
  const before = mine.codes[position];
  if (before) return again(receiptOf(campaignId, before, position + 1), before.reasons);
  const refused = whyNotClaim(campaign, { allotted, claimed: mine.codes.length, region, at });
  return refused && refuse(refused.refusal, refused.reasons);
};

/** By which of the rules that hold it is, and which of those before it have given all of their places. */
interface ByRule {
  candidate: Candidate;
  full: readonly number[];
}

/**
 * What the decision rested on, as it is kept with the code: the rules are told by their positions, since a campaign's never
 * change.
 */
const reasonsBy = ({ reasons }: Allotment, { candidate, full }: ByRule, claimed: number): Reason[] => [
  ...reasons.flatMap((reason): Reason[] => {
    const { code, rule } = reason;
    if (typeof rule !== 'number') return [reason];
    const position = rule - 1;
    if (position > (candidate.rule ?? 0)) return [];
    if (full.includes(position)) return [{ code: 'rule_full', rule }];
    return [{ code, rule, ...(position === candidate.rule ? { codes: candidate.codes } : {}) }];
  }),
  { code: 'claimed', codes: claimed },
];

/** `lease_empty` and `rule_used` are not answers for anybody: they send the store to get another slice, or to the next rule. */
export const claim = (
  command: Claim,
  mine: MemberCodes,
  lease: Lease,
  { campaign, version }: KnownCampaign,
  allotted: Allotment,
  by: ByRule,
): Decision<ClaimReceipt, Refusal | 'lease_empty' | 'rule_used'> => {
  const settled = settledBefore(command, mine, campaign, allotted);
  if (settled) return settled;
  const { campaignId, memberId, request, at } = command;
  const claimedBefore = mine.codes.length;
  const { codes } = by.candidate;
  if (claimedBefore >= codes) return refuse('rule_used');
  if (lease.status !== 'open' || leftIn(lease) === 0) return refuse('lease_empty');
  const rested = { reasons: reasonsBy(allotted, by, claimedBefore), termsVersion: version };
  const code: MemberCode = {
    batch: lease.batch,
    index: lease.next,
    keyVersion: lease.keyVersion,
    how: 'claimed',
    at: new Date(at).toISOString(),
    request,
    allotted: codes,
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
    receipt: { allotted: codes, claimed, tier: allotted.tier, ...rested },
  });
  return accept([fact, codeKept(code)], receiptOf(campaignId, code, claimed), rested.reasons);
};

/** `claimed`: which of the member's claims here it is, from 1. */
export const receiptOf = (campaignId: string, code: MemberCode, claimed: number): ClaimReceipt => ({
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
