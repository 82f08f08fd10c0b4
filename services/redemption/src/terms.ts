import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { normalizeName } from '@fcode/codes';
import type { KeyReused, Ref, Request, Store } from '@fcode/dynamo';
import type { Logger } from '@fcode/event-log';
import type { BatchCreated, Cause } from '@fcode/events';
import {
  accept,
  again,
  type Condition,
  conditionOf,
  type Decision,
  type Effect,
  type Fact,
  refuse,
  Unavailable,
} from '@fcode/policy';

/** What issuance says of a campaign. */
export type CampaignStatus = 'published' | 'paused' | 'closed';
/** What ops have told checkout itself. */
export type Stop = 'none' | 'paused' | 'killed';

/** What redemption keeps of a batch or a campaign's state: one entry of its own log of terms. */
export type TermsEntry =
  | ({ kind: 'batch'; isBearer?: boolean } & Omit<BatchCreated['data'], 'origin'>)
  | { kind: 'campaign'; campaignId: string; status: CampaignStatus; sequence: number }
  | { kind: 'stop'; campaignId: string; stop: Stop }
  | { kind: 'revoked'; batch: number };

/** What rules ask about a code's batch. */
export interface Terms {
  campaignId: string;
  size: number;
  keyVersion: number;
  /** How many of its codes nobody was given. */
  canaries: number;
  skus: string[];
  startsAt: number;
  endsAt: number;
  holdSeconds: number;
  buyerLimit: number;
  orderLimit: number;
  /** How many one buyer may use on one day of the time zone. */
  dayLimit: number;
  timeZone: string;
  regions: string[];
  /** What must hold of an order. */
  eligible: Condition<'order'> | undefined;
  transferLimit: number;
  transferSeconds: number;
  effect: Effect;
  /** The batch is one code by name, each index one use of it: how often one buyer may use it (0 is no limit). */
  named: { name: string; perBuyer: number } | undefined;
  /** Whose its codes are: undefined where that was not kept yet. */
  isBearer: boolean | undefined;
  /** The stricter of what issuance and what ops say. */
  status: CampaignStatus | 'killed';
  /** No code of the batch may be used any more. */
  isRevoked: boolean;
  /** How many terms and switches were known when these were read. */
  version: number;
}

/** What checkout knows of a campaign. */
interface KnownCampaign {
  status: CampaignStatus;
  sequence: number;
  stop: Stop;
}
const unheard: KnownCampaign = { status: 'published', sequence: 0, stop: 'none' };

const strictest = ({ status, stop }: KnownCampaign): Terms['status'] => {
  if (stop === 'killed') return 'killed';
  return stop === 'paused' && status === 'published' ? 'paused' : status;
};

const versionRef: Ref<{ version: number }> = {
  pk: 'terms',
  sk: 'version',
  initial: { version: 0 },
  evolve: (state, { type }) => (type === 'terms.added' ? { version: state.version + 1 } : state),
};

const decodeEntry = {
  initial: { entry: undefined as TermsEntry | undefined },
  evolve: (state: { entry: TermsEntry | undefined }, { type, data }: Fact) =>
    type === 'terms.added' ? { entry: data as TermsEntry } : state,
};

const entryKey = (version: number): string => `entry/${String(version).padStart(9, '0')}`;
const entryRef = (version: number): Ref<{ entry: TermsEntry | undefined }> => ({
  pk: 'terms',
  sk: entryKey(version),
  ...decodeEntry,
});

/** What listeners hear of issuance. */
type Heard = Extract<TermsEntry, { kind: 'batch' | 'campaign' }>;
/** What ops tell checkout. */
type Told = Extract<TermsEntry, { kind: 'stop' | 'revoked' }>;

const pollMs = 500;
const freshForMs = 2000;

/**
 * Batch and campaign terms, in memory. They stand in the table as an append-only log under one version item; each
 * instance re-reads that item every 500 ms and answers 503 when what it knows is older than 2 s. Checkout needs the
 * store only, never the event log.
 */
