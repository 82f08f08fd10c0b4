// Two requests at once put the discount on one cart twice.
// Seen at medusajs/medusa issue 15360.
import { expect } from 'vitest';
import type { Answer } from '../../support/calling.ts';
import { type Defect, discount, orderOf, price, times } from './shop.ts';

/** What is taken off the price by every hold that the order was given. */
const takenOff = (answers: Answer[]): number => {
  const held = answers.filter(({ status }) => status === 200);
  const byHold = new Map(held.map(({ body }) => [body.holdId, body.effect as { discount: { amount: number } }]));
  return [...byHold.values()].reduce((sum, effect) => sum + effect.discount.amount, 0);
};

export const defect: Defect = {
  says: 'a discount is applied twice on one cart',
  shows: 'taken off one cart',
  check: async (shop) => {
    for (let round = 0; round < 3; round += 1) {
      const codes = await shop.codes('oneDiscountPerOrder', 21);
      const cart = orderOf(codes.pop() as string);
      const clicks = await Promise.all(times(20, () => shop.ask('hold', cart)));
      expect(takenOff(clicks), defect.shows).toBe(discount);
      expect(new Set(clicks.map(({ text }) => text)).size, `${defect.shows}, as it was answered`).toBe(1);

      const other = orderOf(codes[0] as string);
      const tabs = await Promise.all(codes.map((code) => shop.ask('hold', { ...other, code })));
      expect(takenOff(tabs), defect.shows).toBe(discount);
      expect(tabs.filter(({ word }) => word === 'order_limit_reached').length).toBe(19);
      const [held] = tabs.filter(({ status }) => status === 200);
      const paid = await shop.ask('confirm', { holdId: held?.body.holdId, orderId: other.orderId });
      expect(paid.body.effect).toMatchObject({ discount: { amount: discount, currency: price.currency } });
    }
  },
};
