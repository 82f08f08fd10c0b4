import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { Ref } from '@fcode/dynamo';
import { type AnyFact, codeSubject, type OrderRef } from '@fcode/events';
import { isTakeable, sameOrder } from './code.ts';
import type { Terms } from './terms.ts';

/** Whose uses are limited: of a campaign's codes by a buyer, in all and on a day, and by an order; of a code by name by a buyer. */
export type Scope = 'buyer' | 'order' | 'name' | 'day';

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
export const noUses: Uses = { buyer: noSlots, order: noSlots, name: noSlots, day: noSlots };

type Limits = Pick<Terms, 'buyerLimit' | 'orderLimit' | 'named' | 'dayLimit'>;

const limitOf: Record<Scope, (terms: Limits) => number> = {
  buyer: ({ buyerLimit }) => buyerLimit,
  order: ({ orderLimit }) => orderLimit,
  name: ({ named }) => named?.perBuyer ?? 0,
  day: ({ dayLimit }) => dayLimit,
};
export const scopesOf = (terms: Limits): Scope[] =>
  (['buyer', 'order', 'name', 'day'] as const).filter((scope) => limitOf[scope](terms) > 0);

/** Slots that are taken at `at` by anything but this code's own order: an expired hold locks nobody out. */
export const takenByOthers = ({ slots }: Slots, mine: { code: string; order: OrderRef }, at: number): Slot[] =>
  slots.filter(
    ({ code, order, until }) =>
      !(code === mine.code && sameOrder(order, mine.order)) && (until === undefined || !isTakeable(until, at)),
  );

/** How far each limit is used by others than this code's own order, as reasons of a decision. */
export const usedOf = (uses: Uses, mine: { code: string; order: OrderRef }, terms: Limits, at: number) =>
  scopesOf(terms).map((scope) => {
    const [limit, taken] = [limitOf[scope](terms), takenByOthers(uses[scope], mine, at).length];
    return { scope, isFull: taken >= limit, reason: { code: `${scope}_limit` as const, limit, taken } };
  });

interface User {
  buyer: string;
  order: OrderRef;
  /** On which it counts, where a limit is a day's. */
  day?: string | undefined;
}

/** Of what the uses are limited. */
interface Limited {
  campaignId: string;
  batch: number;
}

const keyOf: Record<Scope, (of: Limited, user: User) => string> = {
  buyer: ({ campaignId }, { buyer }) => `buyer/${campaignId}/${buyer}`,
  order: ({ campaignId }, { order }) => `order/${campaignId}/${encodeURIComponent(order.shop)}/${order.orderId}`,
  name: ({ batch }, { buyer }) => `named/${batch}/of/${buyer}`,
  day: ({ campaignId }, { buyer, day = '' }) => `day/${campaignId}/${day}/${buyer}`,
};

/** The slots of a buyer, or of an order: they follow the same facts as the code, in the same transaction. */
export const slotsRef = (of: Limited, scope: Scope, user: User): Ref<Slots> => ({
  pk: keyOf[scope](of, user),
  sk: 'slots',
  initial: noSlots,
  evolve: slotsBy((other) => (scope === 'order' ? sameOrder(other.order, user.order) : other.buyer === user.buyer)),
});

/** How the slots of whoever `isTheirs` says change. */
export const slotsBy =
  (isTheirs: (user: User) => boolean): Ref<Slots>['evolve'] =>
  (state, fact) => {
    const { type, data } = fact as AnyFact;
    const taken = (by: User & CodeNumber, at: string, until: { until?: string }): Slots => {
      const mine = { code: codeSubject(by), order: by.order };
      return isTheirs(by) ? { slots: [...takenByOthers(state, mine, Date.parse(at)), { ...mine, ...until }] } : state;
    };
    const left = (by: User, number: CodeNumber): Slots =>
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
  };
