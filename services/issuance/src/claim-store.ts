import type { CodeMint } from '@fcode/codes';
import { type Change, type Item, Lanes, type Request, type Store } from '@fcode/dynamo';
import { allotmentAt, type Decision, refuse, Unavailable } from '@fcode/policy';
import type { Campaigns } from './campaigns.ts';
import { type Claim, type ClaimReceipt, claim, settledBefore } from './claim.rule.ts';
import type { Ladders } from './cutoffs.ts';
import { closeLease, openLease } from './lease.rule.ts';
import { allotmentRef, type MemberCodes } from './member-codes.ts';
import { Places } from './places.ts';
import { type Lease, leaseHolder, leaseKind, leaseRef, leasesOf, leftIn, type Pool, poolRef } from './quota.ts';
import type { Refusal } from './refusals.ts';
import { standingRef } from './standing.ts';

type Counter = Lanes<
  Change<[MemberCodes, Lease], ClaimReceipt, Refusal | 'lease_empty'>,
  Decision<ClaimReceipt, Refusal | 'lease_empty' | 'idempotency_key_reused'>
>;

/** Claims that one transaction carries, at most; with the lease it may touch 100 items, and a lost guard repeats all. */
const claimsAtOnce = 25;
const waitingAtMost = 2000;
/** A claim with less time left than this is not begun: it would hurry the strangers in its transaction. */
const timeOfCommitMs = 200;
const refillMs = 2000;

/**
 * Claims, and the quota behind them. Each instance hands out of a slice of its own (a lease), so no claim waits for
 * another instance's; a claim is one transaction on the member's allotment and the lease, shared with the claims that
 * come at the same time. When the pool is empty, what others hold and do not use is fetched back, so `sold_out` is said
 * only when nothing is left anywhere.
 */
export class ClaimStore {
  readonly #store: Store;
  readonly #campaigns: Campaigns;
  readonly #ladders: Ladders;
  readonly #mint: Pick<CodeMint, 'has'>;
  readonly #instance: string;
  /** Nothing returns to a quota of which every code is claimed, so this never has to be taken back. */
  readonly #soldOut = new Set<string>();
  readonly #leased = new Set<string>();
  readonly #places = new Places<Refusal>();
  readonly #counters = new Map<string, Counter>();

  constructor(store: Store, campaigns: Campaigns, ladders: Ladders, mint: Pick<CodeMint, 'has'>, instance: string) {
    this.#store = store;
    this.#campaigns = campaigns;
    this.#ladders = ladders;
    this.#mint = mint;
    this.#instance = instance;
  }

  async claim(command: Claim, request: Request): Promise<Decision<ClaimReceipt, Refusal | 'idempotency_key_reused'>> {
    const { campaignId, memberId, at } = command;
    // The claim's own request id stands on the code that it made, for as long as the code does.
    const { idempotency: _, ...unkeyed } = request;
    const allotment = allotmentRef(memberId, campaignId);
    const [known, ladder, [mine, standing]] = await Promise.all([
      this.#campaigns.recent(campaignId, request.deadline),
      this.#ladders.recent(request.deadline),
      this.#store.read([allotment, standingRef(memberId)], request.deadline),
    ]);
    const { campaign } = known;
    if ('keyVersion' in campaign && campaign.keyVersion !== undefined && !this.#mint.has(campaign.keyVersion)) {
      throw new Unavailable('This instance does not have the key of the campaign yet.');
    }
    const rules = campaign.status === 'none' ? {} : campaign.definition.allotment;
    const allotted = allotmentAt(ladder, rules, standing.state.standing, at);
    const settled = settledBefore(command, mine.state, campaign, allotted);
    if (settled) return settled;

    for (;;) {
      const place = await this.#places.take(campaignId, request.deadline, () => this.#refill(campaignId, unkeyed));
      if (place.refused) return refuse(place.refused);
      let fate: 'used' | 'unused' | 'gone' = 'unused';
      try {
        const decision = await this.#counter(campaignId).submit(
          {
            refs: [allotment, leaseRef(campaignId, this.#instance)],
            rule: (codes, lease) => claim(command, codes, lease, known, allotted),
            request: unkeyed,
            known: [mine, undefined],
          },
          request.deadline - timeOfCommitMs,
        );
        fate = decision.outcome === 'accepted' ? 'used' : 'unused';
        if (decision.outcome !== 'refused' || decision.refusal !== 'lease_empty') {
          return decision as Decision<ClaimReceipt, Refusal>;
        }
        fate = 'gone';
      } finally {
        place.done(fate);
      }
    }
  }

  /** Where the claims of one campaign meet: those that come while a transaction is under way share the next. */
  #counter(campaignId: string): Counter {
    const known = this.#counters.get(campaignId);
    if (known) return known;
    const counter: Counter = new Lanes({
      size: claimsAtOnce,
      inFlight: 1,
      queue: waitingAtMost,
      run: (changes) => this.#store.changeTogether(changes),
    });
    this.#counters.set(campaignId, counter);
    return counter;
  }

