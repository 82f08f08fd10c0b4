import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { ClaimStore } from './claim-store.ts';

/**
 * Points buy a code of the quota, or are told to be given back, once: by the purchase's id, however often it is heard and by
 * however many at once. Decided as of now: a code of a campaign that has ended meanwhile would be of no use. A paused campaign
 * refuses a purchase as it refuses a claim: nobody can say whether it will go on, and points that come back at once buy there
 * later, or elsewhere; waiting would keep them, and whatever else this partition tells.
 */
export const onPointsSpent =
  (claims: ClaimStore, clock: () => number) =>
  async (heard: Heard<'points.spent'>): Promise<void> => {
    const { purchaseId, memberId, campaignId, region = '' } = heard.data;
    const request = causedBy(heard, clock);
    await claims.buy({ purchaseId, memberId, campaignId, region, at: request.at }, request);
  };
