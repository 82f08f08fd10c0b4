import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { ReferralEvent } from './history.ts';
import { addToMembers, type MemberEvent } from './member-history.ts';
import { addToOrder, addToOrderOf, type OrderEvent } from './order-history.ts';

/** Adds what happened to the history of the order. */
export const onOrderEvent =
  (store: Store, clock: () => number) =>
  (heard: OrderEvent): Promise<void> =>
    addToOrder(store, causedBy(heard, clock), heard);

/** Adds it to the history of the order that made the referral; after the code's history has it. */
export const onPurchaseEvent =
  (store: Store, clock: () => number) =>
  (heard: Heard<ReferralEvent>): Promise<void> =>
    addToOrderOf(store, causedBy(heard, clock), heard);

/** Adds it to the histories of the members that it is about. */
export const onMemberEvent =
  (store: Store, clock: () => number) =>
  (heard: Heard<MemberEvent>): Promise<void> =>
    addToMembers(store, causedBy(heard, clock), heard);
