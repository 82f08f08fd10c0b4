import type { Ref, Request, Store } from '@fcode/dynamo';
import { codeSubject, type Heard, padSequence } from '@fcode/events';
import { accept, again, type Fact } from '@fcode/policy';

type LifeEvent = 'code.held' | 'code.released' | 'code.redeemed' | 'code.hold_lost';
type ReferralEvent = 'referral.made' | 'reward.pending' | 'reward.vested' | 'reward.reversed';
type HistoryEvent = 'code.claimed' | 'link.created' | 'link.clicked' | LifeEvent | ReferralEvent;

interface CodeNumber {
  batch: number;
  index: number;
}

/** One thing that happened to a code, as its event told it. */
export interface Entry {
  type: HistoryEvent;
  at: string;
  data: Record<string, unknown>;
  eventId: string;
  correlationId: string;
}

/** All clicks on one link, in one entry: a link in public is clicked a hundred thousand times. */
interface Clicks extends Entry {
  data: { linkId: string; channel: string; clicks: number; firstAt: string; lastAt: string };
}

export const historyOf = (code: CodeNumber): string => codeSubject(code);

export const entryKind = {
  initial: { entry: undefined as Entry | undefined },
  evolve: (state: { entry: Entry | undefined }, { type, data }: Fact) =>
    type === 'entry.added' ? { entry: data as Entry } : state,
};

/**
 * The order of what several services tell: given, shared, used, rewarded. Letters sort after digits, so the links of a
 * code follow its claim.
 */
const rank: Record<HistoryEvent, string> = {
  'code.claimed': '0',
  'link.created': '0/link',
  'link.clicked': '0/link',
  'code.held': '1',
  'code.released': '1',
  'code.redeemed': '1',
  'code.hold_lost': '1',
  'referral.made': '2',
  'reward.pending': '2',
  'reward.vested': '2',
  'reward.reversed': '2',
};

/** Sort keys of the code's life begin with this. */
export const lifePrefix = `${rank['code.held']}/`;

type EntryRef = Ref<{ entry: Entry | undefined }>;

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

export const entryAdded = ({
  type,
  time: at,
  data,
  id: eventId,
  correlationId,
}: Heard<Exclude<HistoryEvent, 'link.clicked'>>): Fact => ({
  type: 'entry.added',
  data: { type, at, data, eventId, correlationId } satisfies Entry,
});

/** Adds what changes nothing but the history: its key alone makes it idempotent. */
export const addEntry = async (store: Store, request: Request, ref: EntryRef, added: Fact): Promise<void> => {
  await store.change([ref], ({ entry }) => (entry ? again({}) : accept([added], {})), request);
};

type Click = Pick<Heard<'link.clicked'>, 'data' | 'id' | 'correlationId'>;

export const clickAdded = ({ data, id, correlationId }: Heard<'link.clicked'>): Fact => ({
  type: 'click.added',
  data: { data, id, correlationId } satisfies Click,
});

/** Counts a click. The entry names the newest one, so that it is the same in whatever order clicks are heard. */
const withClick = (entry: Clicks | undefined, { data, id: eventId, correlationId }: Click): Clicks => {
  const { linkId, channel, clickedAt: at } = data;
  const { clicks, firstAt, lastAt } = entry?.data ?? { clicks: 0, firstAt: at, lastAt: at };
  const isNewest = !entry || at > lastAt || (at === lastAt && eventId > entry.eventId);
  const newest = isNewest ? { at, eventId, correlationId } : entry;
  return {
    type: 'link.clicked',
    at: newest.at,
    data: { linkId, channel, clicks: clicks + 1, firstAt: at < firstAt ? at : firstAt, lastAt: newest.at },
    eventId: newest.eventId,
    correlationId: newest.correlationId,
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
  evolve: (_, fact) => fact.data as KnownBatch,
});

/** A fact of this service alone: `batch.created` itself would go out again from here, as if it had happened twice. */
export const batchHeard = (batch: KnownBatch) => ({ type: 'batch.heard', data: batch });

/** So many of the life's newest entries tell the status: a code keeps 24 past holds, and each can be told lost once. */
export const newestForStatus = 25;

/**
 * What happened last makes the status of the code at `at` (epoch ms); an expired hold counts as free. That a paid order
 * lost its hold says nothing of who has the code. `entries`: of the code's life, newest first.
 */
export const statusAfter = (entries: (Entry | undefined)[], at: number): 'unused' | 'held' | 'redeemed' => {
  const last = entries.find((entry) => entry !== undefined && entry.type !== 'code.hold_lost');
  if (last?.type === 'code.redeemed') return 'redeemed';
  return last?.type === 'code.held' && Date.parse(String(last.data.holdUntil)) > at ? 'held' : 'unused';
};
