// Twenty guests with one e-mail address that is new all get through a limit of one.
// Vendure 3.7.3 let 20 of 20 through (measured, PEERS.md); seen at woocommerce/woocommerce issue 26002, shopperlabs/shopper pull 588.
import { expect } from 'vitest';
import { allBuy, type Defect, fresh, orderOf, times } from './shop.ts';

export const defect: Defect = {
  says: 'twenty guests with one new e-mail address get through a limit of one',
  shows: 'guests of one address that paid',
  check: async (shop) => {
    for (let round = 0; round < 3; round += 1) {
      const name = fresh('guest');
      const spelt = [`${name}@example.com`, `${name.toUpperCase()}@Example.com`];
      const guests = (await shop.codes('oncePerBuyer', 20)).map((code, n) =>
        orderOf(code, { email: spelt[n % 2] as string }),
      );
      const { paid, refusals } = await allBuy(shop, guests);
      expect(paid.length, defect.shows).toBe(1);
      expect(refusals).toEqual(times(19, () => 'buyer_limit_reached'));
    }
  },
};
