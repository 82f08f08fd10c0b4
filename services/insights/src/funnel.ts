import type { Ref, Store } from '@fcode/dynamo';
import { channels } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/** Events of a campaign's codes, each counted once. */
export interface Totals {
  claimed: number;
  /** Holds made, whatever became of them. */
  held: number;
  redeemed: number;
}

export const totalsRef = (campaignId: string): Ref<Totals> => ({
  pk: `funnel/${campaignId}`,
  sk: 'totals',
  initial: { claimed: 0, held: 0, redeemed: 0 },
  evolve: (totals, { type, data }) => {
    if (type !== 'step.taken') return totals;
    const step = data as keyof Totals;
    return { ...totals, [step]: totals[step] + 1 };
  },
});

export const stepTaken = (step: keyof Totals): Fact => ({ type: 'step.taken', data: step });

/** In the order in which they are answered; `other` is a code that was passed on without a link. */
export const sharedBy = [...channels, 'other'] as const;
export type SharedBy = (typeof sharedBy)[number];

/** What came of sharing by one channel. */
export interface Tally {
  links: number;
  clicks: number;
  referrals: number;
  /** Vested and not reversed. */
  rewards: number;
  /** Of those rewards, in millionths: whole numbers add up to the same in whatever order they come. */
  micropoints: number;
}

export const micropointsOf = (points: number): number => Math.round(points * 1_000_000);

const tallyAt = (pk: string, channel: SharedBy): Ref<Tally> => ({
  pk,
  sk: channel,
  initial: { links: 0, clicks: 0, referrals: 0, rewards: 0, micropoints: 0 },
  evolve: (tally, { type, data }) => {
    if (type !== 'tally.grown') return tally;
    const by = data as Partial<Tally>;
    return {
      links: tally.links + (by.links ?? 0),
      clicks: tally.clicks + (by.clicks ?? 0),
      referrals: tally.referrals + (by.referrals ?? 0),
      rewards: tally.rewards + (by.rewards ?? 0),
      micropoints: tally.micropoints + (by.micropoints ?? 0),
    };
  },
});

export const tallyGrown = (by: Partial<Tally>): Fact => ({ type: 'tally.grown', data: by });

/** Of the whole campaign. */
export const campaignTally = (campaignId: string) => (channel: SharedBy) => tallyAt(`funnel/${campaignId}`, channel);

/** Of one member's links, referrals and rewards. */
export const memberTally = (memberId: string, campaignId: string) => (channel: SharedBy) =>
  tallyAt(`shares/${memberId}/${campaignId}`, channel);

/** The two tallies that a member's share by one channel counts in. */
export const talliesOf = (
  memberId: string,
  campaignId: string,
  channel: SharedBy = 'other',
): [Ref<Tally>, Ref<Tally>] => [campaignTally(campaignId)(channel), memberTally(memberId, campaignId)(channel)];

/** The channels that have something in them, as they are answered. Rejects with StoreBusy. */
export const readChannels = async (store: Store, tallyOf: (channel: SharedBy) => Ref<Tally>, deadline: number) => {
  const tallies = await store.read(sharedBy.map(tallyOf), deadline);
  return tallies
    .map(({ state }, position) => ({ channel: sharedBy[position] as SharedBy, ...state }))
    .filter(({ links, clicks, referrals, rewards }) => links > 0 || clicks > 0 || referrals > 0 || rewards > 0)
    .map(({ micropoints, ...counts }) => ({ ...counts, points: micropoints / 1_000_000 }));
};
