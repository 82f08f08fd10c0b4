import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { addEntry, entryAdded } from './entry.ts';
import { micropointsOf, talliesOf, tallyGrown } from './funnel.ts';
import { referralEntryRef } from './history.ts';
import { once } from './once.ts';
import { type Reward, rewardHeard, rewardRef } from './reward.ts';

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

type Settled = Heard<'reward.vested' | 'reward.reduced' | 'reward.reversed'>;

const toldBy = ({ type, data }: Settled): Reward => {
  switch (type) {
    case 'reward.vested':
      return { micropoints: micropointsOf(data.points) };
    case 'reward.reduced':
      return { left: micropointsOf(data.left) };
    case 'reward.reversed':
      return { reversed: true };
  }
};

/** Counts a reward from when it vested until it is reversed, less what returns take of it, whichever is heard first. */
export const onRewardSettled =
  (store: Store, clock: () => number) =>
  async (heard: Settled): Promise<void> => {
    const { rewardId, inviter, campaignId, channel } = heard.data;
    await once(
      store,
      causedBy(heard, clock),
      [rewardRef(rewardId), ...talliesOf(heard.id, inviter, campaignId, channel), referralEntryRef(heard)],
      ([reward]) => [...rewardHeard(reward, toldBy(heard)), entryAdded(heard)],
    );
  };
