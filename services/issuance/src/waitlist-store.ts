import type { CodeMint } from '@fcode/codes';
import { type Change, fromTheTop, type Key, Lanes, type Request, type Store } from '@fcode/dynamo';
import { accept, again, type Decision, refuse, tierAt, Unavailable } from '@fcode/policy';
import { type Campaign, campaignRef, type KnownCampaign, nextEndIn, phaseAt, waitlistIn } from './campaign.ts';
import { unkeyed } from './campaign-store.ts';
import type { Campaigns } from './campaigns.ts';
import type { Claim, ClaimReceipt } from './claim.rule.ts';
import type { ClaimStore } from './claim-store.ts';
import type { Ladders } from './cutoffs.ts';
import { allotmentRef, type MemberCodes } from './member-codes.ts';
import { type Pool, poolRef, waitlistLooked, waitlistOver } from './quota.ts';
import type { Refusal } from './refusals.ts';
import { standingRef } from './standing.ts';
import { giveToAll, join, lapse, leave, offer, supply, take, type Waiter, type WaitReceipt } from './waitlist.rules.ts';
import { lineOf, type Wait, waiterOf, waitRef } from './waitlist.ts';

type Keyed<Receipt, Refused extends string> = Decision<Receipt, Refused | 'idempotency_key_reused'>;
type Taking = Change<[MemberCodes, Wait, Pool], ClaimReceipt, Refusal | 'pool_stopped'>;

/** Somebody who waits. `order` as in Wait. */
export interface InLine {
  memberId: string;
  order: number;
}

/** Those who have waited longest, `headOf` of them at most, as they were a moment ago. */
export interface LineHead {
  orders: number[];
}

/** What one transaction carries: each touches three items, one of them all the same one; it may touch 100. */
const atOnce = 30;
const waitingAtMost = 2000;
/** How long one look of the timers works on a campaign; less than half of what its lease lasts. */
const workMs = 4000;
const roundsAtMost = 5;
const headOf = 1000;
const headForMs = 1000;
const headsAtMost = 1000;
const orderPerMs = 1000;

/** Where members wait for places that come back, and are offered them in their order. */
export class WaitlistStore {
  readonly #store: Store;
  readonly #campaigns: Campaigns;
  readonly #claims: ClaimStore;
  readonly #ladders: Ladders;
  readonly #mint: Pick<CodeMint, 'has'>;
  readonly #clock: () => number;
  readonly #heads = new Map<string, { head: Promise<LineHead>; since: number }>();
  readonly #takings: Lanes<Taking, Keyed<ClaimReceipt, Refusal | 'pool_stopped'>>;

