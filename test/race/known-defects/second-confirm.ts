// The payment's webhook comes again, and the purchase counts and earns again.
// Seen at saleor/saleor issue 8219, dubinc/dub pull 2832, pdazcom/laravel-referrals issues 34 and 35.
import { expect } from 'vitest';
import { accepted, buys, type Defect, fresh, orderOf, pay, reward, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a second confirmation, from a retried webhook, counts again',
  shows: 'redemptions by the confirmations of one order',
  check: async (shop) => {
    const [fan, buyer] = [fresh('fan'), { memberId: fresh('member') }];
    const [first = '', second = '', third = ''] = await shop.codes('twicePerBuyer', 3);
    const order = { ...orderOf(first, buyer), invite: await shop.invite(fan, 'twicePerBuyer') };
    const held = await shop.ask('hold', order);
    const webhooks = await Promise.all(times(20, () => pay(shop, order, held)));
    // And again when it was long since done, also by a shop that takes another way.
    webhooks.push(await pay(shop, order, held));
    expect(new Set(webhooks.map(({ body }) => body.redemptionId)).size, defect.shows).toBe(1);
    webhooks.push(await shop.ask('redeem', order));
    expect(webhooks.map(told)).toEqual(webhooks.map(() => accepted));
    expect(new Set(webhooks.map(({ text }) => text)).size).toBe(1);
    // Of the two uses that the buyer has, one is left.
    expect(told(await buys(shop, orderOf(second, buyer)))).toEqual(accepted);
    expect((await shop.ask('hold', orderOf(third, buyer))).word).toBe('buyer_limit_reached');
    await expect.poll(() => shop.points(fan), { timeout: shop.followsWithinMs }).toBe(reward);
    await pay(shop, order, held);
    expect(await shop.points(fan)).toBe(reward);
  },
};
