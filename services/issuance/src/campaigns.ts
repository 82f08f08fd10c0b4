import type { Store } from '@fcode/dynamo';
import { campaignRef, type KnownCampaign } from './campaign.ts';

const recentMs = 1000;
const rememberedAtMost = 10_000;

/** Campaigns as read from the store. */
export class Campaigns {
  readonly #store: Store;
  readonly #read = new Map<string, { known: KnownCampaign; since: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  async now(campaignId: string, deadline: number): Promise<KnownCampaign> {
    const since = performance.now();
    const [{ state: campaign, seq: version }] = await this.#store.read([campaignRef(campaignId)], deadline);
    const known = { campaign, version };
    if (this.#read.size >= rememberedAtMost) this.#read.clear();
    if (campaign.status === 'published') this.#read.set(campaignId, { known, since });
    else this.#read.delete(campaignId);
    return known;
  }

  /**
   * As of a second ago or less if it was published then, for claims: the definition never changes after publication,
   * and a pause is enforced by closing the leases, not by this.
   */
  async recent(campaignId: string, deadline: number): Promise<KnownCampaign> {
    const read = this.#read.get(campaignId);
    return read && performance.now() - read.since < recentMs ? read.known : this.now(campaignId, deadline);
  }
}
