// An order is blocked by its own hold, and loses its code on its way to the payment.
// Seen at woocommerce/woocommerce pull 67737, saleor/saleor issue 7588.
import { expect } from 'vitest';
import { accepted, type Defect, orderOf, pay, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'an order is blocked by its own hold',
  shows: 'an order that asks for the code that it holds',
  check: async (shop) => {
    const [code = '', other = ''] = await shop.codes('oncePerBuyer', 2);
    // Every limit there is, is one: the code's own, the buyer's, the order's.
    const order = orderOf(code);
    const held = await shop.ask('hold', order);
    expect((await shop.ask('check', order)).body.outcome, defect.shows).toBe('accepted');
    const reloads = await Promise.all(times(20, () => shop.ask('hold', order)));
    expect(new Set([held, ...reloads].map(({ text }) => text)).size).toBe(1);
    expect(told(await shop.ask('extend', { holdId: held.body.holdId, orderId: order.orderId }))).toEqual(accepted);
    expect(told(await pay(shop, order, held))).toEqual(accepted);

    // The same for a shop that has the payment first, and redeems what it holds.
    const prepaid = orderOf(other);
    expect(told(await shop.ask('hold', prepaid))).toEqual(accepted);
    expect(told(await shop.ask('redeem', prepaid))).toEqual(accepted);
  },
};