export class TermsBook {
  readonly #batches = new Map<number, Omit<Terms, 'status' | 'version'>>();
  readonly #campaigns = new Map<string, KnownCampaign>();
  /** Batches by the names of their codes, as they are normalized. */
  readonly #names = new Map<string, number>();
  #version = 0;
  /** performance.now() at which the last good look began: what we know was true then. */
  #seenAt = Number.NEGATIVE_INFINITY;
  /** Date.now() of the same moment: a machine that slept wakes up with a monotonic clock that slept too. */
  #seenOn = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #stopped = false;
  readonly #store: Store;
  readonly #logger: Logger;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    const next = () => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => void look().then(next), pollMs).unref();
    };
    const look = () =>
      this.look().catch((error: unknown) => this.#logger.warn({ err: error }, 'terms could not be read'));
    await look();
    next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  get isFresh(): boolean {
    return performance.now() - this.#seenAt <= freshForMs && Date.now() - this.#seenOn <= freshForMs;
  }

  /** The terms of a batch; undefined when it is not known here yet. Throws Unavailable when what we know is too old. */
  of(batch: number): Terms | undefined {
    if (!this.isFresh) throw new Unavailable('The terms known here are older than two seconds.');
    const known = this.#batches.get(batch);
    if (!known) return undefined;
    const status = strictest(this.#campaigns.get(known.campaignId) ?? unheard);
    return { ...known, status, version: this.#version };
  }

  /**
   * The same, but asks the store before it says that there is none: another instance may have heard of the batch, and
   * held codes of it, before this one has looked. `deadline` in ms of performance.now().
   */
  async find(batch: number, deadline: number): Promise<Terms | undefined> {
    const known = this.of(batch);
    if (known) return known;
    const inTime = AbortSignal.timeout(Math.max(0, Math.ceil(deadline - performance.now())));
    await Promise.race([this.look(), once(inTime, 'abort')]);
    return this.of(batch);
  }

  /**
   * The batch that is the code of a name, as `normalizeName` writes it. From memory alone, which may be half a second behind:
   * whatever people type would else have the store asked.
   */
  named(name: string): { batch: number; terms: Terms } | undefined {
    const batch = this.#names.get(name);
    const terms = batch === undefined ? undefined : this.of(batch);
    return batch !== undefined && terms ? { batch, terms } : undefined;
  }

  /** Reads what was added since the last look. All calls made while one is under way share the next. */
  look(): Promise<void> {
    if (!this.#looking) {
      this.#looking = this.#read().finally(() => {
        this.#looking = this.#next;
        this.#next = undefined;
      });
      return this.#looking;
    }
    this.#next ??= this.#looking
      .catch(() => {})
      .then(() => this.#read())
      .finally(() => {
        this.#looking = this.#next;
        this.#next = undefined;
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const began = performance.now();
    const beganOn = Date.now();
    const [{ state }] = await this.#store.read([versionRef]);
    while (this.#version < state.version) {
      const { items } = await this.#store.query(
        { pk: 'terms', after: entryKey(this.#version), limit: 200 },
        decodeEntry,
      );
      const entries = items.filter(({ sk }) => sk.startsWith('entry/'));
      if (entries.length === 0)
        throw new Error(`terms end at ${this.#version}, and their version says ${state.version}`);
      for (const { sk, state: found } of entries) {
        this.#apply(found.entry as TermsEntry);
        this.#version = Number(sk.slice('entry/'.length));
      }
    }
    this.#seenAt = began;
    this.#seenOn = beganOn;
  }

  #apply(entry: TermsEntry): void {
    if (entry.kind === 'campaign' || entry.kind === 'stop') {
      const { kind: _, campaignId, ...news } = entry;
      this.#campaigns.set(campaignId, { ...(this.#campaigns.get(campaignId) ?? unheard), ...news });
      return;
    }
    if (entry.kind === 'revoked') {
      const revoked = this.#batches.get(entry.batch);
      if (revoked) this.#batches.set(entry.batch, { ...revoked, isRevoked: true });
      return;
    }
    const { campaignId, size, keyVersion, canaries = 0, terms, named } = entry;
    const name = named && normalizeName(named.name);
    if (name !== undefined) this.#names.set(name, entry.batch);
    this.#batches.set(entry.batch, {
      campaignId,
      size,
      keyVersion,
      canaries,
      skus: terms.skus,
      startsAt: Date.parse(terms.startsAt),
      endsAt: Date.parse(terms.endsAt),
      holdSeconds: terms.holdSeconds,
      buyerLimit: terms.buyerLimit,
      orderLimit: terms.orderLimit ?? 0,
      dayLimit: terms.dayLimit ?? 0,
      timeZone: terms.timeZone ?? 'UTC',
      regions: terms.regions ?? [],
      eligible: terms.eligible === undefined ? undefined : conditionOf('order', terms.eligible),
      transferLimit: terms.transferLimit ?? 0,
      transferSeconds: terms.transferSeconds ?? 0,
      effect: terms.effect ?? { kind: 'none' },
      named,
      isBearer: entry.isBearer,
      isRevoked: false,
    });
  }

  #isKnown(entry: Heard): boolean {
    if (entry.kind === 'batch') return this.#batches.has(entry.batch);
    return (this.#campaigns.get(entry.campaignId)?.sequence ?? 0) >= entry.sequence;
  }

  /** Adds an entry unless it, or a newer state of the same campaign, is there. However often it is heard, once. */
  async record(entry: Heard, cause: Cause & { at: number }): Promise<void> {
    for (;;) {
      await this.look();
      if (this.#isKnown(entry)) return;
      const version = this.#version;
      const decision = await this.#store.change(
        [versionRef, entryRef(version + 1)],
        (current, taken) => {
          if (taken.entry) return again({});
          if (current.version !== version) return refuse('moved');
          return accept([{ type: 'terms.added', data: entry }], {});
        },
        { ...cause, deadline: performance.now() + 5000 },
      );
      if (decision.outcome === 'accepted') return this.look();
    }
  }

  /** What is known of a campaign; undefined when nothing is. */
  campaign(campaignId: string): Pick<KnownCampaign, 'stop'> | undefined {
    const isKnown = [...this.#batches.values()].some((batch) => batch.campaignId === campaignId);
    return this.#campaigns.get(campaignId) ?? (isKnown ? unheard : undefined);
  }

  /**
   * Tells every checkout what ops decided, by `rule`, on what is known at that moment; `entry` goes where the rule accepts.
   * When it resolves, no instance answers by what was known before: each re-reads the terms, or knows that it has not for
   * two seconds, and then takes nothing. So long it takes, also to say it again.
   */
  async tell<Receipt, Refusal extends string>(
    entry: Told,
    rule: (book: TermsBook) => Decision<Receipt, Refusal>,
    request: Request,
  ): Promise<Decision<Receipt, Refusal | KeyReused>> {
    for (;;) {
      await this.look();
      const version = this.#version;
      const decision = await this.#store.change(
        [versionRef, entryRef(version + 1)],
        (current, _entry): Decision<Receipt, Refusal | 'moved'> => {
          if (current.version !== version) return refuse('moved');
          const decided = rule(this);
          if (decided.outcome !== 'accepted') return decided;
          return { ...decided, facts: [{ type: 'terms.added', data: entry }, ...decided.facts] };
        },
        request,
      );
      if (decision.outcome === 'refused' && decision.refusal === 'moved') continue;
      if (decision.outcome !== 'refused') await sleep(freshForMs + 50);
      return decision as Decision<Receipt, Refusal | KeyReused>;
    }
  }
}
