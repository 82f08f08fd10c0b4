import { type Item, type Key, nameOf, type Ref, type Request, type Store } from '@fcode/dynamo';
import type { Logger } from '@fcode/event-log';
import type { CodeRedeemed } from '@fcode/events';
import { accept, again, type Policy } from '@fcode/policy';
import { batchPartition, batchRef, claimRef, codePartition } from './known.ts';
import { linkIdForm } from './link.ts';
import type { Links } from './links.ts';
import {
  type CodeOf,
  type Outcome,
  type Purchase,
  purchaseKind,
  purchaseRef,
  purchaseReported,
  purchasesPrefix,
  type Undoing,
  waitingKind,
  waitingPrefix,
  waitingRef,
} from './purchase.ts';
import { type Credit, creditOf, foresee, park, refer, reportAfterMs, settle } from './refer.rule.ts';
import { madeRef, personOf, referralIdOf, referralPrefix, referralRef } from './referral.ts';
import { undo, vest } from './reward.rule.ts';

const pageOf = 100;
/** What one purchase, or one step of a walk, may take; ms. */
const timeOfOneMs = 5000;

/** Where a purchase becomes a referral and its reward. */
export class Referrals {
  readonly #store: Store;
  readonly #links: Links;
  readonly #policy: Policy;
  readonly #logger: Logger;

  constructor(store: Store, links: Links, policy: Policy, logger: Logger) {
    this.#store = store;
    this.#links = links;
    this.#policy = policy;
    this.#logger = logger;
  }

