import {
  batchCreated,
  campaignClosed,
  campaignCreated,
  campaignPaused,
  campaignPublished,
  campaignResumed,
  campaignSettled,
} from '@fcode/events';
import { accept, again, type Decision, lanesOf, refuse } from '@fcode/policy';
import { type Campaign, type Definition, drafted, nextEndIn, pinned, termsOf } from './campaign.ts';
import { partsOf, poolOpened } from './quota.ts';
import type { Refusal } from './refusals.ts';

/** An operator's command about a campaign; `at` in epoch ms. */
export interface Command {
  campaignId: string;
  by: string;
  at: number;
}

export interface CampaignReceipt {
  campaignId: string;
  status: 'draft' | 'published' | 'paused' | 'closed';
}

type Decided = Decision<CampaignReceipt, Refusal>;

/** `copiedFrom`: the campaign that it is made like, where it is. */
export const create = ({ campaignId, by, at }: Command, definition: Definition, copiedFrom?: string): Decided =>
  accept(
    [
      drafted({ definition, createdAt: new Date(at).toISOString() }),
      campaignCreated.of({
        campaignId,
        by,
        name: definition.name,
        ...(copiedFrom === undefined ? {} : { copiedFrom }),
      }),
    ],
    { campaignId, status: 'draft' },
  );

/** The drop stands: its terms can no longer change, its claimable batch and its quota exist. */
export const publish = (
  { campaignId, by, at }: Command,
  campaign: Campaign,
  { batch, keyVersion }: { batch: number; keyVersion: number },
): Decided => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'closed') return refuse('campaign_closed');
  if (campaign.status !== 'draft') return again({ campaignId, status: campaign.status });
  if (at >= Date.parse(campaign.definition.endsAt)) return refuse('campaign_ended');
  const { name, quota, startsAt, endsAt, allotment, waitlist } = campaign.definition;
  const next = nextEndIn(allotment, Number.NEGATIVE_INFINITY);
  const places = waitlist && { offered: 0, back: 0, opensAt: Date.parse(startsAt), next };
  const { pools, size } = partsOf(quota, lanesOf(allotment), { batch, keyVersion }, places);
  return accept(
    [
      campaignPublished.of({ campaignId, by, name, quota, batch, startsAt, endsAt }),
      batchCreated.of({
        campaignId,
        batch,
        size,
        keyVersion,
        terms: termsOf(campaign.definition),
        origin: { kind: 'claims' },
      }),
      pinned({ batch, keyVersion }),
      ...pools.map(poolOpened),
    ],
    { campaignId, status: 'published' },
  );
};

export const pause = ({ campaignId, by }: Command, campaign: Campaign, reason: string): Decided => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'paused') return again({ campaignId, status: 'paused' });
  if (campaign.status !== 'published') return refuse('campaign_not_published');
  return accept([campaignPaused.of({ campaignId, by, reason })], { campaignId, status: 'paused' });
};

export const resume = ({ campaignId, by }: Command, campaign: Campaign, reason: string): Decided => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'published') return again({ campaignId, status: 'published' });
  if (campaign.status !== 'paused') return refuse('campaign_not_paused');
  return accept([campaignResumed.of({ campaignId, by, reason })], { campaignId, status: 'published' });
};

export const close = ({ campaignId, by }: Command, campaign: Campaign, reason: string): Decided => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'closed') return again({ campaignId, status: 'closed' });
  return accept([campaignClosed.of({ campaignId, by, reason })], { campaignId, status: 'closed' });
};

/** What nobody was given of a closed campaign is told once: it is the stock's again. */
export const settle = (campaignId: string, campaign: Campaign, returned: number): Decision<object, Refusal> => {
  if (campaign.status !== 'closed') return refuse('campaign_not_published');
  if (campaign.returned !== undefined || campaign.batch === undefined) return again({});
  return accept([campaignSettled.of({ campaignId, quota: campaign.definition.quota, returned })], {});
};

/** The same drop once more, as a draft; ends of rules move with the window. */
export const copyOf = (
  definition: Definition,
  { name, startsAt, endsAt }: { name?: string | undefined; startsAt: string; endsAt: string },
): Definition => {
  const later = Date.parse(startsAt) - Date.parse(definition.startsAt);
  const moved = (until: string): string => new Date(Date.parse(until) + later).toISOString();
  const { allotment } = definition;
  return {
    ...definition,
    ...(name === undefined ? {} : { name }),
    startsAt,
    endsAt,
    allotment: Array.isArray(allotment)
      ? allotment.map((rule) => (rule.until === undefined ? rule : { ...rule, until: moved(rule.until) }))
      : allotment,
  };
};
