import type { Ref } from '@fcode/dynamo';
import { type AnyFact, codeSubject, type OrderRef } from '@fcode/events';
import { isTakeable, sameOrder } from './code.ts';

/** One use of a buyer's limit: by which order, for which code, and until when (absent: for good, the order is paid). */
export interface Slot {
  code: string;
  order: OrderRef;
  until?: string;
}

export interface Slots {
  slots: Slot[];
}

export const noSlots: Slots = { slots: [] };

/** Slots that are taken at `at` by anything but this code's own order: an expired hold locks nobody out. */
export const takenByOthers = ({ slots }: Slots, mine: { code: string; order: OrderRef }, at: number): Slot[] =>
  slots.filter(
    ({ code, order, until }) =>
      !(code === mine.code && sameOrder(order, mine.order)) && (until === undefined || !isTakeable(until, at)),
  );

/** A buyer's slots in a campaign follow the same facts as the code, in the same transaction. */
export const slotsRef = (campaignId: string, buyer: string): Ref<Slots> => ({
  pk: `buyer/${campaignId}/${buyer}`,
  sk: 'slots',
  initial: noSlots,
  evolve: (state, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'code.held' && type !== 'code.released' && type !== 'code.redeemed') return state;
    if (data.buyer !== buyer) return state;
    const { order } = data;
    const code = codeSubject(data);
    switch (type) {
      case 'code.released':
        return { slots: state.slots.filter((slot) => slot.code !== code) };
      case 'code.held':
        return {
          slots: [
            ...takenByOthers(state, { code, order }, Date.parse(data.heldAt)),
            { code, order, until: data.holdUntil },
          ],
        };
      case 'code.redeemed':
        return { slots: [...takenByOthers(state, { code, order }, Date.parse(data.redeemedAt)), { code, order }] };
    }
  },
});
