import type { Ref, Request, Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { MonthlyList } from './monthly-list.ts';
import { codePlaceOf } from './places.ts';

/** A paid order that came too late for its code: ops give it another, or its money back. */
export interface LostHold {
  holdId: string;
  batch: number;
  index: number;
  campaignId: string;
  shop: string;
  orderId: string;
  cause: Heard<'code.hold_lost'>['data']['cause'];
  lostAt: string;
}

/** As it is listed: with when ops made it good. */
type ListedHold = LostHold & { madeGoodAt?: string };

const lostHolds = new MonthlyList<LostHold>('lost-holds', 'lost');

/** Lists a paid order without a code, once. */
export const keepLostHold = async (store: Store, request: Request, heard: Heard<'code.hold_lost'>): Promise<void> => {
  const { order, ...rest } = heard.data;
  const lost: LostHold = { ...rest, ...order };
  const place = codePlaceOf({ at: lost.lostAt, code: lost, sequence: heard.sequence });
  await lostHolds.keep(store, request, place, lost);
};

/** That ops have given the order another code. */
interface MadeGood {
  redeemedAt?: string;
}
const madeGoodRef = ({ holdId, shop, orderId }: Pick<LostHold, 'holdId' | 'shop' | 'orderId'>): Ref<MadeGood> => ({
  pk: `made-good/${holdId}/${encodeURIComponent(shop)}/${orderId}`,
  sk: 'made-good',
  initial: {},
  evolve: (state, { type, data }) => (type === 'made_good.heard' ? (data as MadeGood) : state),
});

/** Notes that a lost hold was made good, once; whichever of the two is heard first. */
export const keepMadeGood = async (store: Store, request: Request, heard: Heard<'code.redeemed'>): Promise<void> => {
  const { goodwill, order, redeemedAt } = heard.data;
  if (!goodwill) return;
  await store.change(
    [madeGoodRef({ holdId: goodwill.holdId, ...order })],
    (state) =>
      state.redeemedAt === undefined ? accept([{ type: 'made_good.heard', data: { redeemedAt } }], {}) : again({}),
    request,
  );
};

/** A page of paid orders without a code, the newest first; see MonthlyList. Rejects with StoreBusy. */
export const readLostHolds = async (
  store: Store,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: ListedHold[]; cursor?: string }> => {
  const found = await lostHolds.read(store, { limit, cursor });
  const good = await store.read(found.items.map((lost) => madeGoodRef(lost)));
  const items = found.items.map((lost, position) => {
    const { redeemedAt } = good[position]?.state ?? {};
    return redeemedAt === undefined ? lost : { ...lost, madeGoodAt: redeemedAt };
  });
  return { ...found, items };
};
