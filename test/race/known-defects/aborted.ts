// An aborted 3-D Secure or an abandoned order burns the code.
// Seen at Adyen/adyen-magento2 issue 1089, shopware/shopware issue 8575.
import { expect } from 'vitest';
import { accepted, buys, type Defect, fresh, holdSeconds, orderOf, told } from './shop.ts';

export const defect: Defect = {
  says: 'an aborted 3-D Secure or an abandoned order burns the code',
  shows: 'the next order after one that was abandoned',
  check: async (shop) => {
    const buyer = { memberId: fresh('member') };
    const [abandoned = '', aborted = '', another = ''] = await shop.codes('oncePerBuyer', 3);
    // The window is closed at the bank's page: nobody hears of this order again.
    expect(told(await shop.ask('hold', orderOf(abandoned, buyer)))).toEqual(accepted);
    // The bank's page leads back, and the shop says so.
    const back = orderOf(aborted);
    const { body } = await shop.ask('hold', back);
    await shop.ask('release', { holdId: body.holdId, orderId: back.orderId, reason: 'authentication failed' });
    const afterAborted = await buys(shop, orderOf(aborted));

    shop.later(holdSeconds + 5);
    expect(told(await buys(shop, orderOf(abandoned))), defect.shows).toEqual(accepted);
    expect(told(afterAborted)).toEqual(accepted);
    // Nor is the limit of the buyer used by what was abandoned.
    expect(told(await buys(shop, orderOf(another, buyer)))).toEqual(accepted);
  },
};
