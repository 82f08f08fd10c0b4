import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { PurchaseStore } from './purchase-store.ts';

/** A code that was bought with points; what was claimed and granted is nothing to the ledger. */
export const onBought =
  (purchases: PurchaseStore, clock: () => number) =>
  async (heard: Heard<'code.claimed'>): Promise<void> => {
    const { purchaseId, batch, index } = heard.data;
    if (purchaseId === undefined) return;
    await purchases.bought({ purchaseId, batch, index, boughtAt: heard.time }, causedBy(heard, clock));
  };

/** There was no code to be had: the points are the member's again, once, however often this is heard. */
export const onPurchaseRefused =
  (purchases: PurchaseStore, clock: () => number) =>
  (heard: Heard<'purchase.refused'>): Promise<void> =>
    purchases.giveBack(heard.data, causedBy(heard, clock));
