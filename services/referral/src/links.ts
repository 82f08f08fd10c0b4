import type { Request, Store } from '@fcode/dynamo';
import { type Decision, refuse, Unavailable } from '@fcode/policy';
import { batchRef, campaignRef, claimRef } from './known.ts';
import { type MakeLink, makeLink, signLink } from './link.rule.ts';
import { type Link, linkOfRef, linkRef, newLinkId, type Wish } from './link.ts';
import type { Refusal } from './refusals.ts';

export type MadeLink = Extract<Link, { status: 'made' }>;

const rememberedMs = 60_000;
const rememberedAtMost = 10_000;

/** Invite links, where they are made and looked up. */
export class Links {
  readonly #store: Store;
  /** A link never changes but in how it is signed. */
  readonly #recent = new Map<string, { link: MadeLink; since: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The member's link for this; the same again when there is one. */
  async make(wish: Wish, signedAs: string | undefined, asked: Request): Promise<Decision<MadeLink, Refusal>> {
    // The wish tells a retry; a key would keep the same link from being signed anew.
    const { idempotency: _, ...request } = asked;
    const refused = await this.#whyNot(wish, request.deadline);
    if (refused) return refuse(refused);
    const linkOf = linkOfRef(wish);
    for (;;) {
      const [known] = await this.#store.read([linkOf], request.deadline);
      const linkId = known.state.linkId ?? newLinkId();
      const link = linkRef(linkId);
      const command: MakeLink = { ...wish, linkId, signedAs, at: request.at };
      const decision = await this.#store.change([link, linkOf], (_, mine) => makeLink(command, mine), request, [
        (await this.#store.read([link], request.deadline))[0],
        known,
      ]);
      // Somebody, in all likelihood the same member, was first.
      if (decision.outcome === 'refused') continue;
      if (decision.outcome === 'again' && signedAs !== undefined) {
        await this.#store.change([link], (state) => signLink(signedAs, state), request);
      }
      const receipt = (await this.read(linkId, request.deadline)) as MadeLink;
      return decision.outcome === 'again' ? { ...decision, receipt } : { ...decision, receipt };
    }
  }

  async #whyNot({ campaignId, memberId, code }: Wish, deadline: number): Promise<Refusal | undefined> {
    const [[campaign], about] = await Promise.all([
      this.#store.read([campaignRef(campaignId)], deadline),
      code && this.#store.read([claimRef(code), batchRef(code.batch)], deadline),
    ]);
    if (campaign.seq === 0) return 'campaign_not_found';
    if (!about) return undefined;
    const [claim, batch] = about;
    const known = batch.state.known;
    const isNobodys = known !== undefined && (!known.isClaimable || (code?.index ?? 0) >= known.size);
    if (!claim.state.known && !isNobodys) throw new Unavailable('Who has this code is not known here yet.');
    if (claim.state.known?.memberId !== memberId) return 'code_not_yours';
    return claim.state.known.campaignId === campaignId ? undefined : 'code_of_another_campaign';
  }

  /** The link of an id, as it is or was within a minute; undefined when there is none. */
  async find(linkId: string, deadline: number): Promise<MadeLink | undefined> {
    const recent = this.#recent.get(linkId);
    if (recent && performance.now() - recent.since < rememberedMs) return recent.link;
    return this.read(linkId, deadline);
  }

  /** The link of an id as it is, also in how it is signed; undefined when there is none. */
  async read(linkId: string, deadline: number): Promise<MadeLink | undefined> {
    const since = performance.now();
    const [{ state }] = await this.#store.read([linkRef(linkId)], deadline);
    if (state.status === 'none') return undefined;
    if (this.#recent.size >= rememberedAtMost) this.#recent.clear();
    this.#recent.set(linkId, { link: state, since });
    return state;
  }
}
