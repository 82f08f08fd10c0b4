import type { ProblemKind } from '@fcode/http';

/** Every word with which a checkout can be refused, and how it is said. */
export const refusals = {
  code_not_valid: { status: 404, title: 'This is not a valid code.' },
  code_in_use: { status: 409, title: 'Another order holds or owns this code.' },
  order_conflict: { status: 409, title: 'This order holds the code for another product or buyer. Release it first.' },
  already_redeemed: { status: 409, title: 'This order owns the code already.' },
  campaign_not_open: { status: 409, title: 'The campaign has not opened yet.' },
  campaign_ended: { status: 409, title: 'The campaign has ended.' },
  campaign_paused: { status: 409, title: 'The campaign is paused.' },
  campaign_closed: { status: 409, title: 'The campaign is closed.' },
  sku_not_covered: { status: 409, title: 'The code does not cover this product.' },
  buyer_limit_reached: { status: 409, title: 'This buyer has used as many codes of the campaign as one buyer may.' },
  hold_not_found: { status: 404, title: 'This order has no such hold.' },
  hold_lost: { status: 409, title: 'The hold ended before the payment, and the code is gone. Ops have been told.' },
} as const satisfies Record<string, ProblemKind>;

export type Refusal = keyof typeof refusals;
