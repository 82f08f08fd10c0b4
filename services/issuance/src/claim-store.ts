import type { CodeMint } from '@fcode/codes';
import { type Change, type Item, Lanes, type Request, type Store } from '@fcode/dynamo';
import { accept, again, allotmentAt, type Decision, lanesOf, refuse, Unavailable } from '@fcode/policy';
import { buy, type Outcome, type Purchase, refuseSale, settledSale } from './buy.rule.ts';
import { type Campaign, waitlistIn } from './campaign.ts';
import type { Campaigns } from './campaigns.ts';
import { type Claim, type ClaimReceipt, claim, reasonsOf, settledBefore } from './claim.rule.ts';
import type { Ladders } from './cutoffs.ts';
import { closeLease, openLease } from './lease.rule.ts';
import { allotmentRef, boughtRef, type MemberCodes } from './member-codes.ts';
import { Places } from './places.ts';
import {
  type Lease,
  leaseHolder,
  leaseKind,
  leaseRef,
  leasesOf,
  leftIn,
  type Part,
  type Pool,
  poolMoved,
  poolRef,
} from './quota.ts';
import type { Refusal } from './refusals.ts';
import { standingRef } from './standing.ts';

/** No answer for anybody: the claim goes on with another slice, or by the next rule. */
type Elsewhere = 'lease_empty' | 'rule_used';

/** Claims and purchases meet at a lease: what either gets is a code of it. */
type Taking = Change<[MemberCodes, Lease], ClaimReceipt | Outcome, Refusal | Elsewhere>;
type Taken = Decision<ClaimReceipt | Outcome, Refusal | Elsewhere | 'idempotency_key_reused'>;
type Counter = Lanes<Taking, Taken>;