  constructor(
    store: Store,
    campaigns: Campaigns,
    claims: ClaimStore,
    ladders: Ladders,
    { mint, clock }: { mint: Pick<CodeMint, 'has'>; clock: () => number },
  ) {
    this.#store = store;
    this.#campaigns = campaigns;
    this.#claims = claims;
    this.#ladders = ladders;
    this.#mint = mint;
    this.#clock = clock;
    this.#takings = new Lanes({
      size: atOnce,
      inFlight: 1,
      queue: waitingAtMost,
      run: (changes) => store.changeTogether(changes),
    });
  }

  async join(waiter: Waiter & { region: string }, request: Request): Promise<Keyed<WaitReceipt, Refusal>> {
    const { campaignId, memberId, at } = waiter;
    const { campaign } = await this.#campaigns.recent(campaignId, request.deadline);
    const order = at * orderPerMs + Math.floor(Math.random() * orderPerMs);
    return this.#store.change(
      [waitRef(memberId, campaignId), allotmentRef(memberId, campaignId)],
      (wait, mine) => join(waiter, order, wait, mine, campaign),
      request,
    );
  }

  leave(waiter: Waiter, request: Request): Promise<Keyed<WaitReceipt, Refusal>> {
    const { campaignId, memberId } = waiter;
    return this.#store.change(
      [waitRef(memberId, campaignId), poolRef({ campaignId, lane: 'waitlist' })],
      (wait, pool) => leave(waiter, wait, pool),
      request,
    );
  }

  async take(command: Claim, request: Request): Promise<Keyed<ClaimReceipt, Refusal>> {
    const { campaignId, memberId, at } = command;
    const refs: Taking['refs'] = [
      allotmentRef(memberId, campaignId),
      waitRef(memberId, campaignId),
      poolRef({ campaignId, lane: 'waitlist' }),
    ];
    const [known, ladder, [mine, wait, pool], [standing]] = await Promise.all([
      this.#campaigns.recent(campaignId, request.deadline),
      this.#ladders.recent(request.deadline),
      this.#store.read(refs, request.deadline),
      this.#store.read([standingRef(memberId)], request.deadline),
    ]);
    const tier = tierAt(ladder, standing.state.standing, at);
    const ruleOf =
      (campaign: KnownCampaign): Taking['rule'] =>
      (codes, waiting, places) =>
        take(command, codes, waiting, places, campaign, tier);
    const early = ruleOf(known)(mine.state, wait.state, pool.state);
    if (early.outcome === 'again') return early;
    const { campaign } = known;
    if ('keyVersion' in campaign && campaign.keyVersion !== undefined && !this.#mint.has(campaign.keyVersion)) {
      throw new Unavailable('This instance does not have the key of the campaign yet.');
    }
    // The claim's own request id stands on the code that it made, for as long as the code does.
    const taking = { refs, request: unkeyed(request), known: [mine, wait, pool] } satisfies Partial<Taking>;
    const decision = await this.#takings.submit({ ...taking, rule: ruleOf(known) }, request.deadline);
    if (decision.outcome !== 'refused' || decision.refusal !== 'pool_stopped') {
      return decision as Keyed<ClaimReceipt, Refusal>;
    }
    const now = await this.#campaigns.now(campaignId, request.deadline);
    const settled = ruleOf(now)(mine.state, wait.state, pool.state);
    if (settled.outcome === 'refused' && settled.refusal !== 'pool_stopped')
      return settled as Keyed<ClaimReceipt, Refusal>;
    throw new Unavailable('The campaign goes on in a moment.');
  }

  async mine(memberId: string, campaignId: string, deadline: number): Promise<Wait> {
    const [{ state }] = await this.#store.read([waitRef(memberId, campaignId)], deadline);
    return state;
  }

  /** How many wait before whom; `headOf` where it is that many or more. */
  async ahead(campaignId: string, order: number): Promise<number> {
    const { orders } = await this.head(campaignId);
    const position = orders.findIndex((one) => one >= order);
    return position < 0 ? orders.length : position;
  }

  /** A page of those who wait; `next` is where the one after it begins. */
  async page(
    campaignId: string,
    limit: number,
    after: number | undefined,
  ): Promise<{ items: { memberId: string; since: string }[]; next?: number }> {
    const found: InLine[] = [];
    for await (const waiter of this.line(campaignId, limit + 1, after)) {
      found.push(waiter);
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    return {
      items: items.map(({ memberId, order }) => ({ memberId, since: new Date(order / orderPerMs).toISOString() })),
      ...(found.length > limit ? { next: items.at(-1)?.order as number } : {}),
    };
  }

  /** Those who wait longest; read at most once a second, whoever asks. */
  head(campaignId: string): Promise<LineHead> {
    const now = performance.now();
    const known = this.#heads.get(campaignId);
    if (known && now - known.since < headForMs) return known.head;
    const head = this.#headNow(campaignId);
    if (this.#heads.size >= headsAtMost) this.#heads.clear();
    this.#heads.set(campaignId, { head, since: now });
    head.catch(() => this.#heads.delete(campaignId));
    return head;
  }

  async #headNow(campaignId: string): Promise<LineHead> {
    const orders: number[] = [];
    for await (const { order } of this.line(campaignId, headOf)) {
      orders.push(order);
      if (orders.length === headOf) break;
    }
    return { orders };
  }

  /** The `first` who wait, or more, in their order; with `after`, of those whose order comes after it. The index may lag by moments. */
  async *line(campaignId: string, first: number, after?: number): AsyncGenerator<InLine> {
    const between =
      after === undefined ? {} : { between: { from: String(-Number.MAX_SAFE_INTEGER), to: String(-after) } };
    for await (const { key, rank } of fromTheTop(this.#store, { board: lineOf(campaignId), first, ...between })) {
      const waiter = waiterOf(key);
      if (waiter) yield { memberId: waiter.memberId, order: -Number(rank) };
    }
  }

  /** Gives places that were for everybody to those who wait. */
  async supply(
    wish: { campaignId: string; by: string; reason: string; places: number },
    request: Request,
  ): Promise<Keyed<{ places: number }, Refusal>> {
    const { campaignId, places } = wish;
    for (let round = 0; round < roundsAtMost; round += 1) {
      const decision = await this.#store.change(
        [poolRef({ campaignId, lane: 'waitlist' }), poolRef({ campaignId }), campaignRef(campaignId)],
        (waitlist, pool, campaign) => supply({ ...wish, at: request.at }, waitlist, pool, campaign),
        request,
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'pool_short') {
        return decision as Keyed<{ places: number }, Refusal>;
      }
      const left = await this.#claims.gather(campaignId, places, request);
      if (left < places) return refuse('quota_exceeded', [{ code: 'codes_left', left, wanted: places }]);
    }
    throw new Unavailable('Codes of this campaign are being moved between instances.');
  }

  /** What is due about places of those who wait: an offer is over, or places came back. */
  async work(key: Key): Promise<void> {
    const waiter = waiterOf(key);
    if (waiter) await this.#lapse(waiter);
    else await this.#offer(key.pk.slice(poolRef({ campaignId: '' }).pk.length));
  }

  async #lapse({ memberId, campaignId }: { memberId: string; campaignId: string }): Promise<void> {
    const at = this.#clock();
    const request = this.#quiet(at);
    const { campaign } = await this.#campaigns.now(campaignId, request.deadline);
    await this.#store.change(
      [waitRef(memberId, campaignId), poolRef({ campaignId, lane: 'waitlist' })],
      (wait, pool) => lapse({ campaignId, memberId, at }, untilOf(campaign, at), wait, pool, campaign),
      request,
    );
  }

  async #offer(campaignId: string): Promise<void> {
    const until = performance.now() + workMs;
    const at = this.#clock();
    const ref = poolRef({ campaignId, lane: 'waitlist' });
    const { campaign } = await this.#campaigns.now(campaignId, until);
    if (campaign.status === 'none' || !waitlistIn(campaign)) return;
    const phase = phaseAt(campaign, at);
    if (phase === 'ended') {
      await this.#store.change([ref], overNow, this.#quiet(at));
      return;
    }
    if (phase !== 'open') return;
    await this.#claims.giveUp(campaignId, campaign, this.#quiet(at));
    const next = nextEndIn(campaign.definition.allotment, at);
    await this.#store.change(
      [ref],
      (pool) =>
        pool.status === 'none' || pool.waitlist?.next === next ? again({}) : accept([waitlistLooked(next)], {}),
      this.#quiet(at),
    );
    // The index may lag: who was offered a place a moment ago may still stand there.
    const seen = new Set<string>();
    while (performance.now() < until) {
      const [{ state: pool }] = await this.#store.read([ref]);
      if (pool.status !== 'open' || pool.left <= 0) return;
      const first = await this.#first(campaignId, Math.min(headOf, pool.left), seen);
      if (first.length === 0) {
        await this.#store.change([ref, poolRef({ campaignId })], (places, _rest) => giveToAll(places), this.#quiet(at));
        return;
      }
      for (let from = 0; from < first.length && performance.now() < until; from += atOnce) {
        const some = first.slice(from, from + atOnce);
        await this.#store.changeTogether(
          some.map(
            (memberId): Change<[Wait, Pool, MemberCodes], object, 'none_left' | 'not_waiting'> => ({
              refs: [waitRef(memberId, campaignId), ref, allotmentRef(memberId, campaignId)],
              rule: (wait, places, mine) =>
                offer({ campaignId, memberId, at }, untilOf(campaign, at), wait, places, mine),
              request: this.#quiet(at),
            }),
          ),
        );
        for (const memberId of some) seen.add(memberId);
      }
    }
  }

  async #first(campaignId: string, most: number, seen: ReadonlySet<string>): Promise<string[]> {
    const first: string[] = [];
    for await (const { memberId } of this.line(campaignId, most + seen.size)) {
      if (!seen.has(memberId)) first.push(memberId);
      if (first.length === most) break;
    }
    return first;
  }

  #quiet(at: number): Request {
    return { at, deadline: performance.now() + workMs, correlationId: 'waitlist', causationId: 'waitlist' };
  }
}

const overNow = (pool: Pool): Decision<object, never> =>
  pool.status === 'none' || pool.waitlist?.over ? again({}) : accept([waitlistOver()], {});

/** Until when a place is kept that is offered at `at`; never beyond the campaign. Epoch ms. */
const untilOf = (campaign: Campaign, at: number): number => {
  if (campaign.status === 'none') return at;
  const { endsAt, waitlist } = campaign.definition;
  return Math.min(at + (waitlist?.offerSeconds ?? 0) * 1000, Date.parse(endsAt));
};
