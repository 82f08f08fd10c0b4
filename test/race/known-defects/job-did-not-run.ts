// A hold outlives its order because the job that should end it did not run.
// Seen at woocommerce/woocommerce issue 31171, magento/magento2 issue 38599.
import { expect } from 'vitest';
import { accepted, allBuy, type Defect, fresh, holdSeconds, orderOf, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a hold outlives its order because a job did not run',
  shows: 'what the next order is told before anything else happened',
  check: async (shop) => {
    const buyer = { email: `${fresh('guest')}@example.com` };
    const [plain = '', pending = '', another = ''] = await shop.codes('oncePerBuyer', 3);
    const order = orderOf(plain, buyer);
    expect(told(await shop.ask('hold', order))).toEqual(accepted);
    // A payment that is pending makes a hold longer, once: asking for it again and again does not.
    const slow = orderOf(pending);
    const { body } = await shop.ask('hold', slow);
    const extend = { holdId: body.holdId, orderId: slow.orderId };
    shop.later(holdSeconds - 1);
    const extended = await Promise.all(times(20, () => shop.ask('extend', extend)));
    // The orders are given up, and nobody says so.
    shop.later(holdSeconds + 5);

    // Nothing runs in between: the next to ask is told so, by either process.
    for (const code of [plain, pending]) {
      const looks = await Promise.all(times(2, () => shop.ask('check', orderOf(code))));
      expect(
        looks.map(({ body: { outcome } }) => outcome),
        defect.shows,
      ).toEqual(['accepted', 'accepted']);
    }
    expect(new Set(extended.map(({ text }) => text)).size).toBe(1);
    expect(told(await shop.ask('redeem', orderOf(another, buyer)))).toEqual(accepted);
    for (const code of [plain, pending]) {
      const { paid } = await allBuy(
        shop,
        times(20, () => orderOf(code)),
      );
      expect(paid.length).toBe(1);
    }
  },
};
