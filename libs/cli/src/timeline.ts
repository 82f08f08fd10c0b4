import type { HistoryEntry, Listed } from '@fcode/client';
import { instant, printable } from './output.ts';

/** The fields of events and how people call them, in the order to read them: who and what, then why, then when. */
const labels = new Map([
  ['code', 'code'],
  ['memberId', 'member'],
  ['how', 'how'],
  ['tier', 'tier'],
  ['allotted', 'allotted'],
  ['claimed', 'claimed'],
  ['orderId', 'order'],
  ['shop', 'shop'],
  ['buyer', 'buyer'],
  ['sku', 'sku'],
  ['holdId', 'hold'],
  ['redemptionId', 'redemption'],
  ['cause', 'cause'],
  ['reason', 'reason'],
  ['heldAt', 'held at'],
  ['holdUntil', 'until'],
  ['redeemedAt', 'redeemed at'],
  ['releasedAt', 'released at'],
  ['lostAt', 'lost at'],
  ['transferId', 'transfer'],
  ['from', 'from'],
  ['to', 'to'],
  ['until', 'until'],
  ['returnId', 'return'],
  ['refunded', 'refunded'],
  ['paid', 'paid'],
  ['currency', 'currency'],
  ['purchaseId', 'purchase'],
  ['referralId', 'referral'],
  ['rewardId', 'reward'],
  ['linkId', 'link'],
  ['campaignId', 'campaign'],
]);
const ranks = [...labels.keys()];
/** A field that is not known here comes after those that are. */
const rankOf = (name: string): number => (labels.has(name) ? ranks.indexOf(name) : ranks.length);

/** What a decision at a checkout rested on is for who looks into one: with --json. */
const kept = new Set(['reasons', 'termsVersion']);

const fieldsIn = (data: object): [name: string, value: unknown][] =>
  Object.entries(data as Record<string, unknown>)
    .filter(([name]) => !kept.has(name))
    .flatMap(([name, value]) => (typeof value === 'object' && value !== null ? fieldsIn(value) : [[name, value]]));

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);

/** What an event says besides what its line begins with, in one order however it came. */
const factsOf = (data: object, at: string, told: ReadonlySet<string>): string[] =>
  fieldsIn(data)
    .filter(([name, value]) => !told.has(name) && value !== at)
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([name, value]) => `${labels.get(name) ?? name} ${isInstant(value) ? instant(value) : String(value)}`);

/** What a history says in each line, or above all of them. */
const ofTheCode = new Set(['batch', 'index', 'campaignId']);
const ofTheEvent = new Set(['batch', 'index']);

/** A line for each event of one code, in the order given: when, what, and what it says. `none` is said when there are none. */
export const timeline = (entries: readonly HistoryEntry[], none: string): string =>
  linesOf(
    entries.map(({ type, at, data }) => ({
      at,
      what: type.replace(/^code\./, ''),
      facts: factsOf(data, at, ofTheCode),
    })),
    none,
  );

/** The same of events that are about several codes: each says which. */
export const timelineOfMany = (entries: readonly (HistoryEntry & { shop?: string })[], none: string): string =>
  linesOf(
    entries.map(({ type, at, data, shop }) => {
      const { batch, index } = data as { batch?: number; index?: number };
      const more = {
        ...(batch === undefined || index === undefined ? {} : { code: `${batch}.${index}` }),
        ...(shop === undefined || 'order' in data ? {} : { shop }),
      };
      return { at, what: type, facts: factsOf({ ...data, ...more }, at, ofTheEvent) };
    }),
    none,
  );

interface Line {
  at: string;
  what: string;
  facts: string[];
}

const linesOf = (events: Line[], none: string): string => {
  if (events.length === 0) return none;
  const width = Math.max(...events.map(({ what }) => what.length));
  return events
    .map(({ at, what, facts }) => printable(`${instant(at)}  ${what.padEnd(width)}  ${facts.join(', ')}`).trimEnd())
    .join('\n');
};

/** The first `limit` of a list, and whether there are more. */
export const firstOf = async <Item>(list: Listed<Item>, limit: number): Promise<{ items: Item[]; isMore: boolean }> => {
  const items: Item[] = [];
  for await (const item of list) {
    if (items.length === limit) return { items, isMore: true };
    items.push(item);
  }
  return { items, isMore: false };
};

export const moreThan = 'There are more: a higher --limit shows them.';
