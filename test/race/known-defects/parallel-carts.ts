// One customer with many carts at once uses more than one customer may.
// Seen at vendurehq/vendure pull 4660 (perCustomerUsageLimit).
import { expect } from 'vitest';
import { allBuy, type Defect, fresh, orderOf, times } from './shop.ts';

export const defect: Defect = {
  says: 'a customer with parallel carts exceeds the limit per customer',
  shows: 'carts of one customer that paid',
  check: async (shop) => {
    for (const [campaign, limit] of [
      ['oncePerBuyer', 1],
      ['twicePerBuyer', 2],
    ] as const) {
      for (let round = 0; round < 2; round += 1) {
        const buyer = { memberId: fresh('member') };
        const carts = (await shop.codes(campaign, 20)).map((code) => orderOf(code, buyer));
        const { paid, refusals } = await allBuy(shop, carts);
        expect(paid.length, defect.shows).toBe(limit);
        expect(refusals).toEqual(times(20 - limit, () => 'buyer_limit_reached'));
      }
    }
  },
};
