import { once } from 'node:events';
import type { Ref, Store } from '@fcode/dynamo';
import type { Logger } from '@fcode/event-log';
import type { BatchCreated, Cause } from '@fcode/events';
import { accept, again, refuse, Unavailable } from '@fcode/policy';

export type CampaignStatus = 'published' | 'paused' | 'closed';

/** What redemption keeps of a batch or a campaign's state: one entry of its own log of terms. */
export type TermsEntry =
  | ({ kind: 'batch' } & Omit<BatchCreated['data'], 'origin'>)
  | { kind: 'campaign'; campaignId: string; status: CampaignStatus; sequence: number };

/** What rules ask about a code's batch. */
export interface Terms {
  campaignId: string;
  size: number;
  keyVersion: number;
  skus: string[];
  startsAt: number;
  endsAt: number;
  holdSeconds: number;
  buyerLimit: number;
  status: CampaignStatus;
}

const versionRef: Ref<{ version: number }> = {
  pk: 'terms',
  sk: 'version',
  initial: { version: 0 },
  evolve: ({ version }) => ({ version: version + 1 }),
};

const decodeEntry = {
  initial: { entry: undefined as TermsEntry | undefined },
  evolve: (_: unknown, fact: { data: unknown }) => ({ entry: fact.data as TermsEntry }),
};

const entryKey = (version: number): string => `entry/${String(version).padStart(9, '0')}`;
const entryRef = (version: number): Ref<{ entry: TermsEntry | undefined }> => ({
  pk: 'terms',
  sk: entryKey(version),
  ...decodeEntry,
});

const pollMs = 500;
const freshForMs = 2000;

/**
 * Batch and campaign terms, in memory. They stand in the table as an append-only log under one version item; each
 * instance re-reads that item every 500 ms and answers 503 when what it knows is older than 2 s. Checkout needs the
 * store only, never the event log.
 */
export class TermsBook {
  readonly #batches = new Map<number, Omit<Terms, 'status'>>();
  readonly #campaigns = new Map<string, { status: CampaignStatus; sequence: number }>();
  #version = 0;
  /** performance.now() at which the last good look began: what we know was true then. */
  #seenAt = Number.NEGATIVE_INFINITY;
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
    return performance.now() - this.#seenAt <= freshForMs;
  }

  /** The terms of a batch; undefined when it is not known here yet. Throws Unavailable when what we know is too old. */
  of(batch: number): Terms | undefined {
    if (!this.isFresh) throw new Unavailable('The terms known here are older than two seconds.');
    const known = this.#batches.get(batch);
    return known && { ...known, status: this.#campaigns.get(known.campaignId)?.status ?? 'published' };
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
  }

  #apply(entry: TermsEntry): void {
    if (entry.kind === 'campaign') {
      this.#campaigns.set(entry.campaignId, entry);
      return;
    }
    const { campaignId, size, keyVersion, terms } = entry;
    this.#batches.set(entry.batch, {
      campaignId,
      size,
      keyVersion,
      skus: terms.skus,
      startsAt: Date.parse(terms.startsAt),
      endsAt: Date.parse(terms.endsAt),
      holdSeconds: terms.holdSeconds,
      buyerLimit: terms.buyerLimit,
    });
  }

  #isKnown(entry: TermsEntry): boolean {
    if (entry.kind === 'batch') return this.#batches.has(entry.batch);
    return (this.#campaigns.get(entry.campaignId)?.sequence ?? 0) >= entry.sequence;
  }

  /** Adds an entry unless it, or a newer state of the same campaign, is there. However often it is heard, once. */
  async record(entry: TermsEntry, cause: Cause & { at: number }): Promise<void> {
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
}
