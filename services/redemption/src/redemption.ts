import type { CodeRedeemed } from '@fcode/events';

/** What an order that owns a code is told, now and whenever it asks again. */
export interface RedeemReceipt {
  status: 'redeemed';
  redemptionId: string;
  orderId: string;
  campaignId: string;
  sku: string;
  redeemedAt: string;
}

export const redeemReceipt = ({
  redemptionId,
  order,
  campaignId,
  sku,
  redeemedAt,
}: CodeRedeemed['data']): RedeemReceipt => ({
  status: 'redeemed',
  redemptionId,
  orderId: order.orderId,
  campaignId,
  sku,
  redeemedAt,
});
