import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { KeyReused, Ref, Request, Store } from '@fcode/dynamo';
import type { OrderRef } from '@fcode/events';
import { type Decision, refuse, Unavailable } from '@fcode/policy';
import { type Code, codeRef, ownerOf } from './code.ts';
import { noUses, type Slots, scopesOf, slotsRef, type Uses } from './limits.ts';
import { type OwnPlaces, ownPlacesRef, type Place, Places, placeRef } from './places.ts';
import type { Terms } from './terms.ts';

type Rule<Receipt, Refusal extends string> = (code: Code, uses: Uses) => Decision<Receipt, Refusal>;
/** Of a code by name, the place is found by the store. */
type RuleAt<Receipt, Refusal extends string> = (
  number: CodeNumber,
  code: Code,
  uses: Uses,
) => Decision<Receipt, Refusal>;
type Decided<Receipt, Refusal extends string> = Decision<Receipt, Refusal | KeyReused>;
type Changed<Receipt, Refusal extends string> = Promise<Decided<Receipt, Refusal>>;
type Limited = Pick<Terms, 'campaignId' | 'buyerLimit' | 'orderLimit' | 'dayLimit' | 'named' | 'size'>;
interface Owner {
  buyer: string;
  order: OrderRef;
  day?: string | undefined;
}

/** A code as somebody typed it: one of a batch, or the batch where it is one by name. */
export type Typed = { batch: number; index?: number };

/** Uses of a code by name that come and go while one looks for room. */
const triesAtMost = 12;
const pauseMs = 25;

/** Where codes and what counts against limits change: one write, or one transaction where there are limits. */
export class CodeStore {
  readonly #store: Store;
  readonly #places: Places;

  constructor(store: Store) {
    this.#store = store;
    this.#places = new Places(store);
  }

  /** For commands that name the order and its buyer. The first touch of a code costs no read. */
  take<Receipt, Refusal extends string>(
    { batch, index }: Typed,
    by: Owner,
    terms: Limited & Pick<Terms, 'isRevoked'>,
    rule: RuleAt<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal | 'code_not_usable' | 'code_used_up'> {
    if (index === undefined) return this.#takeNamed(batch, by, terms, rule, request);
    const code = { batch, index };
    const { refs, usesOf } = limitsOn(terms, code, by);
    return this.#store.change<[Code, ...Slots[]], Receipt, Refusal>(
      [codeRef(code), ...refs],
      (state, ...slots) => rule(code, state, usesOf(slots as Slots[])),
      request,
    );
  }

