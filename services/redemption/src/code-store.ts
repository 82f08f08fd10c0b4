import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { KeyReused, Request, Store } from '@fcode/dynamo';
import { type Decision, refuse } from '@fcode/policy';
import { type Code, codeRef } from './code.ts';
import { noSlots, type Slots, slotsRef } from './slots.ts';
import type { Terms } from './terms.ts';

type Rule<Receipt, Refusal extends string> = (code: Code, slots: Slots) => Decision<Receipt, Refusal>;
type Changed<Receipt, Refusal extends string> = Promise<Decision<Receipt, Refusal | KeyReused>>;

/** Where codes and buyers' slots change: one write, or one transaction where the campaign limits buyers. */
export class CodeStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** For commands that name the buyer. The first touch of a code costs no read. */
  take<Receipt, Refusal extends string>(
    code: CodeNumber,
    buyer: string,
    { campaignId, buyerLimit }: Terms,
    rule: Rule<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal> {
    if (buyerLimit === 0) return this.#store.change([codeRef(code)], (state) => rule(state, noSlots), request);
    return this.#store.change([codeRef(code), slotsRef(campaignId, buyer)], rule, request);
  }

  /** For commands about a hold, whose buyer stands on it. When it has another by the time of the change, all over again. */
  async settle<Receipt, Refusal extends string>(
    code: CodeNumber,
    { campaignId, buyerLimit }: Terms,
    rule: Rule<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt, Refusal> {
    type Asked = Decision<Receipt, Refusal | 'holder_changed'>;
    const ref = codeRef(code);
    for (;;) {
      const [item] = await this.#store.read([ref], request.deadline);
      const buyer = holderOf(item.state);
      if (buyerLimit === 0) return this.#store.change([ref], (state) => rule(state, noSlots), request, [item]);
      if (buyer === undefined) {
        const ask = (state: Code): Asked =>
          holderOf(state) === undefined ? rule(state, noSlots) : refuse('holder_changed');
        const decision = await this.#store.change([ref], ask, request, [item]);
        if (settled(decision)) return decision;
      } else {
        const slots = slotsRef(campaignId, buyer);
        const [taken] = await this.#store.read([slots], request.deadline);
        const ask = (state: Code, theirs: Slots): Asked =>
          holderOf(state) === buyer || holderOf(state) === undefined ? rule(state, theirs) : refuse('holder_changed');
        const decision = await this.#store.change([ref, slots], ask, request, [item, taken]);
        if (settled(decision)) return decision;
      }
    }
  }

  /** As it is now, for a dry run. */
  async look(
    code: CodeNumber,
    buyer: string | undefined,
    { campaignId, buyerLimit }: Terms,
    deadline: number,
  ): Promise<[Code, Slots]> {
    if (buyerLimit === 0 || buyer === undefined) {
      const [item] = await this.#store.read([codeRef(code)], deadline);
      return [item.state, noSlots];
    }
    const [item, slots] = await this.#store.read([codeRef(code), slotsRef(campaignId, buyer)], deadline);
    return [item.state, slots.state];
  }
}

const holderOf = (code: Code): string | undefined => (code.status === 'held' ? code.hold.buyer : undefined);

const settled = <Receipt, Refusal extends string>(
  decision: Decision<Receipt, Refusal | 'holder_changed'>,
): decision is Decision<Receipt, Refusal> => decision.outcome !== 'refused' || decision.refusal !== 'holder_changed';
