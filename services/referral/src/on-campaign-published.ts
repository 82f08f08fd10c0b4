import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { campaignPart, campaignRef } from './known.ts';

/** What an invitation calls the campaign. */
export const onCampaignPublished =
  (store: Store, clock: () => number) =>
  async (event: Heard<'campaign.published'>): Promise<void> => {
    const { campaignId, name } = event.data;
    await store.change(
      [campaignRef(campaignId)],
      (campaign) => (campaign.name === undefined ? accept([campaignPart({ name })], {}) : again({})),
      causedBy(event, clock),
    );
  };
