import type { Item, Request, Store } from '@fcode/dynamo';
import { type Decision, refuse, Unavailable } from '@fcode/policy';
import { campaignRef, claimRef } from './known.ts';
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
  async make(wish: Wish, signedAs: string | undefined, request: Request): Promise<Decision<MadeLink, Refusal>> {
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
      const [{ state }] = await this.#store.read([link], request.deadline);
      const receipt = state as MadeLink;
      return decision.outcome === 'again' ? { ...decision, receipt } : { ...decision, receipt };
    }
  }

  async #whyNot({ campaignId, memberId, code }: Wish, deadline: number): Promise<Refusal | undefined> {
    const [[campaign], claim] = await Promise.all([
      this.#store.read([campaignRef(campaignId)], deadline),
      code ? this.#store.read([claimRef(code)], deadline).then(([item]) => item) : undefined,
    ]);
    if (campaign.seq === 0) return 'campaign_not_found';
    if (!claim) return undefined;
    if (!claim.state.known) throw new Unavailable('Who has this code is not known here yet.');
    return claim.state.known.memberId === memberId ? undefined : 'code_not_yours';
  }

  /** The link of an id, as it is or was within a minute; undefined when there is none. */
  async find(linkId: string, deadline: number): Promise<MadeLink | undefined> {
    const recent = this.#recent.get(linkId);
    if (recent && performance.now() - recent.since < rememberedMs) return recent.link;
    const since = performance.now();
    const [{ state }]: [Item<Link>] = await this.#store.read([linkRef(linkId)], deadline);
    if (state.status === 'none') return undefined;
    if (this.#recent.size >= rememberedAtMost) this.#recent.clear();
    this.#recent.set(linkId, { link: state, since });
    return state;
  }
}
