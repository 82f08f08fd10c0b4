import { type Campaign, phaseAt, revisionOf, wholeOf } from './campaign.ts';

/** A campaign as the API shows it, at an instant (epoch ms). */
export const viewOf = (campaignId: string, campaign: Exclude<Campaign, { status: 'none' }>, at: number) => ({
  ...wholeOf(campaign.definition),
  campaignId,
  phase: phaseAt(campaign, at),
  createdAt: campaign.createdAt,
  revision: revisionOf(campaign),
  ...('returned' in campaign && campaign.returned !== undefined ? { returned: campaign.returned } : {}),
  ...('batch' in campaign && campaign.batch !== undefined ? { batch: campaign.batch } : {}),
});
