import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import { auditRoutes } from './audit.routes.ts';
import { canaryTouchesRoute } from './canary-touches.route.ts';
import { onCanaryTouched } from './canary-touches.ts';
import { funnelRoute } from './funnel.route.ts';
import { historyRoute } from './history.route.ts';
import { lostHoldsRoute } from './lost-holds.route.ts';
import { memberHistoryRoute } from './member-history.route.ts';
import { onBatchCreated, onCodeEvent, onHoldLost, onRedeemed } from './on-code-event.ts';
import { onLinkClicked, onLinkCreated } from './on-link-event.ts';
import { onOpsEvent } from './on-ops-event.ts';
import { onReferralMade, onRewardPending, onRewardSettled } from './on-referral-event.ts';
import { onMemberEvent, onOrderEvent, onPurchaseEvent } from './on-timeline-event.ts';
import { orderHistoryRoute } from './order-history.route.ts';
import { sharesRoute } from './shares.route.ts';

export interface InsightsOptions {
  store: Store;
  log: EventLog;
  mint: CodeMint;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

/** One after the other; each is idempotent, so that the event may come again when the second fails. */
const each =
  <Event>(...listeners: ((heard: NoInfer<Event>) => Promise<void>)[]) =>
  async (heard: Event): Promise<void> => {
    for (const listen of listeners) await listen(heard);
  };

/** What is done about each event, a line each. `clock`: epoch ms. */
export const listenerOf = (store: Store, clock: () => number) => {
  const onCode = onCodeEvent(store, clock);
  const onSettled = onRewardSettled(store, clock);
  const audit = onOpsEvent(store, clock);
  const order = onOrderEvent(store, clock);
  // After the code's history, in which an order that is heard of later finds it.
  const purchase = onPurchaseEvent(store, clock);
  const member = onMemberEvent(store, clock);
  return listenTo({
    'badge.awarded': each(audit, member),
    'badge.withdrawn': each(audit, member),
    'batch.created': each(onBatchCreated(store, clock), audit),
    'batch.exported': audit,
    'batch.revoked': audit,
    'campaign.closed': audit,
    'campaign.created': audit,
    'campaign.edited': audit,
    'campaign.paused': audit,
    'campaign.prepared': audit,
    'campaign.published': audit,
    'campaign.resumed': audit,
    'canary.touched': onCanaryTouched(store, clock),
    'checkout.killed': audit,
    'checkout.paused': audit,
    'checkout.resumed': audit,
    'code.claimed': each(onCode, member),
    'code.offered': each(onCode, member),
    'code.accepted': each(onCode, member),
    'code.withdrawn': each(onCode, member),
    'code.held': each(onCode, order),
    'code.hold_extended': each(onCode, order),
    'code.released': each(onCode, order),
    'code.redeemed': each(onRedeemed(store, clock), audit, order, member),
    'code.hold_lost': each(onHoldLost(store, clock), order),
    'code.refunded': each(onCode, order, member),
    'code.cancelled': each(onCode, order, member),
    'code.revoked': each(onCode, audit, order, member),
    'contributions.imported': audit,
    'cutoffs.asked': audit,
    'grant.approved': audit,
    'grant.cancelled': audit,
    'grant.requested': audit,
    'link.created': each(onLinkCreated(store, clock), member),
    'link.clicked': onLinkClicked(store, clock),
    'member.pinned': each(audit, member),
    'member.revoked': each(audit, member),
    'points.returned': member,
    'points.spent': member,
    'purchase.refused': member,
    'referral.made': each(onReferralMade(store, clock), purchase, member),
    'reward.pending': each(onRewardPending(store, clock), purchase, member),
    'reward.vested': each(onSettled, purchase, member),
    'reward.reduced': each(onSettled, purchase, member),
    'reward.reversed': each(onSettled, audit, purchase, member),
    'tier.changed': member,
    'waitlist.joined': member,
    'waitlist.lapsed': member,
    'waitlist.left': member,
    'waitlist.offered': member,
    'waitlist.supplied': audit,
  });
};

export const createInsights = ({ store, log, mint, verify, logger, clock, budgetMs }: InsightsOptions) => {
  const app = createApp({
    name: 'insights',
    title: 'F-code insights',
    verify,
    logger,
    clock,
    notReady: () => store.notAnswering(),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
  historyRoute(app, store, mint);
  orderHistoryRoute(app, store);
  memberHistoryRoute(app, store);
  funnelRoute(app, store);
  sharesRoute(app, store);
  lostHoldsRoute(app, store);
  canaryTouchesRoute(app, store);
  auditRoutes(app, store);

  let listening: Subscription | undefined;
  return {
    name: 'insights',
    app,
    start: async () => {
      listening = log.subscribe({
        group: 'insights',
        topics: groups.insights,
        handle: listenerOf(store, clock),
      });
    },
    stop: async () => {
      await listening?.stop();
    },
  } satisfies Service;
};
