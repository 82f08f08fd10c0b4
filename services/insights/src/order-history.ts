import type { Ref, Request, Store } from '@fcode/dynamo';
import { codeSubject, type Heard, type OrderRef } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { type Entry, entryOf } from './entry.ts';
import { type ReferralEvent, toldOfPurchase } from './history.ts';
import { placeOf } from './places.ts';
import { addTo, type Order, readTimeline } from './timeline.ts';

export type OrderEvent = Heard<
  | 'code.held'
  | 'code.hold_extended'
  | 'code.released'
  | 'code.redeemed'
  | 'code.hold_lost'
  | 'code.refunded'
  | 'code.cancelled'
  | 'code.revoked'
>;

/** One thing that happened to an order: at which shop, since several may have an order of one id, and by which code. */
export interface OrderEntry extends Entry {
  shop: string;
  /** By `batch.index`. */
  code: string;
}

interface CodeNumber {
  batch: number;
  index: number;
}

const historyOf = (orderId: string): string => `order/${orderId}`;

const add = (
  store: Store,
  request: Request,
  { shop, orderId }: OrderRef,
  place: string,
  of: CodeNumber,
  entry: Entry,
): Promise<void> => {
  const code = codeSubject(of).slice('code/'.length);
  const told: OrderEntry = { ...entry, shop, code };
  return addTo(store, request, { pk: historyOf(orderId), sk: place }, told);
};

/** The order that a redemption is of: what is told of its referral names the redemption alone. */
interface Purchase {
  order?: OrderRef;
}
const purchaseRef = (redemptionId: string): Ref<Purchase> => ({
  pk: `redemption/${redemptionId}`,
  sk: 'order',
  initial: {},
  evolve: (state, { type, data }) => (type === 'order.heard' ? { order: data as OrderRef } : state),
});

/** The order that an event is about; of a code that was revoked, that of the hold that this ended. */
const orderIn = ({ type, data }: OrderEvent): OrderRef | undefined =>
  type === 'code.revoked' ? data.hold?.order : data.order;

/** Adds to an order's history what happened to it, and to its purchase what was heard before of the referral that it made. */
export const addToOrder = async (store: Store, request: Request, heard: OrderEvent): Promise<void> => {
  const order = orderIn(heard);
  if (!order) return;
  await add(store, request, order, placeOf(heard), heard.data, entryOf(heard));
  if (heard.type !== 'code.redeemed') return;
  const { redemptionId } = heard.data;
  // Before its referral is looked for. Who tells of that does it in the other order, so that one of the two finds the other.
  await store.change(
    [purchaseRef(redemptionId)],
    (known) => (known.order ? again({}) : accept([{ type: 'order.heard', data: order }], {})),
    request,
  );
  for await (const { entry, sequence } of toldOfPurchase(store, heard.data)) {
    const place = placeOf({ id: entry.eventId, sequence, time: entry.at });
    await add(store, request, order, place, heard.data, entry);
  }
};

/**
 * Adds what is told of a purchase's referral to the history of its order, where that is known; where it is not, it is done
 * when the order is heard of. The code's history has it by then.
 */
export const addToOrderOf = async (store: Store, request: Request, heard: Heard<ReferralEvent>): Promise<void> => {
  const [{ state }] = await store.read([purchaseRef(heard.data.redemptionId)], request.deadline);
  if (state.order) await add(store, request, state.order, placeOf(heard), heard.data, entryOf(heard));
};

/** A page of what happened to the orders of one id, of all shops or of one; see readTimeline. Rejects with StoreBusy. */
export const readOrder = (
  store: Store,
  orderId: string,
  { shop, ...page }: { limit: number; cursor?: string | undefined; order: Order; shop?: string | undefined },
) =>
  readTimeline<OrderEntry>(
    store,
    historyOf(orderId),
    page,
    shop === undefined ? undefined : (entry) => entry.shop === shop,
  );
