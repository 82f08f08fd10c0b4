import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { Item, Key, KeyReused, Request, Store } from '@fcode/dynamo';
import { type Decision, refuse, Unavailable } from '@fcode/policy';
import { type Code, codeRef, type Pass, turnId } from './code.ts';
import { memberPartition, ownerRef } from './owner.ts';
import type { Refusal } from './refusals.ts';
import type { Terms } from './terms.ts';
import {
  type AcceptReceipt,
  acceptTransfer,
  type OfferReceipt,
  offer,
  type WithdrawReceipt,
  withdraw,
} from './transfer.rules.ts';
import { type InList, inListKind, inListRef, type Listed, transfersPrefix } from './transfer-list.ts';

type Changed<Receipt> = Promise<Decision<Receipt, Refusal | KeyReused>>;
interface Asked {
  code: CodeNumber;
  memberId: string;
  terms: Terms;
}

/** Where codes are passed on: each step is one transaction over the code and the lists of those whom it concerns. */
export class TransferStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws Unavailable while it is not known whose the code is. */
  async offer({ code, memberId, terms }: Asked, request: Request): Changed<OfferReceipt> {
    if (terms.isBearer) return refuse('code_not_yours', [{ code: 'bearer_code' }]);
    for (;;) {
      const [item, owner] = await this.#store.read([codeRef(code), ownerRef(code)], request.deadline);
      if (owner.state.memberId === undefined) {
        throw new Unavailable('It is not known yet whose code this is.');
      }
      const command = { code, memberId, at: request.at };
      // The list is in the order of offers, so its key is the offer's own time.
      const list = inListRef(memberId, new Date(request.at).toISOString(), nextId(code, item.state));
      const decision = await this.#store.change(
        [codeRef(code), ownerRef(code), list],
        (state, { memberId: whose }, _list): Decision<OfferReceipt, Refusal | 'moved'> =>
          state.offers === item.state.offers ? offer(command, state, terms, whose) : refuse('moved'),
        request,
        [item, owner, undefined],
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'moved')
        return decision as Decision<OfferReceipt, Refusal>;
    }
  }

  accept(transferId: string, { code, memberId, terms }: Asked, request: Request): Changed<AcceptReceipt> {
    const command = { code, memberId, transferId, at: request.at };
    const rule = (state: Code) => acceptTransfer(command, state, terms);
    return this.#answer(command, ({ from }) => [from, memberId], rule, request);
  }

  withdraw(transferId: string, { code, memberId, terms }: Asked, request: Request): Changed<WithdrawReceipt> {
    const command = { code, memberId, transferId, at: request.at };
    const rule = (state: Code) => withdraw(command, state, terms);
    return this.#answer(command, ({ from }) => [from], rule, request);
  }

  /** A code as it is. `deadline` in ms of performance.now(). */
  async code(code: CodeNumber, deadline: number): Promise<Code> {
    const [{ state }] = await this.#store.read([codeRef(code)], deadline);
    return state;
  }

  /** A change of an offer, in the lists of `whose`. Of another offer than the newest nothing is ever written. */
  async #answer<Receipt>(
    { code, transferId }: { code: CodeNumber; transferId: string },
    whose: (pass: Pass) => string[],
    rule: (code: Code) => Decision<Receipt, Refusal>,
    request: Request,
  ): Changed<Receipt> {
    for (;;) {
      const [item] = await this.#store.read([codeRef(code)], request.deadline);
      const { pass } = item.state;
      const members = pass?.transferId === transferId ? [...new Set(whose(pass))] : [];
      const lists = members.map((member) => inListRef(member, pass?.offeredAt ?? '', transferId));
      const decision = await this.#store.change<[Code, ...InList[]], Receipt, Refusal | 'moved'>(
        [codeRef(code), ...lists],
        (state, ..._lists) => (state.pass?.transferId === pass?.transferId ? rule(state) : refuse('moved')),
        request,
        [item, ...lists.map(() => undefined)],
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'moved') return decision as Decision<Receipt, Refusal>;
    }
  }

  /** A page of what a member has passed on and been passed, newest first, each with its code as it is. */
  async list(
    memberId: string,
    page: { limit: number; cursor?: string | undefined },
    deadline: number,
  ): Promise<{ items: { listed: Listed; code: Code }[]; cursor?: string }> {
    const { limit, cursor } = page;
    const range = { pk: memberPartition(memberId), prefix: transfersPrefix, limit, newestFirst: true };
    const found = await this.#store.query({ ...range, ...(cursor === undefined ? {} : { cursor }) }, inListKind);
    const all = found.items.flatMap(({ state }: Item<InList> & Key) => (state.listed ? [state.listed] : []));
    const codes = await this.#store.read(
      all.map(({ code }) => codeRef(code)),
      deadline,
    );
    return {
      items: all.map((listed, position) => ({ listed, code: codes[position]?.state as Code })),
      ...(found.cursor === undefined ? {} : { cursor: found.cursor }),
    };
  }
}

const nextId = (code: CodeNumber, { offers = 0 }: Code): string => turnId('tr', code, offers + 1);
