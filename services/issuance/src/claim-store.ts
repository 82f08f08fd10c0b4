import type { Item, Request, Store } from '@fcode/dynamo';
import { allotmentAt, type Decision, type Policy, Unavailable } from '@fcode/policy';
import type { Campaigns } from './campaigns.ts';
import { type Claim, type ClaimReceipt, claim } from './claim.rule.ts';
import { closeLease, openLease } from './lease.rule.ts';
import { allotmentRef } from './member-codes.ts';
import { type Lease, leaseHolder, leaseKind, leaseRef, leasesOf, leftIn, type Pool, poolRef } from './quota.ts';
import type { Refusal } from './refusals.ts';
import { standingRef } from './standing.ts';

/** Leases that one instance works on side by side: claims on one lease follow one another. */
const stripes = 4;

/**
 * Claims, and the quota behind them. Each instance hands out of slices of its own (leases), so no claim waits for
 * another instance's; a claim is one transaction on the member's allotment and the lease. When the pool is empty, what
 * others hold and do not use is fetched back, so `sold_out` is said only when nothing is left anywhere.
 */
export class ClaimStore {
  readonly #store: Store;
  readonly #campaigns: Campaigns;
  readonly #policy: Policy;
  readonly #instance: string;
  /** Nothing returns to a quota of which every code is claimed, so this never has to be taken back. */
  readonly #soldOut = new Set<string>();
  readonly #held = new Set<string>();
  #next = 0;

  constructor(store: Store, campaigns: Campaigns, policy: Policy, instance: string) {
    this.#store = store;
    this.#campaigns = campaigns;
    this.#policy = policy;
    this.#instance = instance;
  }

  async claim(command: Claim, request: Request): Promise<Decision<ClaimReceipt, Refusal | 'idempotency_key_reused'>> {
    const { campaignId, memberId, at } = command;
    this.#next = (this.#next + 1) % stripes;
    const holder = `${this.#instance}.${this.#next}`;
    const refs = [allotmentRef(memberId, campaignId), leaseRef(campaignId, holder)] as const;
    const campaign = await this.#campaigns.recent(campaignId, request.deadline);
    // The claim's own request id stands on the code that it made, for as long as the code does.
    const { idempotency: _, ...unkeyed } = request;
    for (;;) {
      const [mine, lease, known] = await this.#store.read([...refs, standingRef(memberId)], request.deadline);
      const allotted = allotmentAt(
        this.#policy,
        campaign.status === 'none' ? {} : campaign.definition.allotment,
        known.state.standing,
        at,
      );
      const decision = await this.#store.change(
        [...refs],
        (codes, slice) => claim(command, codes, slice, campaign, allotted),
        unkeyed,
        [mine, lease],
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'lease_empty') {
        return decision as Decision<ClaimReceipt, Refusal>;
      }
      const refused = await this.#refill(campaignId, holder, unkeyed);
      if (refused) return { outcome: 'refused', refusal: refused, facts: [], reasons: [{ code: refused }] };
    }
  }

  /** Gets the lease another slice; the refusal when there is none to be had. */
  async #refill(campaignId: string, holder: string, request: Request): Promise<Refusal | undefined> {
    if (this.#soldOut.has(campaignId)) return 'sold_out';
    this.#held.add(`${campaignId} ${holder}`);
    while (performance.now() < request.deadline) {
      const decision = await this.#store.change(
        [poolRef(campaignId), leaseRef(campaignId, holder)],
        (pool, lease) => openLease(holder, pool, lease),
        request,
      );
      if (decision.outcome !== 'refused') return undefined;
      if (decision.refusal === 'pool_stopped') {
        const { status } = await this.#campaigns.now(campaignId, request.deadline);
        if (status === 'paused') return 'campaign_paused';
        if (status === 'closed') return 'campaign_closed';
        continue;
      }
      if (await this.#nothingLeft(campaignId, request)) {
        this.#soldOut.add(campaignId);
        return 'sold_out';
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
      [poolRef(campaignId), leaseRef(campaignId, holder)],
      (pool, lease) => closeLease(holder, pool, lease),
      request,
    );
  }

  /** Brings back to the pool what all instances hold: after it, no claim succeeds in a campaign whose pool is stopped. */
  async closeAll(campaignId: string, request: Request): Promise<void> {
    for (const { sk } of await this.#leases(campaignId)) await this.#close(campaignId, leaseHolder(sk), request);
  }

  /** Codes of the quota that are not handed out: in the pool and in leases. */
  async left(campaignId: string, request: Request): Promise<number> {
    const [pool] = await this.#pool(campaignId, request);
    const leases = await this.#leases(campaignId);
    return (
      (pool.state.status === 'none' ? 0 : pool.state.left) + leases.reduce((sum, { state }) => sum + leftIn(state), 0)
    );
  }

  /** Gives back this instance's leases; what a crash leaves open, others fetch back when they need it. */
  async stop(request: () => Request): Promise<void> {
    for (const held of this.#held) {
      const [campaignId, holder] = held.split(' ') as [string, string];
      await this.#close(campaignId, holder, request());
    }
  }
}
