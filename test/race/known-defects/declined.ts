// The code counts as used though the payment was declined.
// Seen at woocommerce/woocommerce issue 27673, awesomemotive/easy-digital-downloads issue 3859.
import { expect } from 'vitest';
import { accepted, allBuy, buys, type Defect, fresh, orderOf, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a code counts though the payment was declined',
  shows: 'the next try after a declined payment',
  check: async (shop) => {
    const buyer = { memberId: fresh('member') };
    const [mine = '', another = '', wanted = '', rest = ''] = await shop.codes('oncePerBuyer', 4);
    const order = orderOf(mine, buyer);
    for (let tries = 0; tries < 3; tries += 1) {
      const held = await shop.ask('hold', order);
      expect(told(held), defect.shows).toEqual(accepted);
      const release = { holdId: held.body.holdId, orderId: order.orderId, reason: 'declined' };
      // A shop that hears of it twice tells it twice.
      for (const answer of await Promise.all(times(2, () => shop.ask('release', release)))) {
        expect(told(answer)).toEqual(accepted);
      }
    }
    // Neither the code nor the limit of the buyer has counted a use, and both count the one that comes now.
    expect(told(await buys(shop, orderOf(another, buyer)))).toEqual(accepted);
    expect(told(await buys(shop, orderOf(mine)))).toEqual(accepted);
    expect((await shop.ask('hold', orderOf(rest, buyer))).word).toBe('buyer_limit_reached');

    const declined = orderOf(wanted);
    const { body } = await shop.ask('hold', declined);
    await shop.ask('release', { holdId: body.holdId, orderId: declined.orderId, reason: 'declined' });
    const { paid } = await allBuy(
      shop,
      times(20, () => orderOf(wanted)),
    );
    expect(paid.length).toBe(1);
  },
};
