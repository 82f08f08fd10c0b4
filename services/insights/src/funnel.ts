import { createHash } from 'node:crypto';
import type { Key, Ref, Store } from '@fcode/dynamo';
import { channels } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/** Events of a campaign's codes, each counted once. */
export interface Totals {
  /** Codes that members took from their allotment; in what was counted before the two below were, those are in it. */
  claimed: number;
  /** Codes that a grant gave to members. */
  granted: number;
  /** Codes that members bought with points. */
  bought: number;
  /** Codes of grants to whoever bears them, and uses of codes by name, without canaries. */
  bearer: number;
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
const parts = 8;
export const partOf = (eventId: string): number => (createHash('sha1').update(eventId).digest()[0] as number) % parts;

const noTotals: Totals = { claimed: 0, granted: 0, bought: 0, bearer: 0, held: 0, redeemed: 0, cancelled: 0 };

/** What counts together stands in one partition, which is read as a whole. */
const campaignCounts = (campaignId: string): string => `funnel/${campaignId}`;
const memberCounts = (memberId: string, campaignId: string): string => `shares/${memberId}/${campaignId}`;

/** A part that was counted before something new was has nothing of it. */
export const totalsRef = (campaignId: string, part: number): Ref<Partial<Totals>> => ({
  pk: campaignCounts(campaignId),
  sk: `totals/${part}`,
  initial: noTotals,
  evolve: (totals, { type, data }) => {
    if (type !== 'step.taken') return totals;
    const { step, by } = data as StepTaken;
    return { ...totals, [step]: (totals[step] ?? 0) + by };
  },
});

interface StepTaken {
  step: keyof Totals;
  by: number;
}

export const stepTaken = (step: keyof Totals, by = 1): Fact => ({
  type: 'step.taken',
  data: { step, by } satisfies StepTaken,
});

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

const noTally: Tally = { links: 0, clicks: 0, referrals: 0, rewards: 0, micropoints: 0 };

const tallyAt = (pk: string, sk: string): Ref<Tally> => ({
  pk,
  sk,
  initial: noTally,
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

/** The two tallies that a member's share by one channel counts in. */
export const talliesOf = (
  eventId: string,
  memberId: string,
  campaignId: string,
  channel: SharedBy = 'other',
): [Ref<Tally>, Ref<Tally>] => [
  tallyAt(campaignCounts(campaignId), `${channel}/${partOf(eventId)}`),
  // Events of one member's links, referrals and rewards come one after the other, so there is one part.
  tallyAt(memberCounts(memberId, campaignId), channel),
];

type Counts = Partial<Totals & Tally>;
const countsKind: Omit<Ref<Counts>, keyof Key> = { initial: {}, evolve: (counts) => counts };

/** What stands in all parts of a name, which is `totals` or a channel, added up. */
const readCounts = async (store: Store, pk: string): Promise<Map<string, Counts>> => {
  const counts = new Map<string, Counts>();
  for (let cursor: string | undefined; ; ) {
    // A campaign has fewer: of each name, so many parts.
    const page = await store.query({ pk, limit: 100, ...(cursor === undefined ? {} : { cursor }) }, countsKind);
    for (const { sk, state } of page.items) {
      const name = sk.split('/', 1)[0] as string;
      counts.set(name, sumOf(counts.get(name), state));
    }
    cursor = page.cursor;
    if (cursor === undefined) return counts;
  }
};

const sumOf = (counts: Counts = {}, more: Counts): Counts => {
  const sum = { ...counts };
  for (const name of Object.keys(more) as (keyof Counts)[]) sum[name] = (sum[name] ?? 0) + (more[name] ?? 0);
  return sum;
};

/** The channels that have something in them, as they are answered. */
const channelsIn = (counts: Map<string, Counts>) =>
  sharedBy
    .map((channel) => ({ channel, ...noTally, ...counts.get(channel) }))
    .filter(({ links, clicks, referrals, rewards }) => links > 0 || clicks > 0 || referrals > 0 || rewards > 0)
    .map(({ channel, links, clicks, referrals, rewards, micropoints }) => ({
      channel,
      links,
      clicks,
      referrals,
      rewards,
      points: micropoints / 1_000_000,
    }));

/** Rejects with StoreBusy. */
export const readFunnel = async (store: Store, campaignId: string) => {
  const counts = await readCounts(store, campaignCounts(campaignId));
  const { claimed, granted, bought, bearer, held, redeemed, cancelled }: Totals = {
    ...noTotals,
    ...counts.get('totals'),
  };
  return { claimed, granted, bought, bearer, held, redeemed, cancelled, channels: channelsIn(counts) };
};

/** What came of one member's sharing in a campaign, by channel. Rejects with StoreBusy. */
export const readShares = async (store: Store, memberId: string, campaignId: string) =>
  channelsIn(await readCounts(store, memberCounts(memberId, campaignId)));
