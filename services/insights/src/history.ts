import type { Ref, Store } from '@fcode/dynamo';
import { codeSubject, type Heard, padSequence } from '@fcode/events';
import type { Fact } from '@fcode/policy';
import { type Entry, type EntryRef, entryKind } from './entry.ts';

export type LifeEvent =
  | 'code.offered'
  | 'code.accepted'
  | 'code.withdrawn'
  | 'code.held'
  | 'code.hold_extended'
  | 'code.released'
  | 'code.redeemed'
  | 'code.hold_lost'
  | 'code.refunded'
  | 'code.cancelled'
  | 'code.revoked';
export type ReferralEvent = 'referral.made' | 'reward.pending' | 'reward.vested' | 'reward.reduced' | 'reward.reversed';
type HistoryEvent = 'code.claimed' | 'link.created' | 'link.clicked' | LifeEvent | ReferralEvent;

interface CodeNumber {
  batch: number;
  index: number;
}

/** All clicks on one link, in one entry: a link in public is clicked a hundred thousand times. */
interface Clicks extends Entry {
  data: { linkId: string; channel: string; clicks: number; firstAt: string; lastAt: string };
}

export const historyOf = (code: CodeNumber): string => codeSubject(code);

/**
 * The order of what several services tell: given, shared, used, rewarded. Letters sort after digits, so the links of a
 * code follow its claim.
 */
const rank: Record<HistoryEvent, string> = {
  'code.claimed': '0',
  'link.created': '0/link',
  'link.clicked': '0/link',
  'code.offered': '1',
  'code.accepted': '1',
  'code.withdrawn': '1',
  'code.held': '1',
  'code.hold_extended': '1',
  'code.released': '1',
  'code.redeemed': '1',
  'code.hold_lost': '1',
  'code.refunded': '1',
  'code.cancelled': '1',
  'code.revoked': '1',
  'referral.made': '2',
  'reward.pending': '2',
  'reward.vested': '2',
  'reward.reduced': '2',
  'reward.reversed': '2',
};

/** Sort keys of the code's life begin with this. */
const lifePrefix = `${rank['code.held']}/`;

const entryAt = (code: CodeNumber, type: HistoryEvent, place: string): EntryRef => ({
  pk: historyOf(code),
  sk: `${rank[type]}/${place}`,
  ...entryKind,
});

/** The same event lands on the same item however often, and in whatever order, it is heard. */
export const codeEntryRef = ({ type, data, sequence }: Heard<'code.claimed' | LifeEvent>): EntryRef =>
  entryAt(data, type, padSequence(sequence));

export const shareEntryRef = (code: CodeNumber, linkId: string): EntryRef =>
  entryAt(code, 'link.created', `${linkId}/0`);

/** By purchase, since two purchases of one code are two people's stories; the type tells apart what two items told. */
export const referralEntryRef = ({ type, data, sequence }: Heard<ReferralEvent>): EntryRef =>
  entryAt(data, type, `${data.redemptionId}/${padSequence(sequence)}/${type}`);

type Click = Pick<Heard<'link.clicked'>, 'data' | 'id' | 'correlationId' | 'causationId'>;

export const clickAdded = ({ data, id, correlationId, causationId }: Heard<'link.clicked'>): Fact => ({
  type: 'click.added',
  data: { data, id, correlationId, causationId } satisfies Click,
});

/** Counts a click. The entry names the newest one, so that it is the same in whatever order clicks are heard. */
const withClick = (entry: Clicks | undefined, { data, id: eventId, correlationId, causationId }: Click): Clicks => {
  const { linkId, channel, clickedAt: at } = data;
  const { clicks, firstAt, lastAt } = entry?.data ?? { clicks: 0, firstAt: at, lastAt: at };
  const isNewest = !entry || at > lastAt || (at === lastAt && eventId > entry.eventId);
  const { data: _, ...newest } = isNewest
    ? { type: 'link.clicked' as const, at, data, eventId, correlationId, causationId }
    : entry;
  return {
    ...newest,
    data: { linkId, channel, clicks: clicks + 1, firstAt: at < firstAt ? at : firstAt, lastAt: newest.at },
  };
};