/** Claims that one transaction carries, at most; with the lease it may touch 100 items, and a lost guard repeats all. */
const claimsAtOnce = 25;
const waitingAtMost = 2000;
/** A claim with less time left than this is not begun: it would hurry the strangers in its transaction. */
const timeOfCommitMs = 200;
const refillMs = 2000;
const soldOutForMs = 1000;

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
  /** Until when (epoch ms): what rules reserve comes to the rest when they end; otherwise nothing returns to a part that is empty. */
  readonly #soldOut = new Map<string, number>();
  readonly #leased = new Map<string, Part>();
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
    this.#needsKeyOf(campaign);
    const rules = campaign.status === 'none' ? {} : campaign.definition.allotment;
    const allottee = { memberId, standing: standing.state.standing, region: command.region };
    const allotted = allotmentAt(ladder, rules, allottee, at);
    const settled = settledBefore(command, mine.state, campaign, allotted);
    if (settled) return settled;

    /** Rules whose places are all given. */
    const full: number[] = [];
    let claimed = mine.state.codes.length;
    for (const candidate of allotted.candidates) {
      const part = { campaignId, lane: candidate.lane };
      while (claimed < candidate.codes) {
        const taken = await this.#take(part, campaign, {
          refs: [allotment, leaseRef(part, this.#instance)],
          rule: (codes, lease) => {
            claimed = codes.codes.length;
            return claim(command, codes, lease, known, allotted, { candidate, full });
          },
          request: unkeyed,
          known: [mine, undefined],
        });
        if (taken === 'sold_out') {
          full.push(candidate.rule ?? 0);
          break;
        }
        if (taken.outcome !== 'refused' || !isElsewhere(taken.refusal)) {
          return taken as Decision<ClaimReceipt, Refusal>;
        }
      }
    }
    if (full.length === 0) return refuse('allotment_used', reasonsOf(allotted, claimed));
    return refuse('sold_out', [
      { code: 'sold_out' },
      ...(Array.isArray(rules) ? full.map((rule) => ({ code: 'rule_full', rule: rule + 1 })) : []),
    ]);
  }

  /**
   * Gives a code of what is for everybody for points that are spent, or says once and for good that there is none. Rejects with
   * Unavailable while that is not known.
   */
  async buy(purchase: Purchase, request: Request): Promise<Outcome> {
    const { campaignId, memberId, purchaseId } = purchase;
    const ref = boughtRef(memberId, purchaseId);
    const [{ campaign }, [mine]] = await Promise.all([
      this.#campaigns.recent(campaignId, request.deadline),
      this.#store.read([ref], request.deadline),
    ]);
    const part = { campaignId };
    let decision: Decision<Outcome, Refusal> | undefined = settledSale(purchase, mine.state, campaign);
    while (decision === undefined) {
      this.#needsKeyOf(campaign);
      const taken = await this.#take(part, campaign, {
        refs: [ref, leaseRef(part, this.#instance)],
        rule: (codes, lease) => buy(purchase, codes, lease, campaign),
        request,
        known: [mine, undefined],
      });
      if (taken === 'sold_out') decision = refuse('sold_out');
      else if (taken.outcome !== 'refused' || !isElsewhere(taken.refusal))
        decision = taken as Decision<Outcome, Refusal>;
    }
    if (decision.outcome !== 'refused') return decision.receipt;
    const { refusal } = decision;
    const told = await this.#store.change([ref], (codes) => refuseSale(purchase, refusal, codes), request, [mine]);
    if (told.outcome === 'refused') throw new Error(told.refusal);
    return told.receipt;
  }

  #needsKeyOf(campaign: Campaign): void {
    if ('keyVersion' in campaign && campaign.keyVersion !== undefined && !this.#mint.has(campaign.keyVersion)) {
      throw new Unavailable('This instance does not have the key of the campaign yet.');
    }
  }

  /** One try for a code of a part, by this instance's lease; `sold_out` where the part has none left anywhere. */
  async #take(part: Part, campaign: Campaign, taking: Taking): Promise<Taken | 'sold_out'> {
    const { request } = taking;
    const place = await this.#places.take(nameOf(part), request.deadline, () => this.#refill(part, campaign, request));
    if (place.refused) return place.refused === 'sold_out' ? 'sold_out' : refuse(place.refused);
    let fate: 'used' | 'unused' | 'gone' = 'unused';
    try {
      const decision = await this.#counter(part).submit(taking, request.deadline - timeOfCommitMs);
      if (decision.outcome === 'accepted') fate = 'used';
      else if (decision.outcome === 'refused' && decision.refusal === 'lease_empty') fate = 'gone';
      return decision;
    } finally {
      place.done(fate);
    }
  }

  /** Where the claims of one part meet: those that come while a transaction is under way share the next. */
  #counter(part: Part): Counter {
    const known = this.#counters.get(nameOf(part));
    if (known) return known;
    const counter: Counter = new Lanes({
      size: claimsAtOnce,
      inFlight: 1,
      queue: waitingAtMost,
      run: (changes) => this.#store.changeTogether(changes),
    });
    this.#counters.set(nameOf(part), counter);
    return counter;
  }

  /** Gets the lease another slice; the refusal when there is none to be had. */
  async #refill(part: Part, campaign: Campaign, request: Request): Promise<{ left: number } | { refused: Refusal }> {
    const name = nameOf(part);
    if (request.at < (this.#soldOut.get(name) ?? Number.NEGATIVE_INFINITY)) return { refused: 'sold_out' };
    this.#leased.set(name, part);
    const holder = this.#instance;
    // Others may wait for this refill too: it has its own time.
    const own = { ...request, deadline: performance.now() + refillMs };
    while (performance.now() < own.deadline) {
      const decision = await this.#store.change(
        [poolRef(part), leaseRef(part, holder)],
        (pool, lease) => openLease(holder, pool, lease),
        own,
      );
      if (decision.outcome !== 'refused') return decision.receipt;
      if (decision.refusal === 'pool_stopped') {
        const { status } = (await this.#campaigns.now(part.campaignId, own.deadline)).campaign;
        if (status === 'paused') return { refused: 'campaign_paused' };
        if (status === 'closed') return { refused: 'campaign_closed' };
      } else if (await this.#nothingLeft(part, campaign, own)) {
        const ends = part.lane === undefined ? reservedIn(campaign).map(({ until }) => until) : [];
        // Where places come back, nobody knows when: those who wait leave some, or there are none who do.
        const back =
          part.lane === undefined && waitlistIn(campaign) ? request.at + soldOutForMs : Number.POSITIVE_INFINITY;
        this.#soldOut.set(name, Math.min(back, ...ends.filter((until) => until > request.at)));
        return { refused: 'sold_out' };
      }
    }
    throw new Unavailable('The last codes of this campaign are being moved between instances.');
  }

  /**
   * Whether every code is claimed. If not, the fullest of the open leases is closed, so that its rest is in the pool; or
   * what a rule had reserved that is over comes to the pool for everybody. Leases are read one by one, so a code could move
   * behind our back; every such move changes the pool's sequence.
   */
  async #nothingLeft(part: Part, campaign: Campaign, request: Request): Promise<boolean> {
    const [before] = await this.#pool(part, request);
    const leases = await this.#leases(part);
    const fullest = leases.reduce<(typeof leases)[number] | undefined>(
      (most, lease) => (leftIn(lease.state) > leftIn(most?.state ?? { status: 'none' }) ? lease : most),
      undefined,
    );
    if (fullest) {
      await this.#close(part, leaseHolder(part, fullest.sk), request);
      return false;
    }
    const isForAll = part.lane === undefined && !waitlistIn(campaign);
    if (isForAll && (await this.giveUp(part.campaignId, campaign, request)) > 0) return false;
    const [after] = await this.#pool(part, request);
    return before.seq === after.seq && after.state.status === 'open' && after.state.left === 0;
  }

  /**
   * Brings what is left for everybody into its pool, where `codes` are wanted of it and it has not that many; resolves to how
   * many that is, and leaves leases as they are when it is too few.
   */
  async gather(campaignId: string, codes: number, request: Request): Promise<number> {
    const { campaign } = await this.#campaigns.recent(campaignId, request.deadline);
    await this.giveUp(campaignId, campaign, request);
    const left = await this.left({ campaignId }, request);
    if (left >= codes) await this.closeAll({ campaignId }, request);
    return left;
  }

  /**
   * Has this instance hold a slice of each part before anybody claims of it. Where none is to be had there is none: what others
   * hold stays theirs.
   */
  async openAhead(campaignId: string, campaign: Campaign, request: Request): Promise<void> {
    for (const lane of [undefined, ...reservedIn(campaign).map(({ rule }) => rule)]) {
      const part = { campaignId, lane };
      this.#leased.set(nameOf(part), part);
      await this.#store.change(
        [poolRef(part), leaseRef(part, this.#instance)],
        (pool, lease) => openLease(this.#instance, pool, lease),
        request,
      );
    }
  }

  /**
   * Brings what is left of places whose rule is over to those who wait, or to the rest of the quota where nobody may wait;
   * resolves to how many codes that were.
   */
  async giveUp(campaignId: string, campaign: Campaign, request: Request): Promise<number> {
    let codes = 0;
    const to = waitlistIn(campaign) ? 'waitlist' : undefined;
    for (const { rule: lane, until } of reservedIn(campaign)) {
      if (request.at < until) continue;
      const part = { campaignId, lane };
      await this.closeAll(part, request);
      const decision = await this.#store.change(
        [poolRef(part), poolRef({ campaignId, lane: to })],
        (pool, _rest) =>
          pool.status !== 'none' && pool.left > 0
            ? accept([poolMoved({ from: lane, to, codes: pool.left })], { codes: pool.left })
            : again({ codes: 0 }),
        request,
      );
      if (decision.outcome === 'accepted') codes += decision.receipt.codes;
    }
    return codes;
  }

  #pool(part: Part, request: Request): Promise<[Item<Pool>]> {
    return this.#store.read([poolRef(part)], request.deadline);
  }

  async #leases(part: Part) {
    const found: (Item<Lease> & { sk: string })[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.query({ ...leasesOf(part), limit: 200, ...(cursor ? { cursor } : {}) }, leaseKind);
      found.push(...page.items.filter(({ state }) => state.status === 'open'));
      cursor = page.cursor;
      if (cursor === undefined) return found;
    }
  }

  #close(part: Part, holder: string, request: Request) {
    return this.#store.change(
      [poolRef(part), leaseRef(part, holder, holder === this.#instance)],
      (pool, lease) => closeLease(holder, pool, lease),
      request,
    );
  }

  /** Brings back to the pool what all instances hold: after it, no claim succeeds in a campaign whose pool is stopped. */
  async closeAll(part: Part, request: Request): Promise<void> {
    const leases = await this.#leases(part);
    // The newest first: then each is the last slice of the pool when it is closed, and its indexes come back too.
    leases.sort((a, b) => endOf(b.state) - endOf(a.state));
    for (const { sk } of leases) await this.#close(part, leaseHolder(part, sk), request);
  }

  /**
   * Codes of a part that are not handed out: in the pool, in leases, and offered to those who wait. Every move between them changes the pool's
   * sequence, so the sum is of one moment when that stayed the same. Rejects with Unavailable when it never does.
   */
  async left(part: Part, request: Request): Promise<number> {
    for (let [before] = await this.#pool(part, request); ; ) {
      const leases = await this.#leases(part);
      const [after] = await this.#pool(part, request);
      if (before.seq === after.seq) {
        const inPool = before.state.status === 'none' ? 0 : before.state.left + (before.state.waitlist?.offered ?? 0);
        return inPool + leases.reduce((sum, { state }) => sum + leftIn(state), 0);
      }
      before = after;
    }
  }

  /** Gives back this instance's leases; what a crash leaves open, others fetch back when they need it. */
  async stop(request: () => Request): Promise<void> {
    for (const part of this.#leased.values()) await this.#close(part, this.#instance, request());
  }
}

const nameOf = ({ campaignId, lane }: Part): string => (lane === undefined ? campaignId : `${campaignId}/${lane}`);
const reservedIn = (campaign: Campaign) => (campaign.status === 'none' ? [] : lanesOf(campaign.definition.allotment));
const isElsewhere = (refusal: string): refusal is Elsewhere => refusal === 'lease_empty' || refusal === 'rule_used';
const endOf = (lease: Lease): number => (lease.status === 'open' ? lease.end : 0);
