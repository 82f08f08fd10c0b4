import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { batchOf, batchRef, campaignPart, campaignRef, heard } from './known.ts';
import type { Referrals } from './referrals.ts';

/** Whether a batch's codes are somebody's; if not, purchases that waited to know go on. Its terms describe its campaign. */
export const onBatchCreated =
  (store: Store, referrals: Referrals, clock: () => number) =>
  async (event: Heard<'batch.created'>): Promise<void> => {
    const { batch, campaignId, terms } = event.data;
    const request = causedBy(event, clock);
    const known = batchOf(event.data);
    await store.change([batchRef(batch)], (before) => (before.known ? again({}) : accept([heard(known)], {})), request);
    await store.change(
      [campaignRef(campaignId)],
      (campaign) => (campaign.terms ? again({}) : accept([campaignPart({ terms })], {})),
      request,
    );
    // Also when it was known: the first delivery may have broken off here.
    if (!known.isClaimable) await referrals.wakeBatch(batch, request);
  };
