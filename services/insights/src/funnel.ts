import { createHash } from 'node:crypto';
import type { Ref, Store } from '@fcode/dynamo';
import { channels } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/** Events of a campaign's codes, each counted once. */
export interface Totals {
  claimed: number;
  /** Holds made, whatever became of them. */
  held: number;
  /** Purchases, whatever became of them. */
  redeemed: number;
  /** Purchases whose order was cancelled. */
  cancelled: number;
}

/**
 * What all of a campaign counts in is spread over so many items, and added up where it is read: one item takes one write at
 * a time. An event always counts in the same part.
 */
const parts = Array.from({ length: 8 }, (_, part) => part);
export const partOf = (eventId: string): number =>
  (createHash('sha1').update(eventId).digest()[0] as number) % parts.length;

const noTotals: Totals = { claimed: 0, held: 0, redeemed: 0, cancelled: 0 };

/** A part that was counted before something new was has nothing of it. */
export const totalsRef = (campaignId: string, part: number): Ref<Partial<Totals>> => ({
  pk: `funnel/${campaignId}`,
  sk: `totals/${part}`,
  initial: noTotals,
  evolve: (totals, { type, data }) => {
    if (type !== 'step.taken') return totals;
    const step = data as keyof Totals;
    return { ...totals, [step]: (totals[step] ?? 0) + 1 };
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

const tallyAt = (pk: string, sk: string): Ref<Tally> => ({
  pk,
  sk,
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

/** Of the whole campaign: the parts of a channel. */
export const campaignTally = (campaignId: string) => (channel: SharedBy) =>
  parts.map((part) => tallyAt(`funnel/${campaignId}`, `${channel}/${part}`));

/** Of one member's links, referrals and rewards: whose events come one after the other, so there is one part. */
export const memberTally = (memberId: string, campaignId: string) => (channel: SharedBy) =>
  [tallyAt(`shares/${memberId}/${campaignId}`, channel)] as const;

/** The two tallies that a member's share by one channel counts in. */
export const talliesOf = (
  eventId: string,
  memberId: string,
  campaignId: string,
  channel: SharedBy = 'other',
): [Ref<Tally>, Ref<Tally>] => {
  const [mine] = memberTally(memberId, campaignId)(channel);
  return [campaignTally(campaignId)(channel)[partOf(eventId)] as Ref<Tally>, mine];
};

/** Counts of the same names, added up. */
const sumOf = <Counts extends object>(first: Counts, all: readonly Counts[]): Counts => {
  const names = Object.keys(first) as (keyof Counts)[];
  return Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, counts) => sum + Number(counts[name]), 0)]),
  ) as Counts;
};

/** The campaign's totals. Rejects with StoreBusy. */
export const readTotals = async (store: Store, campaignId: string, deadline: number): Promise<Totals> => {
  const refs = parts.map((part) => totalsRef(campaignId, part));
  const found = await store.read(refs, deadline);
  return sumOf(
    noTotals,
    found.map(({ state }) => ({ ...noTotals, ...state })),
  );
};

/** The channels that have something in them, as they are answered. Rejects with StoreBusy. */
export const readChannels = async (
  store: Store,
  tallyOf: (channel: SharedBy) => readonly Ref<Tally>[],
  deadline: number,
) => {
  const refs = sharedBy.map((channel) => tallyOf(channel));
  const found = await store.read(refs.flat(), deadline);
  return sharedBy
    .map((channel, position) => {
      const from = refs.slice(0, position).flat().length;
      const mine = found.slice(from, from + (refs[position] as readonly Ref<Tally>[]).length).map(({ state }) => state);
      return { channel, ...sumOf(mine[0] as Tally, mine) };
    })
    .filter(({ links, clicks, referrals, rewards }) => links > 0 || clicks > 0 || referrals > 0 || rewards > 0)
    .map(({ micropoints, ...counts }) => ({ ...counts, points: micropoints / 1_000_000 }));
};
