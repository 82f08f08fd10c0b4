// A cancelled order is reopened, and has the code that went to another order meanwhile.
// Seen at shopware/shopware pull 20171.
import { expect } from 'vitest';
import { accepted, allBuy, buys, type Defect, orderOf, pay, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a reopened order has the code that went elsewhere',
  shows: 'the confirmation of a reopened order whose code is with another',
  check: async (shop) => {
    const [gone = '', free = ''] = await shop.codes('unlimited', 2);
    const order = orderOf(gone);
    const held = await shop.ask('hold', order);
    const { body } = await pay(shop, order, held);
    const cancel = { redemptionId: body.redemptionId, orderId: order.orderId };
    expect(told(await shop.ask('cancel', cancel))).toEqual(accepted);
    const other = orderOf(gone);
    const otherHeld = await shop.ask('hold', other);
    const otherPaid = await pay(shop, other, otherHeld);
    expect(told(otherPaid)).toEqual(accepted);

    const [confirmed, redeemed, heldAgain] = await Promise.all([
      pay(shop, order, held),
      shop.ask('redeem', order),
      shop.ask('hold', order),
    ]);
    expect(confirmed.word, defect.shows).toBe('order_cancelled');
    expect(redeemed.word).toBe('order_cancelled');
    expect(heldAgain.word).toBe('code_not_usable');
    // The other's is as it was.
    expect((await pay(shop, other, otherHeld)).text).toBe(otherPaid.text);

    // While nobody has it, what comes late does not take the cancelled order up again; a new hold does.
    const early = orderOf(free);
    const bought = await buys(shop, early);
    await shop.ask('cancel', { redemptionId: bought.body.redemptionId, orderId: early.orderId });
    expect((await shop.ask('redeem', early)).word).toBe('order_cancelled');
    const { paid } = await allBuy(shop, [early, ...times(19, () => orderOf(free))]);
    expect(paid.length).toBe(1);
  },
};
