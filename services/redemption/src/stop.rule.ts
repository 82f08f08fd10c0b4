import { batchRevoked, checkoutKilled, checkoutPaused, checkoutResumed } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Refusal } from './refusals.ts';
import type { Stop, Terms } from './terms.ts';

/** Ops stop what checkout may do, or let it go on. */
export interface StopCampaign {
  campaignId: string;
  by: string;
  reason: string;
}

export interface StopReceipt {
  campaignId: string;
  checkout: 'open' | 'paused' | 'killed';
}

type Decided = Decision<StopReceipt, Refusal>;
/** What checkout knows of the campaign; nothing when it never heard of it. */
type Known = { stop: Stop } | undefined;

/** No codes are taken any more until it is resumed. Holds that exist may still be paid. */
export const pause = (command: StopCampaign, known: Known): Decided => {
  const { campaignId } = command;
  if (!known) return refuse('campaign_not_found');
  if (known.stop === 'killed') return refuse('campaign_killed');
  if (known.stop === 'paused') return again({ campaignId, checkout: 'paused' });
  return accept([checkoutPaused.of(command)], { campaignId, checkout: 'paused' });
};

export const resume = (command: StopCampaign, known: Known): Decided => {
  const { campaignId } = command;
  if (!known) return refuse('campaign_not_found');
  if (known.stop === 'killed') return refuse('campaign_killed');
  if (known.stop === 'none') return again({ campaignId, checkout: 'open' });
  return accept([checkoutResumed.of(command)], { campaignId, checkout: 'open' });
};

/** Nothing of the campaign is bought with a code any more, for good: a payment on the way is told that its hold is lost. */
export const kill = (command: StopCampaign, known: Known): Decided => {
  const { campaignId } = command;
  if (!known) return refuse('campaign_not_found');
  if (known.stop === 'killed') return again({ campaignId, checkout: 'killed' });
  return accept([checkoutKilled.of(command)], { campaignId, checkout: 'killed' });
};

export interface RevokeBatch {
  batch: number;
  by: string;
  reason: string;
}

export interface RevokeBatchReceipt {
  batch: number;
  campaignId: string;
  status: 'revoked';
}

/** The same for the codes of one batch. */
export const revokeBatch = (
  command: RevokeBatch,
  terms: Pick<Terms, 'campaignId' | 'isRevoked'> | undefined,
): Decision<RevokeBatchReceipt, Refusal> => {
  if (!terms) return refuse('batch_not_found');
  const { campaignId, isRevoked } = terms;
  const receipt: RevokeBatchReceipt = { batch: command.batch, campaignId, status: 'revoked' };
  return isRevoked ? again(receipt) : accept([batchRevoked.of({ campaignId, ...command })], receipt);
};
