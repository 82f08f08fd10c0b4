// The counter per user is read, and never incremented.
// Seen at shopperlabs/shopper issue 510.
import { expect } from 'vitest';
import { accepted, type Buyer, buys, type Defect, fresh, orderOf, told } from './shop.ts';

const buyers: (() => Buyer)[] = [
  () => ({ memberId: fresh('member') }),
  () => ({ email: `${fresh('guest')}@example.com` }),
  () => ({ phone: `+86138${String(10_000_000 + Number(fresh('n').slice(2)))}` }),
];

export const defect: Defect = {
  says: 'the counter per user is never incremented',
  shows: 'the second use of a buyer who has one',
  check: async (shop) => {
    for (const newBuyer of buyers) {
      // By each way to buy, and each way to come again.
      for (const way of ['redeem', 'confirm'] as const) {
        const buyer = newBuyer();
        const [first = '', second = '', third = ''] = await shop.codes('oncePerBuyer', 3);
        const order = orderOf(first, buyer);
        expect(told(way === 'redeem' ? await shop.ask('redeem', order) : await buys(shop, order))).toEqual(accepted);
        expect((await shop.ask('redeem', orderOf(second, buyer))).word, defect.shows).toBe('buyer_limit_reached');
        expect((await shop.ask('hold', orderOf(third, buyer))).word).toBe('buyer_limit_reached');
        expect((await shop.ask('check', orderOf(third, buyer))).body.refusal).toBe('buyer_limit_reached');
      }
    }
  },
};
