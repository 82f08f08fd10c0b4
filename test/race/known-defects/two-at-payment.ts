// Of two at the payment the first payer loses the code to the second.
// Vendure 3.7.3 does (measured, PEERS.md).
import { expect } from 'vitest';
import type { Answer } from '../../support/calling.ts';
import {
  accepted,
  type Defect,
  fresh,
  holdSeconds,
  type Order,
  orderOf,
  pay,
  price,
  type Shop,
  times,
  told,
} from './shop.ts';

/** Only the order that has the code can give a line of it back. */
const givesBack = (shop: Shop, { orderId }: Order, { body: { redemptionId } }: Answer): Promise<Answer> => {
  const line = { returnId: fresh('return'), refunded: 100, paid: price.amount, currency: price.currency };
  return shop.ask('return', { redemptionId, orderId, ...line });
};

export const defect: Defect = {
  says: 'of two at the payment the first payer loses the code',
  shows: 'the order that paid first, after the others paid',
  check: async (shop) => {
    const [expired = '', ...codes] = await shop.codes('unlimited', 12);
    for (const code of codes.slice(0, 5)) {
      const orders = times(20, () => orderOf(code));
      const answers = await Promise.all(orders.map((order) => shop.ask('hold', order)));
      const atPayment = orders.flatMap((order, n) => (answers[n]?.status === 200 ? [{ order, held: answers[n] }] : []));
      const paid: { order: Order; answer: Answer }[] = [];
      for (const { order, held } of atPayment) paid.push({ order, answer: await pay(shop, order, held) });
      const [first] = paid.filter(({ answer }) => answer.status === 200);
      if (!first) throw new Error('nobody paid');
      expect(told(await givesBack(shop, first.order, first.answer)), defect.shows).toEqual(accepted);
      expect(atPayment.length).toBe(1);
    }

    // Its hold is over, and its payment is on the way: for five seconds nobody else comes to the payment.
    const order = orderOf(expired);
    const held = await shop.ask('hold', order);
    shop.later(holdSeconds);
    const [latePaid, early] = await Promise.all([pay(shop, order, held), shop.ask('hold', orderOf(expired))]);
    expect([told(latePaid), early.word]).toEqual([accepted, 'code_not_usable']);

    // After that both may come: one of them has it for good, and the other is told.
    for (const code of codes.slice(5)) {
      const [late, next] = [orderOf(code), orderOf(code)];
      const lateHeld = await shop.ask('hold', late);
      shop.later(holdSeconds + 5);
      const [confirmed, redeemed] = await Promise.all([pay(shop, late, lateHeld), shop.ask('redeem', next)]);
      expect([told(confirmed), told(redeemed)]).toContainEqual(accepted);
      const isLate = confirmed.status === 200;
      expect(isLate ? redeemed.word : confirmed.word).toBe(isLate ? 'code_not_usable' : 'hold_lost');
      const [winner, answer] = isLate ? [late, confirmed] : [next, redeemed];
      expect(told(await givesBack(shop, winner, answer))).toEqual(accepted);
    }
  },
};