  /**
   * One use of a code by name. An order that asks again comes to the place it was given, where its answer is; where that
   * has gone to another order, and for an order that never asked, any free place will do.
   */
  async #takeNamed<Receipt, Refusal extends string>(
    batch: number,
    by: Owner,
    terms: Limited & Pick<Terms, 'isRevoked'>,
    rule: RuleAt<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal | 'code_not_usable' | 'code_used_up'> {
    const ownRef = ownPlacesRef(batch, by.order);
    for (let tries = 0; tries < triesAtMost; tries += 1) {
      const [own] = await this.#store.read([ownRef], request.deadline);
      const { indexes } = own.state;
      const takeAt = (code: CodeNumber, rule: RuleAt<Receipt, Refusal>, shard?: Place['shard']) => {
        const { refs, usesOf } = limitsOn(terms, code, by);
        const known = refs.map(({ pk }) => (pk === placeRef(code, terms.size).pk ? shard : undefined));
        return this.#store.change<[Code, OwnPlaces, ...Slots[]], Receipt, Refusal | 'order_moved'>(
          [codeRef(code), ownRef, ...refs],
          (state, now, ...slots) => {
            // Another request of the same order was quicker.
            if (now.indexes.join() !== indexes.join()) return refuse('order_moved');
            return rule(code, state, usesOf(slots as Slots[]));
          },
          request,
          [undefined, own, ...known],
        );
      };
      // A request that was answered before, at a place that the order has no more, gets that answer.
      for (const index of request.idempotency ? indexes.slice(0, -1) : []) {
        const before = await takeAt({ batch, index }, () => refuse('order_moved' as Refusal));
        if (!isElsewhere(before)) return before as Decided<Receipt, Refusal>;
      }
      const newest = indexes.at(-1);
      const decided = newest === undefined ? undefined : await takeAt({ batch, index: newest }, rule);
      if (decided && (!isElsewhere(decided) || terms.isRevoked)) return decided as Decided<Receipt, Refusal>;
      if (decided?.outcome === 'refused' && decided.refusal === 'order_moved') continue;
      const made = await this.#places.tryFree({ batch, size: terms.size, at: request.at }, request.deadline, (place) =>
        takeAt(place.code, rule, place.shard),
      );
      if (made === 'full') return refuse('code_used_up');
      if (made !== 'unsettled' && (!isElsewhere(made) || terms.isRevoked)) return made as Decided<Receipt, Refusal>;
      await sleep(Math.random() * pauseMs);
    }
    throw new Unavailable('Uses of this code come and go faster than room for one more can be found.');
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
      const { refs, usesOf } = limitsOn(terms, code, owner);
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

  /** As it is now, for a dry run; nothing where a code by name is used up. */
  async look(
    { batch, index }: Typed,
    by: Owner | undefined,
    terms: Limited,
    { at, deadline }: Pick<Request, 'at' | 'deadline'>,
  ): Promise<[CodeNumber, Code, Uses] | undefined> {
    if (index !== undefined) return this.#lookAt({ batch, index }, by, terms, deadline);
    const [own] = by ? await this.#store.read([ownPlacesRef(batch, by.order)], deadline) : [undefined];
    const newest = own?.state.indexes.at(-1);
    if (by && newest !== undefined) {
      const seen = await this.#lookAt({ batch, index: newest }, by, terms, deadline);
      const owner = ownerOf(seen[1]);
      if (owner && isSame(owner, by)) return seen;
    }
    const seen = await this.#places.tryFree({ batch, size: terms.size, at }, deadline, ({ code }) =>
      this.#lookAt(code, by, terms, deadline),
    );
    if (seen === 'unsettled') throw new Unavailable('Uses of this code come and go.');
    return seen === 'full' ? undefined : seen;
  }

  async #lookAt(
    code: CodeNumber,
    by: Owner | undefined,
    terms: Limited,
    deadline: number,
  ): Promise<[CodeNumber, Code, Uses]> {
    const { refs, usesOf } = limitsOn(terms, code, by);
    const [item, ...slots] = await this.#store.read<[Code, ...Slots[]]>([codeRef(code), ...refs], deadline);
    return [code, item.state, usesOf(slots.map(({ state }) => state as Slots))];
  }

  /** How many uses a code by name has at an instant. */
  used(asked: { batch: number; size: number; at: number }): ReturnType<Places['used']> {
    return this.#places.used(asked);
  }
}

const isSame = (one: Owner, other: Owner | undefined): boolean =>
  one.buyer === other?.buyer &&
  one.day === other.day &&
  one.order.shop === other.order.shop &&
  one.order.orderId === other.order.orderId;

/** Of a code by name: the place went to another order, or the order to another place. */
const isElsewhere = (decision: Decision<unknown, string>): boolean =>
  decision.outcome === 'refused' && (decision.refusal === 'code_not_usable' || decision.refusal === 'order_moved');

/** The items that count against limits, and what stands in them, scope by scope; and the place of a use of a code by name. */
const limitsOn = (terms: Limited, code: CodeNumber, user: Owner | undefined) => {
  const scopes = user ? scopesOf(terms) : [];
  const slots = scopes.map(
    (scope): Ref<Slots> => slotsRef({ campaignId: terms.campaignId, batch: code.batch }, scope, user as Owner),
  );
  return {
    refs: terms.named ? [...slots, placeRef(code, terms.size)] : slots,
    usesOf: (states: readonly Slots[]): Uses => ({
      ...noUses,
      ...Object.fromEntries(scopes.map((scope, position) => [scope, states[position]])),
    }),
  };
};
