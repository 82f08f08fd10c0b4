import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { micropointsOf, talliesOf, tallyGrown } from './funnel.ts';
import { addEntry, entryAdded, referralEntryRef } from './history.ts';
import { once } from './once.ts';
import { rewardHeard, rewardRef } from './reward.ts';

/** Counts a referral for its inviter, by the channel that it came by. */
export const onReferralMade =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'referral.made'>): Promise<void> => {
    const { inviter, campaignId, channel } = heard.data;
    await once(
      store,
      causedBy(heard, clock),
      [...talliesOf(heard.id, inviter, campaignId, channel), referralEntryRef(heard)],
      () => [tallyGrown({ referrals: 1 }), entryAdded(heard)],
    );
  };

/** A reward that may still come counts nowhere yet. */
export const onRewardPending =
  (store: Store, clock: () => number) =>
  (heard: Heard<'reward.pending'>): Promise<void> =>
    addEntry(store, causedBy(heard, clock), referralEntryRef(heard), entryAdded(heard));

/** Counts a reward from when it vested until it is reversed, whichever is heard first. */
export const onRewardSettled =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'reward.vested' | 'reward.reversed'>): Promise<void> => {
    const { rewardId, inviter, campaignId, channel, points } = heard.data;
    const told = heard.type === 'reward.vested' ? { micropoints: micropointsOf(points) } : { reversed: true as const };
    await once(
      store,
      causedBy(heard, clock),
      [rewardRef(rewardId), ...talliesOf(heard.id, inviter, campaignId, channel), referralEntryRef(heard)],
      ([reward]) => [...rewardHeard(reward, told), entryAdded(heard)],
    );
  };