  /** A friend bought: settled once however often it is heard, or parked until it is known whose code it was. */
  async hear(redemption: CodeRedeemed['data'], request: Request): Promise<void> {
    const refs = [purchaseRef(redemption), claimRef(redemption), batchRef(redemption.batch)] as const;
    for (;;) {
      const [purchase, claim, batch] = await this.#store.read([...refs], request.deadline);
      if (purchase.state.status === 'settled') return;
      const { invite } = redemption;
      const link =
        invite !== undefined && linkIdForm.test(invite) ? await this.#links.find(invite, request.deadline) : undefined;
      const credit = creditOf(redemption, { claim: claim.state, batch: batch.state, link: link?.link });
      if (credit !== 'unknown') {
        await this.#settle(redemption, credit, purchase, request);
        return;
      }
      const decision = await this.#store.change(
        [...refs, waitingRef(redemption)],
        (mine, theirs, origin, waiting) => park(redemption, request.at, mine, theirs, origin, waiting),
        request,
        [purchase, claim, batch, undefined],
      );
      if (decision.outcome !== 'refused') return;
    }
  }

  /**
   * A purchase is undone, in part or whole: its reward with it, or as soon as there is one. Each time that is one write, on the
   * purchase until it is settled and on its referral from then on, so nothing is lost between two.
   */
  async undo(purchase: CodeOf & { buyer: string }, heard: Undoing, request: Request): Promise<void> {
    const { redemptionId, buyer } = purchase;
    const { at } = request;
    const decision = await this.#store.change([purchaseRef(purchase)], (state) => foresee(heard, at, state), request);
    if (decision.outcome !== 'refused') return;
    const edge = referralRef(referralIdOf(buyer));
    await this.#store.change([edge], (referral) => undo(redemptionId, heard, at, referral), request);
  }

  async #settle(
    redemption: CodeRedeemed['data'],
    credit: Credit | Extract<Outcome, 'uninvited' | 'self'>,
    purchase: Item<Purchase>,
    request: Request,
  ): Promise<void> {
    const mine = purchaseRef(redemption);
    const end = (outcome: Exclude<Outcome, 'referred'>) =>
      this.#store.change([mine], (state) => settle(outcome, state), request, [purchase]);
    if (typeof credit === 'string') return void (await end(credit));
    const { buyer, redeemedAt, redemptionId } = redemption;
    const referralId = referralIdOf(buyer);
    for (;;) {
      const [friend] = await this.#store.read([referralRef(referralId)], request.deadline);
      if (friend.state.status === 'made') {
        // Its own purchase, settled by another delivery a moment ago, or an earlier one.
        const isThisOne = friend.state.made.redemptionId === redemptionId;
        return void (isThisOne || (await end('already_referred')));
      }
      const root = await this.#rootOf(personOf(credit.inviter));
      if (root === buyer) return void (await end('cycle'));
      const command = { redemption, credit, referralId, root, at: request.at };
      const decision = await this.#store.change(
        [
          referralRef(referralId),
          referralRef(referralIdOf(root)),
          mine,
          madeRef(credit.inviter, redeemedAt, redemptionId),
        ],
        (own, rootsOwn, state, _) => refer(command, this.#policy, own, rootsOwn, state),
        { ...request, deadline: performance.now() + timeOfOneMs },
        [friend, undefined, purchase, undefined],
      );
      if (decision.outcome !== 'refused') return;
    }
  }

  /** Who stands at the top above a person. Each step goes to who stood there when the edge was written. */
  async #rootOf(person: string): Promise<string> {
    const seen = new Set<string>();
    for (let at = person; ; ) {
      const deadline = performance.now() + timeOfOneMs;
      const [{ state }] = await this.#store.read([referralRef(referralIdOf(at))], deadline);
      if (state.status === 'none') return at;
      if (seen.has(at)) throw new Error('a referral leads back to itself');
      seen.add(at);
      at = state.root;
    }
  }

  /** It is known now who has the code: what was parked for that goes on. */
  wakeCode(code: { batch: number; index: number }, request: Request): Promise<void> {
    const range = { pk: codePartition(code), prefix: purchasesPrefix };
    return this.#each(range, purchaseKind, (purchase) => this.#goOn(purchase, request));
  }

  /** It is known now that nobody will claim the codes of this batch: what was parked for that goes on. */
  wakeBatch(batch: number, request: Request): Promise<void> {
    const range = { pk: batchPartition(batch), prefix: waitingPrefix };
    return this.#each(range, waitingKind, async ({ redemption }) => {
      const [parked] = redemption ? await this.#store.read([purchaseRef(redemption)]) : [];
      if (parked) await this.#goOn(parked.state, request);
    });
  }

  /** With time of its own: a long line would never end if those before it took all there was, every time. */
  async #goOn(purchase: Purchase, request: Request): Promise<void> {
    if (purchase.status !== 'parked') return;
    await this.hear(purchase.redemption, { ...request, deadline: performance.now() + timeOfOneMs });
  }

  async #each<State>(
    range: { pk: string; prefix: string },
    kind: Pick<Ref<State>, 'initial' | 'evolve'>,
    visit: (state: State) => Promise<void>,
  ): Promise<void> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.query({ ...range, limit: pageOf, ...(cursor ? { cursor } : {}) }, kind);
      for (const { state } of page.items) await visit(state);
      cursor = page.cursor;
      if (cursor === undefined) return;
    }
  }

  /** What is due about an item, `at` in epoch ms: a reward vests, or a purchase has been parked for long. */
  async handle(key: Key, at: number): Promise<void> {
    const request = { at, deadline: performance.now() + 5000, correlationId: 'timers', causationId: 'timers' };
    if (key.pk.startsWith(referralPrefix)) {
      const ref = referralRef(key.pk.slice(referralPrefix.length));
      const known = await this.#store.read([ref]);
      await this.#store.change([ref], (referral) => vest(at, referral), request, known);
      return;
    }
    const ref = { ...key, ...purchaseKind };
    const [purchase] = await this.#store.read([ref]);
    // What it waits for may be known, and its wake-up lost with an event that could not be handled.
    await this.#goOn(purchase.state, request);
    const decision = await this.#store.change(
      [ref],
      (purchase) =>
        'reportAt' in purchase && purchase.reportAt <= at
          ? accept([purchaseReported(at + reportAfterMs)], { status: purchase.status })
          : again({ status: purchase.status }),
      request,
    );
    if (decision.outcome === 'accepted') {
      const what =
        decision.receipt.status === 'parked'
          ? 'a purchase waits for the claim of its code, or for its batch'
          : 'what undoes a purchase waits for the purchase itself';
      this.#logger.warn({ item: nameOf(key) }, what);
    }
  }
}
