import type { Request, Store } from '@fcode/dynamo';
import { accept, type Decision, refuse } from '@fcode/policy';
import { ulid } from 'ulid';
import { batchKept, batchRef, numberRef } from './batch.ts';
import { type CampaignReceipt, copyOf, create, publish, settle } from './campaign.rules.ts';
import { type Campaign, campaignRef, type Definition, partsIn } from './campaign.ts';
import type { ClaimStore } from './claim-store.ts';
import { answerBefore, answered, firstAnswerRef } from './first-answer.ts';
import { type Part, poolRef } from './quota.ts';
import type { Refusal } from './refusals.ts';

const batchNumbers = 2 ** 20;

type Decided = Decision<CampaignReceipt, Refusal | 'idempotency_key_reused'>;

/** The next batch number; refused when all of them are used. Read first: it is never untouched, as a first try would take it. */
export const takeBatchNumber = async (store: Store, request: Request) =>
  store.change(
    [numberRef],
    ({ last }) =>
      last + 1 < batchNumbers
        ? accept([{ type: 'number.taken', data: {} }], { batch: last + 1 })
        : refuse('batches_used_up'),
    unkeyed(request),
    await store.read([numberRef], request.deadline),
  );

const isSame = (some: readonly Part[], others: readonly Part[]): boolean =>
  some.map(({ lane }) => lane).join() === others.map(({ lane }) => lane).join();

/** For changes on the way to the one that the caller named with a key. */
export const unkeyed = ({ idempotency: _, ...request }: Request): Request => request;

/** Where campaigns change. */
export class CampaignStore {
  readonly #store: Store;
  readonly #claims: ClaimStore;
  readonly #keyVersion: number;

  constructor(store: Store, claims: ClaimStore, keyVersion: number) {
    this.#store = store;
    this.#claims = claims;
    this.#keyVersion = keyVersion;
  }

  /** Needs an idempotency key: the new id is found again by it. `copiedFrom`: the campaign that it is made like, where it is. */
  create(definition: Definition, by: string, request: Request, copiedFrom?: string): Promise<Decided> {
    const campaignId = `cmp_${ulid(request.at)}`;
    return this.#store.change(
      [campaignRef(campaignId), firstAnswerRef(request.idempotency?.key ?? campaignId)],
      (_, first): Decided => {
        const before = answerBefore<CampaignReceipt>(first, request);
        if (before) return before;
        const decision = create({ campaignId, by, at: request.at }, definition, copiedFrom);
        if (decision.outcome !== 'accepted') return decision;
        return { ...decision, facts: [...decision.facts, answered(request, decision.receipt)] };
      },
      unkeyed(request),
    );
  }

  async publish(campaignId: string, by: string, request: Request): Promise<Decided> {
    // Numbers are finite: what would be refused takes none.
    const [{ state }] = await this.#store.read([campaignRef(campaignId)], request.deadline);
    if (state.status !== 'draft')
      return publish({ campaignId, by, at: request.at }, state, { batch: 0, keyVersion: 0 });
    const taken = await takeBatchNumber(this.#store, request);
    if (taken.outcome === 'refused') return taken as Decided;
    const pinned = { batch: taken.receipt.batch, keyVersion: this.#keyVersion };
    const at = new Date(request.at).toISOString();
    const { decision } = await this.#asParted(campaignId, request, (parts, isParted) =>
      this.#store.change(
        [campaignRef(campaignId), batchRef(campaignId, pinned.batch), ...parts.map(poolRef)],
        (campaign, ..._others): Decision<CampaignReceipt, Refusal | 'moved'> => {
          if (!isParted(campaign)) return refuse('moved');
          const decision = publish({ campaignId, by, at: request.at }, campaign, pinned);
          return decision.outcome === 'accepted'
            ? { ...decision, facts: [...decision.facts, batchKept(at)] }
            : decision;
        },
        request,
      ),
    );
    return decision;
  }

  /**
   * How a quota is parted is read before the change that touches its pools. While it is a draft that may be edited in between:
   * then it is read and decided once more, since a pool that is not in the change would be without its part of the quota.
   */
  async #asParted(
    campaignId: string,
    { deadline }: Request,
    change: (
      parts: Part[],
      isParted: (campaign: Campaign) => boolean,
    ) => Promise<Decision<CampaignReceipt, Refusal | 'moved' | 'idempotency_key_reused'>>,
  ): Promise<{ parts: Part[]; decision: Decided }> {
    for (;;) {
      const [{ state }] = await this.#store.read([campaignRef(campaignId)], deadline);
      const parts = partsIn(campaignId, state);
      const decision = await change(parts, (campaign) => isSame(parts, partsIn(campaignId, campaign)));
      if (decision.outcome === 'refused' && decision.refusal === 'moved') continue;
      return { parts, decision: decision as Decided };
    }
  }

  /**
   * Pause, resume or close. Claims need an open lease, and leases an open pool: when this has answered a pause or a
   * close, no claim that comes after it succeeds, on any instance.
   */
  async switch(
    campaignId: string,
    rule: (campaign: Campaign) => Decision<CampaignReceipt, Refusal>,
    request: Request,
  ): Promise<Decided> {
    const { parts, decision } = await this.#asParted(campaignId, request, (parts, isParted) =>
      this.#store.change(
        [campaignRef(campaignId), ...parts.map(poolRef)],
        (campaign, ..._pools): Decision<CampaignReceipt, Refusal | 'moved'> =>
          isParted(campaign) ? rule(campaign) : refuse('moved'),
        request,
      ),
    );
    // A retry closes what a crash between the two steps left open.
    if (decision.outcome !== 'refused' && decision.receipt.status !== 'published') {
      for (const part of parts) await this.#claims.closeAll(part, unkeyed(request));
    }
    if (decision.outcome !== 'refused' && decision.receipt.status === 'closed') {
      const left = await Promise.all(parts.map((part) => this.#claims.left(part, request)));
      const returned = left.reduce((sum, codes) => sum + codes, 0);
      await this.#store.change(
        [campaignRef(campaignId)],
        (campaign) => settle(campaignId, campaign, returned),
        unkeyed(request),
      );
    }
    return decision;
  }

  /** A draft like another campaign, in another window. Needs an idempotency key, as `create` does. */
  async duplicate(
    campaignId: string,
    changed: { name?: string | undefined; startsAt: string; endsAt: string },
    by: string,
    request: Request,
  ): Promise<Decided> {
    const [{ state }] = await this.#store.read([campaignRef(campaignId)], request.deadline);
    if (state.status === 'none') return refuse('campaign_not_found');
    return this.create(copyOf(state.definition, changed), by, request, campaignId);
  }
}
