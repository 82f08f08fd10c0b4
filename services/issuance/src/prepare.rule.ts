import { campaignPrepared } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Command } from './campaign.rules.ts';
import type { Campaign } from './campaign.ts';
import type { Peak, Plan, Prepared, PrepareReceipt } from './prepared.ts';
import type { Refusal } from './refusals.ts';

/** Before it opens within so long, a slice of the quota would lie about for nothing. */
const aheadMs = 3_600_000;

/** `plan`: what the peak needs. The same peak again is no news. */
export const prepare = (
  { campaignId, by, at }: Command,
  { claimsPerSecond, ordersPerSecond }: Peak,
  plan: Plan,
  prepared: Prepared,
  campaign: Campaign,
): Decision<PrepareReceipt, Refusal> => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  const receipt = { campaignId, claimsPerSecond, ordersPerSecond, plan };
  const { peak } = prepared;
  if (peak?.claimsPerSecond === claimsPerSecond && peak.ordersPerSecond === ordersPerSecond) return again(receipt);
  if (campaign.status === 'closed') return refuse('campaign_closed');
  if (at >= Date.parse(campaign.definition.endsAt)) return refuse('campaign_ended');
  return accept([campaignPrepared.of({ campaignId, by, claimsPerSecond, ordersPerSecond })], receipt);
};

/** Whether its claims can come within the hour, or come already; `at` in epoch ms. */
export const opensSoon = (campaign: Campaign, at: number): boolean =>
  campaign.status === 'published' &&
  at >= Date.parse(campaign.definition.startsAt) - aheadMs &&
  at < Date.parse(campaign.definition.endsAt);
