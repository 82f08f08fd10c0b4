import { grouped } from '../code-text.ts';

interface Named {
  orderId: string;
  code: string;
}
interface Hold extends Named {
  holdId: string;
  heldAt: string;
  holdUntil: string;
}

/** What the demo shop knows of the visitor's order. */
export type Order =
  | (Named & { stage: 'draft'; isDeclined?: boolean })
  | (Hold & { stage: 'held' })
  /** The visitor went away; the shop did nothing. */
  | (Hold & { stage: 'left' })
  /** Paid too late, when the code was another's. */
  | (Named & { stage: 'lost' })
  | (Named & { stage: 'paid'; redemptionId: string; redeemedAt: string });
export type HeldOrder = Extract<Order, { stage: 'held' | 'left' }>;

const orderIdLength = 8;
const newOrderId = (): string => `W-${crypto.randomUUID().replaceAll('-', '').slice(0, orderIdLength).toUpperCase()}`;

export const newOrder = (code = ''): Order => ({ stage: 'draft', orderId: newOrderId(), code });

/** The order, once more from the form; under its own id, so that its own hold is not in its way. */
export const afresh = ({ orderId, code }: Order, isDeclined = false): Order => ({
  stage: 'draft',
  orderId,
  code,
  isDeclined,
});

/** A code came along with the address: it fills the form, or begins a new order where the old one has another code. */
export const withCode = (order: Order, code: string): Order => {
  if (order.stage === 'draft') return { ...order, code };
  const isUnderWay = order.stage === 'held' || order.stage === 'left';
  return isUnderWay && grouped(order.code) === code ? order : newOrder(code);
};
