import type { EventType, Heard } from '@fcode/events';
import type { ServiceName } from '@fcode/infra/tables';
import type { Found, Key, Tables } from './tables.ts';

/** Something that is not as it must be. */
export interface Difference {
  /** The check that found it. */
  check: string;
  /** What it is about: an item's key, a campaign or an event's id. */
  item: string;
  /** A whole sentence, which names the item. */
  what: string;
}

export interface CheckResult {
  name: string;
  /** What must hold. */
  about: string;
  /** Things that were looked at. */
  looked: number;
  differences: number;
  /** Why it was not judged, or not of everything. */
  skipped?: string;
}

/** Where a check says what it finds. */
export interface Finding {
  looked: (count?: number) => void;
  differs: (item: string, what: string) => void;
  skip: (reason: string) => void;
}

export type Open = (name: string, about: string) => Finding;

/** The system after its tables and its log have been read, for second looks: what is read here is later than all of that. */
export interface System {
  tables: Tables;
  /** Epoch ms. */
  now: () => number;
  /** Why not everybody has heard everything that was read; undefined when everybody has. */
  unsettled?: string;
  /** Whether a group has heard everything that was read of the log. */
  isThrough: (group: ServiceName) => boolean;
  /**
   * Events that these items hold now or that came to the log since it was read: for what another item told before its event
   * was to be seen.
   */
  lateEvents: (service: ServiceName, keys: readonly Key[]) => Promise<Heard[]>;
  /** What was read of the log, once more: an event as often as it stands there. */
  events: () => AsyncGenerator<Heard>;
}

export type ItemTakers = { [Service in ServiceName]?: (item: Found) => void };

/**
 * A family of checks, each a finding that it opens. Items come first, in no order within a table, the tables in the order
 * redemption, issuance, membership, referral, insights; then every event once, in the order of its item; then the end.
 */
export type Family = (open: Open) => {
  /** Before the items of issuance are read. */
  prepare?: (tables: Tables) => Promise<void>;
  items?: ItemTakers;
  /** Whatever was in an item when it was read is told here, and so is what came a little later. */
  events?: { [Type in EventType]?: (event: Heard<Type>) => void };
  conclude?: (system: System) => Promise<void> | void;
};

/** Judges what is only so when everybody has heard everything. */
export const atRest = (finding: Finding, { unsettled }: System, judge: () => void): void => {
  if (unsettled === undefined) judge();
  else finding.skip(unsettled);
};

/** Clocks of two instances may be this far apart; what depends on one of them is judged this much later. Ms. */
export const skewMs = 60_000;

/** Items that a check looks at once more, some at a time. */
export const each = async <Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> => {
  const atOnce = 50;
  for (let from = 0; from < items.length; from += atOnce) await Promise.all(items.slice(from, from + atOnce).map(look));
};
