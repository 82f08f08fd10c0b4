// A code with one use is used twice by those who come at once.
// Seen at vendurehq/vendure pull 4660, saleor/saleor issue 544, magento/magento2 issue 38017, shopware/shopware issue 13552.
import { expect } from 'vitest';
import { allBuy, type Defect, orderOf, times } from './shop.ts';

export const defect: Defect = {
  says: 'a code with one use is used twice',
  shows: 'orders that paid with one code',
  check: async (shop) => {
    for (const [round, code] of (await shop.codes('unlimited', 6)).entries()) {
      if (round % 2 === 1) {
        // One that has been in somebody's cart before: there is something of it in the store already.
        const order = orderOf(code);
        const { body } = await shop.ask('hold', order);
        await shop.ask('release', { holdId: body.holdId, orderId: order.orderId });
      }
      const { paid, refusals } = await allBuy(
        shop,
        times(20, () => orderOf(code)),
      );
      expect(paid.length, defect.shows).toBe(1);
      expect(refusals).toEqual(times(19, () => 'code_not_usable'));
    }
  },
};