  /** Gets the lease another slice; the refusal when there is none to be had. */
  async #refill(campaignId: string, request: Request): Promise<{ left: number } | { refused: Refusal }> {
    if (this.#soldOut.has(campaignId)) return { refused: 'sold_out' };
    this.#leased.add(campaignId);
    const holder = this.#instance;
    // Others may wait for this refill too: it has its own time.
    const own = { ...request, deadline: performance.now() + refillMs };
    while (performance.now() < own.deadline) {
      const decision = await this.#store.change(
        [poolRef(campaignId), leaseRef(campaignId, holder)],
        (pool, lease) => openLease(holder, pool, lease),
        own,
      );
      if (decision.outcome !== 'refused') return decision.receipt;
      if (decision.refusal === 'pool_stopped') {
        const { status } = (await this.#campaigns.now(campaignId, own.deadline)).campaign;
        if (status === 'paused') return { refused: 'campaign_paused' };
        if (status === 'closed') return { refused: 'campaign_closed' };
      } else if (await this.#nothingLeft(campaignId, own)) {
        this.#soldOut.add(campaignId);
        return { refused: 'sold_out' };
      }
    }
    throw new Unavailable('The last codes of this campaign are being moved between instances.');
  }

  /**
   * Whether every code is claimed. If not, the fullest of the open leases is closed, so that its rest is in the pool.
   * Leases are read one by one, so a code could move behind our back; every such move changes the pool's sequence.
   */
  async #nothingLeft(campaignId: string, request: Request): Promise<boolean> {
    const [before] = await this.#pool(campaignId, request);
    const leases = await this.#leases(campaignId);
    const fullest = leases.reduce<(typeof leases)[number] | undefined>(
      (most, lease) => (leftIn(lease.state) > leftIn(most?.state ?? { status: 'none' }) ? lease : most),
      undefined,
    );
    if (fullest) {
      await this.#close(campaignId, leaseHolder(fullest.sk), request);
      return false;
    }
    const [after] = await this.#pool(campaignId, request);
    return before.seq === after.seq && after.state.status === 'open' && after.state.left === 0;
  }

  #pool(campaignId: string, request: Request): Promise<[Item<Pool>]> {
    return this.#store.read([poolRef(campaignId)], request.deadline);
  }

  async #leases(campaignId: string) {
    const found: (Item<Lease> & { sk: string })[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.query(
        { ...leasesOf(campaignId), limit: 200, ...(cursor ? { cursor } : {}) },
        leaseKind,
      );
      found.push(...page.items.filter(({ state }) => state.status === 'open'));
      cursor = page.cursor;
      if (cursor === undefined) return found;
    }
  }

  #close(campaignId: string, holder: string, request: Request) {
    return this.#store.change(
      [poolRef(campaignId), leaseRef(campaignId, holder, holder === this.#instance)],
      (pool, lease) => closeLease(holder, pool, lease),
      request,
    );
  }

  /** Brings back to the pool what all instances hold: after it, no claim succeeds in a campaign whose pool is stopped. */
  async closeAll(campaignId: string, request: Request): Promise<void> {
    const leases = await this.#leases(campaignId);
    // The newest first: then each is the last slice of the pool when it is closed, and its indexes come back too.
    leases.sort((a, b) => endOf(b.state) - endOf(a.state));
    for (const { sk } of leases) await this.#close(campaignId, leaseHolder(sk), request);
  }

  /**
   * Codes of the quota that are not handed out: in the pool and in leases. Every move between them changes the pool's
   * sequence, so the sum is of one moment when that stayed the same. Rejects with Unavailable when it never does.
   */
  async left(campaignId: string, request: Request): Promise<number> {
    for (let [before] = await this.#pool(campaignId, request); ; ) {
      const leases = await this.#leases(campaignId);
      const [after] = await this.#pool(campaignId, request);
      if (before.seq === after.seq) {
        const inPool = before.state.status === 'none' ? 0 : before.state.left;
        return inPool + leases.reduce((sum, { state }) => sum + leftIn(state), 0);
      }
      before = after;
    }
  }

  /** Gives back this instance's leases; what a crash leaves open, others fetch back when they need it. */
  async stop(request: () => Request): Promise<void> {
    for (const campaignId of this.#leased) await this.#close(campaignId, this.#instance, request());
  }
}

const endOf = (lease: Lease): number => (lease.status === 'open' ? lease.end : 0);
