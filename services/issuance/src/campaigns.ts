import type { Store } from '@fcode/dynamo';
import { type Campaign, campaignRef } from './campaign.ts';

const recentMs = 1000;
const rememberedAtMost = 10_000;

/** Campaigns as read from the store. */
export class Campaigns {
  readonly #store: Store;
  readonly #read = new Map<string, { campaign: Campaign; since: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  async now(campaignId: string, deadline: number): Promise<Campaign> {
    const since = performance.now();
    const [{ state }] = await this.#store.read([campaignRef(campaignId)], deadline);
    if (this.#read.size >= rememberedAtMost) this.#read.clear();
    if (state.status === 'published') this.#read.set(campaignId, { campaign: state, since });
    else this.#read.delete(campaignId);
    return state;
  }

  /**
   * As of a second ago or less if it was published then, for claims: the definition never changes after publication,
   * and a pause is enforced by closing the leases, not by this.
   */
  async recent(campaignId: string, deadline: number): Promise<Campaign> {
    const known = this.#read.get(campaignId);
    return known && performance.now() - known.since < recentMs ? known.campaign : this.now(campaignId, deadline);
  }
}
