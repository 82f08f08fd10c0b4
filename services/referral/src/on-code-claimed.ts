import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { claimRef, heard } from './known.ts';
import type { Referrals } from './referrals.ts';

/** Who has a code, known once for good; a purchase that was heard first goes on. */
export const onCodeClaimed =
  (store: Store, referrals: Referrals, clock: () => number) =>
  async (event: Heard<'code.claimed'>): Promise<void> => {
    const { memberId, campaignId } = event.data;
    const request = causedBy(event, clock);
    await store.change(
      [claimRef(event.data)],
      (claim) => (claim.known ? again({}) : accept([heard({ memberId, campaignId })], {})),
      request,
    );
    // Also when it was known: the first delivery may have broken off here.
    await referrals.wakeCode(event.data, request);
  };
