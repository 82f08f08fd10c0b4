import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { KeyReused, Ref, Request, Store } from '@fcode/dynamo';
import type { OrderRef } from '@fcode/events';
import { type Decision, refuse } from '@fcode/policy';
import { type Code, codeRef, ownerOf } from './code.ts';
import { noUses, type Slots, scopesOf, slotsRef, type Uses } from './limits.ts';
import type { Terms } from './terms.ts';

type Rule<Receipt, Refusal extends string> = (code: Code, uses: Uses) => Decision<Receipt, Refusal>;
type Changed<Receipt, Refusal extends string> = Promise<Decision<Receipt, Refusal | KeyReused>>;
type Limited = Pick<Terms, 'campaignId' | 'buyerLimit' | 'orderLimit'>;
interface Owner {
  buyer: string;
  order: OrderRef;
}

/** Where codes and what counts against limits change: one write, or one transaction where the campaign has limits. */
export class CodeStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** For commands that name the order and its buyer. The first touch of a code costs no read. */
  take<Receipt, Refusal extends string>(
    code: CodeNumber,
    by: Owner,
    terms: Limited,
    rule: Rule<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal> {
    const { refs, usesOf } = limitsOn(terms, by);
    return this.#store.change<[Code, ...Slots[]], Receipt, Refusal>(
      [codeRef(code), ...refs],
      (state, ...slots) => rule(state, usesOf(slots as Slots[])),
      request,
    );
  }

  /**
   * For commands about who holds or owns the code, whose order and buyer stand on it. When it has another by the time of
   * the change, all over again.
   */
  async settle<Receipt, Refusal extends string>(
    code: CodeNumber,
    terms: Limited,
    rule: Rule<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal> {
    const ref = codeRef(code);
    for (;;) {
      const [item] = await this.#store.read([ref], request.deadline);
      const owner = ownerOf(item.state);
      const { refs, usesOf } = limitsOn(terms, owner);
      const known = refs.length === 0 ? [] : await this.#store.read<Slots[]>(refs, request.deadline);
      const isStill = (state: Code): boolean => {
        const now = ownerOf(state);
        // Without limits, and without an owner, nothing else is to be written.
        return scopesOf(terms).length === 0 || now === undefined || isSame(now, owner);
      };
      const decision = await this.#store.change<[Code, ...Slots[]], Receipt, Refusal | 'owner_changed'>(
        [ref, ...refs],
        (state, ...slots) => (isStill(state) ? rule(state, usesOf(slots as Slots[])) : refuse('owner_changed')),
        request,
        [item, ...known],
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'owner_changed') {
        return decision as Decision<Receipt, Refusal | KeyReused>;
      }
    }
  }

  /** As it is now, for a dry run. */
  async look(code: CodeNumber, by: Owner | undefined, terms: Limited, deadline: number): Promise<[Code, Uses]> {
    const { refs, usesOf } = limitsOn(terms, by);
    const [item, ...slots] = await this.#store.read<[Code, ...Slots[]]>([codeRef(code), ...refs], deadline);
    return [item.state, usesOf(slots.map(({ state }) => state as Slots))];
  }
}

const isSame = (one: Owner, other: Owner | undefined): boolean =>
  one.buyer === other?.buyer && one.order.shop === other.order.shop && one.order.orderId === other.order.orderId;

/** The items that count against the limits of a campaign, and what stands in them, scope by scope. */
const limitsOn = (terms: Limited, user: Owner | undefined) => {
  const scopes = user ? scopesOf(terms) : [];
  return {
    refs: scopes.map((scope): Ref<Slots> => slotsRef(terms.campaignId, scope, user as Owner)),
    usesOf: (slots: readonly Slots[]): Uses => ({
      ...noUses,
      ...Object.fromEntries(scopes.map((scope, position) => [scope, slots[position]])),
    }),
  };
};
