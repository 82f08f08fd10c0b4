// Whoever waits at the payment blocks everybody else: the hold has no owner and no end.
// Vendure 3.7.3 does (measured, PEERS.md).
import { expect } from 'vitest';
import { accepted, allBuy, type Defect, holdSeconds, orderOf, pay, times, told } from './shop.ts';

export const defect: Defect = {
  says: 'a hold without owner or end blocks everybody',
  shows: 'orders that have the code once its hold is over',
  check: async (shop) => {
    const [code = '', returned = ''] = await shop.codes('unlimited', 2);
    const order = orderOf(code);
    const held = await shop.ask('hold', order);
    const waiting = orderOf(returned);
    const waitingHeld = await shop.ask('hold', waiting);
    expect((await shop.ask('hold', orderOf(code))).status).toBe(409);

    shop.later(holdSeconds + 5);
    const { paid } = await allBuy(
      shop,
      times(20, () => orderOf(code)),
    );
    expect(paid.length, defect.shows).toBe(1);
    // Whoever held it is told, and does not get it besides.
    expect((await pay(shop, order, held)).word).toBe('hold_lost');
    // A hold that nobody has taken since is its owner's still, and only its owner's.
    const { holdId } = waitingHeld.body;
    for (const verb of ['extend', 'confirm', 'release'] as const) {
      expect((await shop.ask(verb, { holdId, orderId: order.orderId })).word).toBe('hold_not_found');
    }
    expect(told(await pay(shop, waiting, waitingHeld))).toEqual(accepted);
    // It says itself when it ends.
    const lasts = Date.parse(String(held.body.holdUntil)) - Date.parse(String(held.body.heldAt));
    expect(lasts).toBe(holdSeconds * 1000);
  },
};
