// A cancelled order still counts against its customer.
// Seen at Sylius/Sylius issue 10125, vendurehq/vendure issue 1466, shopware/shopware issue 5830.
import { expect } from 'vitest';
import { accepted, allBuy, buys, type Defect, fresh, orderOf, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a cancelled order still counts',
  shows: 'the next order of a customer whose order was cancelled',
  check: async (shop) => {
    const buyer = { memberId: fresh('member') };
    const [first = '', second = '', ...more] = await shop.codes('oncePerBuyer', 22);
    const order = orderOf(first, buyer);
    const bought = await buys(shop, order);
    expect(told(bought)).toEqual(accepted);
    // The shop tells it, and its queue tells it again.
    const cancel = { redemptionId: bought.body.redemptionId, orderId: order.orderId };
    const cancelled = await Promise.all(times(20, () => shop.ask('cancel', cancel)));
    expect(told(await buys(shop, orderOf(second, buyer))), defect.shows).toEqual(accepted);
    expect(new Set(cancelled.map(({ text }) => text)).size).toBe(1);
    // The code is free as well: for one.
    const { paid } = await allBuy(
      shop,
      times(20, () => orderOf(first)),
    );
    expect(paid.length).toBe(1);
    // Nor did twenty messages of one cancellation give the customer more than one use back.
    const again = await Promise.all(more.map((code) => shop.ask('hold', orderOf(code, buyer))));
    expect(again.map(({ word }) => word)).toEqual(times(20, () => 'buyer_limit_reached'));
  },
};
