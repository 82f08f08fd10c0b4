import type { Ref } from '@fcode/dynamo';
import { type AnyFact, codeSubject, type OrderRef } from '@fcode/events';
import { isTakeable, sameOrder } from './code.ts';
import type { Terms } from './terms.ts';

/** Whose uses of a campaign's codes are limited. */
export type Scope = 'buyer' | 'order';

/** One use: by which order, of which code, and until when (absent: for good, the order is paid). */
export interface Slot {
  code: string;
  order: OrderRef;
  until?: string;
}

export interface Slots {
  slots: Slot[];
}

export const noSlots: Slots = { slots: [] };

/** What stands against each limit; nothing where there is none. */
export type Uses = Record<Scope, Slots>;
export const noUses: Uses = { buyer: noSlots, order: noSlots };

type Limits = Pick<Terms, 'buyerLimit' | 'orderLimit'>;

const limitOf = ({ buyerLimit, orderLimit }: Limits, scope: Scope): number =>
  scope === 'buyer' ? buyerLimit : orderLimit;
export const scopesOf = (terms: Limits): Scope[] =>
  (['buyer', 'order'] as const).filter((scope) => limitOf(terms, scope) > 0);

/** Slots that are taken at `at` by anything but this code's own order: an expired hold locks nobody out. */
export const takenByOthers = ({ slots }: Slots, mine: { code: string; order: OrderRef }, at: number): Slot[] =>
  slots.filter(
    ({ code, order, until }) =>
      !(code === mine.code && sameOrder(order, mine.order)) && (until === undefined || !isTakeable(until, at)),
  );

/** How far each limit is used by others than this code's own order, as reasons of a decision. */
export const usedOf = (uses: Uses, mine: { code: string; order: OrderRef }, terms: Limits, at: number) =>
  scopesOf(terms).map((scope) => {
    const [limit, taken] = [limitOf(terms, scope), takenByOthers(uses[scope], mine, at).length];
    return { scope, isFull: taken >= limit, reason: { code: `${scope}_limit` as const, limit, taken } };
  });

const keyOf = {
  buyer: (campaignId: string, { buyer }: { buyer: string }) => `buyer/${campaignId}/${buyer}`,
  order: (campaignId: string, { order }: { order: OrderRef }) =>
    `order/${campaignId}/${encodeURIComponent(order.shop)}/${order.orderId}`,
};

interface User {
  buyer: string;
  order: OrderRef;
}

/** The slots of a buyer, or of an order, in a campaign: they follow the same facts as the code, in the same transaction. */
export const slotsRef = (campaignId: string, scope: Scope, user: User): Ref<Slots> => {
  const isTheirs = (other: User) =>
    scope === 'buyer' ? other.buyer === user.buyer : sameOrder(other.order, user.order);
  return {
    pk: keyOf[scope](campaignId, user),
    sk: 'slots',
    initial: noSlots,
    evolve: (state, fact) => {
      const { type, data } = fact as AnyFact;
      const taken = (by: User & { batch: number; index: number }, at: string, until: { until?: string }): Slots => {
        const mine = { code: codeSubject(by), order: by.order };
        return isTheirs(by) ? { slots: [...takenByOthers(state, mine, Date.parse(at)), { ...mine, ...until }] } : state;
      };
      const left = (by: User, number: { batch: number; index: number }): Slots =>
        isTheirs(by) ? { slots: state.slots.filter(({ code }) => code !== codeSubject(number)) } : state;
      switch (type) {
        case 'code.held':
          return taken(data, data.heldAt, { until: data.holdUntil });
        case 'code.hold_extended':
          return taken(data, data.extendedAt, { until: data.holdUntil });
        case 'code.redeemed':
          return taken(data, data.redeemedAt, {});
        case 'code.released':
        case 'code.cancelled':
          return left(data, data);
        case 'code.revoked':
          return data.hold ? left(data.hold, data) : state;
        default:
          return state;
      }
    },
  };
};
