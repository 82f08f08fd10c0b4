import type { CodeRedeemed } from '@fcode/events';
import { type Applied, type Decided, decided } from '@fcode/policy';
import { applied } from './receipt.ts';

/** What an order that owns a code is told, now and whenever it asks again. */
export interface RedeemReceipt {
  status: 'redeemed';
  redemptionId: string;
  orderId: string;
  campaignId: string;
  sku: string;
  redeemedAt: string;
  effect: Applied;
  decision: Decided;
}

export const redeemReceipt = ({
  redemptionId,
  order,
  campaignId,
  sku,
  redeemedAt,
  effect,
  receipt,
}: CodeRedeemed['data']): RedeemReceipt => ({
  status: 'redeemed',
  redemptionId,
  orderId: order.orderId,
  campaignId,
  sku,
  redeemedAt,
  effect: applied(effect),
  decision: decided(receipt),
});
