import type { ProblemKind } from '@fcode/http';

/** Every word with which a checkout can be refused, and how it is said. */
export const refusals = {
  code_not_valid: { status: 404, title: 'This is not a valid code. Look for a typing mistake.' },
  code_not_usable: { status: 409, title: 'This code cannot be used.' },
  code_used_up: { status: 409, title: 'This code has been used as often as it may be.' },
  order_conflict: { status: 409, title: 'This order holds the code for another product or buyer. Release it first.' },
  already_redeemed: { status: 409, title: 'This order owns the code already.' },
  campaign_not_open: { status: 409, title: 'The campaign has not opened yet.' },
  campaign_ended: { status: 409, title: 'The campaign has ended.' },
  campaign_paused: { status: 409, title: 'The campaign is paused.' },
  campaign_closed: { status: 409, title: 'The campaign is closed.' },
  campaign_killed: { status: 409, title: 'The campaign was stopped for good.' },
  currency_not_covered: { status: 409, title: 'The code takes an amount of another currency off.' },
  sku_not_covered: { status: 409, title: 'The code does not cover this product.' },
  buyer_limit_reached: { status: 409, title: 'This buyer has used as many codes of the campaign as one buyer may.' },
  order_limit_reached: { status: 409, title: 'This order has as many codes of the campaign as one order may.' },
  name_limit_reached: { status: 409, title: 'This buyer has used this code as often as one buyer may.' },
  hold_not_found: { status: 404, title: 'This order has no such hold.' },
  hold_lost: { status: 409, title: 'The hold ended before the payment, and the code is gone. Ops have been told.' },
  hold_ended: { status: 409, title: 'The hold has ended. Hold the code again.' },
  extension_used: { status: 409, title: 'The hold was extended once, and is over.' },
  order_cancelled: {
    status: 409,
    title: 'This order gave the code back when it was cancelled. Hold the code to take it up again.',
  },
  redemption_not_found: { status: 404, title: 'This order has no such redemption.' },
  refund_exceeds_paid: { status: 409, title: 'More would be given back than was paid.' },
  refund_differs: { status: 409, title: 'This return, or what was paid, was told otherwise before.' },
  too_many_returns: { status: 409, title: 'An order has 32 returns at most.' },
  campaign_not_found: { status: 404, title: 'Checkout knows no such campaign.' },
  batch_not_found: { status: 404, title: 'Checkout knows no such batch.' },
  code_not_found: { status: 404, title: 'This is no code that was issued.' },
  transfers_used: { status: 409, title: 'This code was passed on as often as the campaign allows.' },
  code_not_yours: { status: 409, title: 'This code is not yours to pass on.' },
  code_busy: { status: 409, title: 'The code is used, or an order holds it: it cannot be passed on now.' },
  transfer_not_found: { status: 404, title: 'There is no such offer.' },
  transfer_own: { status: 409, title: 'This is your own offer. Send the link to a friend.' },
  transfer_taken: { status: 409, title: 'Somebody has accepted this code already.' },
  transfer_over: { status: 409, title: 'This offer has ended: the code is with its fan again.' },
} as const satisfies Record<string, ProblemKind>;

export type Refusal = keyof typeof refusals;
