// A return leaves the reward of the purchase standing, or the use of the code.
// By hand at Dub, not at all at SaaSquatch (PEERS.md); seen at dubinc/dub pull 2777, thelia/thelia pull 2198.
import { expect } from 'vitest';
import { accepted, buys, type Defect, fresh, orderOf, reward, type Shop, told } from './shop.ts';

const whole = 20_000;

const becomes = async (shop: Shop, fan: string, points: number, shows = 'points of who invited'): Promise<void> => {
  const timeout = shop.followsWithinMs;
  await expect.poll(() => shop.points(fan), { timeout, message: shows }).toBe(points);
};

export const defect: Defect = {
  says: 'a return leaves the use or the reward standing',
  shows: 'points when half of the purchase came back',
  check: async (shop) => {
    const fan = fresh('fan');
    const [kept = '', cancelled = ''] = await shop.codes('unlimited', 2);
    const invite = await shop.invite(fan, 'unlimited');
    const order = { ...orderOf(kept), invite };
    const { body } = await buys(shop, order);
    await becomes(shop, fan, reward);

    const giveBack = (refunded: number, returnId: string) =>
      shop.ask('return', {
        redemptionId: body.redemptionId,
        orderId: order.orderId,
        returnId,
        refunded,
        paid: whole,
        currency: 'EUR',
      });
    // Two lines at once, and the parcel service tells of each twice.
    const lines = [fresh('return'), fresh('return')].flatMap((line) => [line, line]);
    const answers = await Promise.all(lines.map((line) => giveBack(whole / 4, line)));
    await becomes(shop, fan, reward / 2, defect.shows);
    expect(answers.map(told)).toEqual(lines.map(() => accepted));
    expect(told(await giveBack(whole / 2, fresh('return')))).toEqual(accepted);
    await becomes(shop, fan, 0);
    expect((await giveBack(1, fresh('return'))).status).toBe(409);
    // Goods that came back do not make the code new.
    expect((await shop.ask('hold', orderOf(kept))).word).toBe('code_not_usable');

    // An order that is cancelled as a whole gives the code back, and takes all of the reward.
    const other = { ...orderOf(cancelled), invite };
    const bought = await buys(shop, other);
    await becomes(shop, fan, reward);
    const cancel = { redemptionId: bought.body.redemptionId, orderId: other.orderId };
    expect(told(await shop.ask('cancel', cancel))).toEqual(accepted);
    await becomes(shop, fan, 0);
    expect(told(await buys(shop, orderOf(cancelled)))).toEqual(accepted);
  },
};
