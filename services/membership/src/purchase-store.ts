import type { KeyReused, Request, Store } from '@fcode/dynamo';
import type { Decision } from '@fcode/policy';
import { type Buy, type BuyReceipt, type BuyRefusal, buy } from './buy.rule.ts';
import type { Ladders } from './ladders.ts';
import { memberPartition, memberRef } from './member.ts';
import { type Bought, inListKind, inListRef, type Purchase, purchaseRef, purchasesPrefix } from './purchase.ts';
import { bought, type Contradiction, giveBack } from './purchase-outcome.rules.ts';

/** Where points are spent, and given back: the sum, the ledger entry and the member's list are one transaction. */
export class PurchaseStore {
  readonly #store: Store;
  readonly #ladders: Ladders;

  constructor(store: Store, ladders: Ladders) {
    this.#store = store;
    this.#ladders = ladders;
  }

  async buy(command: Buy, request: Request): Promise<Decision<BuyReceipt, BuyRefusal | KeyReused>> {
    const { memberId, purchaseId, at } = command;
    // The purchase is named by the request's key, and tells a retry for as long as there is a ledger.
    const { idempotency: _, ...unkeyed } = request;
    const [ladder, [member, purchase]] = await Promise.all([
      this.#ladders.recent(request.deadline),
      this.#store.read([memberRef(memberId), purchaseRef(purchaseId)], request.deadline),
    ]);
    return this.#store.change(
      [memberRef(memberId), purchaseRef(purchaseId), inListRef(memberId, purchaseId, new Date(at).toISOString())],
      (...states) => buy(command, ladder, ...states),
      unkeyed,
      [member, purchase, undefined],
    );
  }

  /** Rejects where the purchase has had another end. */
  async bought(code: Bought, request: Request): Promise<void> {
    const ref = purchaseRef(code.purchaseId);
    const known = await this.#store.read([ref], request.deadline);
    settled(code.purchaseId, await this.#store.change([ref], (purchase) => bought(code, purchase), request, known));
  }

  /** Rejects where the purchase has had another end. */
  async giveBack(
    { memberId, purchaseId, reason }: { memberId: string; purchaseId: string; reason: string },
    request: Request,
  ): Promise<void> {
    const [ladder, known] = await Promise.all([
      this.#ladders.recent(request.deadline),
      this.#store.read([memberRef(memberId), purchaseRef(purchaseId)], request.deadline),
    ]);
    const decision = await this.#store.change(
      [memberRef(memberId), purchaseRef(purchaseId)],
      (member, purchase) => giveBack(reason, ladder, request.at, member, purchase),
      request,
      known,
    );
    settled(purchaseId, decision);
  }

  /** One of the member's own; undefined when there is none of that id. */
  async one(memberId: string, purchaseId: string, deadline: number): Promise<Known | undefined> {
    const [{ state }] = await this.#store.read([purchaseRef(purchaseId)], deadline);
    return state.status !== 'none' && state.memberId === memberId ? state : undefined;
  }

  /** The newest first. */
  async list(
    memberId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
    deadline: number,
  ): Promise<{ purchases: Known[]; cursor?: string }> {
    const range = { pk: memberPartition(memberId), prefix: purchasesPrefix, limit, newestFirst: true };
    const page = await this.#store.query({ ...range, ...(cursor === undefined ? {} : { cursor }) }, inListKind);
    const found = await this.#store.read(
      page.items.map(({ state }) => purchaseRef(state.purchaseId)),
      deadline,
    );
    const purchases = found.flatMap(({ state }) => (state.status === 'none' ? [] : [state]));
    return { purchases, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }
}

export type Known = Exclude<Purchase, { status: 'none' }>;

const settled = (purchaseId: string, decision: Decision<object, Contradiction | KeyReused>): void => {
  if (decision.outcome === 'refused') throw new Error(`${purchaseId} cannot end so: ${decision.refusal}`);
};