export const clicksEntryRef = (code: CodeNumber, linkId: string): Ref<{ entry: Clicks | undefined }> => ({
  pk: historyOf(code),
  sk: `${rank['link.clicked']}/${linkId}/1`,
  initial: { entry: undefined },
  evolve: (state, { type, data }) =>
    type === 'click.added' ? { entry: withClick(state.entry, data as Click) } : state,
});

export interface KnownBatch {
  campaignId?: string;
  size: number;
  keyVersion: number;
  origin?: Record<string, unknown>;
}

export const batchRef = (batch: number): Ref<KnownBatch> => ({
  pk: `batch/${batch}`,
  sk: 'terms',
  initial: { size: 0, keyVersion: 0 },
  evolve: (batch, { type, data }) => (type === 'batch.heard' ? (data as KnownBatch) : batch),
});

/** A fact of this service alone: `batch.created` itself would go out again from here, as if it had happened twice. */
export const batchHeard = (batch: KnownBatch) => ({ type: 'batch.heard', data: batch });

export type Status = 'unused' | 'held' | 'redeemed' | 'revoked';

/** What an entry of the code's life says of its status at `at` (epoch ms); an expired hold counts as free. */
const statusIn = ({ type, data }: Entry, at: number): Status | undefined => {
  switch (type) {
    case 'code.held':
    case 'code.hold_extended':
      return Date.parse(String(data.holdUntil)) > at ? 'held' : 'unused';
    case 'code.redeemed':
    // Only of a code that is used, and stays so, do lines come back.
    case 'code.refunded':
      return 'redeemed';
    case 'code.released':
    case 'code.cancelled':
      return 'unused';
    case 'code.revoked':
      return 'revoked';
    // Through whose hands it goes, and that a paid order lost its hold, says nothing of which order has the code.
    default:
      return undefined;
  }
};

/** As a rule one of the newest tells. */
const entriesAtOnce = 25;

/**
 * What happened last makes the status of the code; with `before`, what happened last before that sequence. Entries that say
 * nothing of it are passed over, however many they are: a code keeps 24 holds that ended, each of which can be told lost
 * once, and one that is told so makes room for another.
 */
export const readStatus = async (store: Store, code: CodeNumber, at: number, before?: string): Promise<Status> => {
  const life = { pk: historyOf(code), prefix: lifePrefix, limit: entriesAtOnce, newestFirst: true };
  for (let cursor = before && `${lifePrefix}${before}`; ; ) {
    const page = await store.query({ ...life, ...(cursor === undefined ? {} : { cursor }) }, entryKind);
    for (const { state } of page.items) {
      const status = state.entry && statusIn(state.entry, at);
      if (status !== undefined) return status;
    }
    cursor = page.cursor;
    if (cursor === undefined) return 'unused';
  }
};

/** What is told of the referral that a purchase made, and of its reward, with the sequence of each. */
export async function* toldOfPurchase(
  store: Store,
  { redemptionId, ...code }: CodeNumber & { redemptionId: string },
): AsyncGenerator<{ entry: Entry; sequence: number }> {
  const prefix = `${rank['referral.made']}/${redemptionId}/`;
  const range = { pk: historyOf(code), prefix, limit: entriesAtOnce };
  for (let cursor: string | undefined; ; ) {
    const page = await store.query({ ...range, ...(cursor === undefined ? {} : { cursor }) }, entryKind);
    for (const { sk, state } of page.items) {
      if (state.entry) yield { entry: state.entry, sequence: Number(sk.slice(prefix.length).split('/')[0]) };
    }
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
}

/** How the reward of a purchase stood before a sequence of its referral, as far as was told; undefined where nothing was. */
export const readRewardBefore = async (
  store: Store,
  { redemptionId, ...code }: CodeNumber & { redemptionId: string },
  before: string,
): Promise<{ state: 'pending' | 'vested'; points: number } | undefined> => {
  const prefix = `${rank['reward.reversed']}/${redemptionId}/`;
  const page = { pk: historyOf(code), prefix, limit: 1, newestFirst: true, cursor: `${prefix}${before}/` };
  const [last] = (await store.query(page, entryKind)).items;
  const { type, data } = last?.state.entry ?? {};
  if (type === 'reward.pending') return { state: 'pending', points: Number(data?.points) };
  if (type === 'reward.vested') return { state: 'vested', points: Number(data?.points) };
  if (type === 'reward.reduced') return { state: 'vested', points: Number(data?.left) };
  return undefined;
};
