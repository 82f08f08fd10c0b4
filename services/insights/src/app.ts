import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import { auditRoutes } from './audit.routes.ts';
import { funnelRoute } from './funnel.route.ts';
import { historyRoute } from './history.route.ts';
import { lostHoldsRoute } from './lost-holds.route.ts';
import { onBatchCreated, onCodeEvent, onHoldLost, onRedeemed } from './on-code-event.ts';
import { onLinkClicked, onLinkCreated } from './on-link-event.ts';
import { onOpsEvent } from './on-ops-event.ts';
import { onReferralMade, onRewardPending, onRewardSettled } from './on-referral-event.ts';
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
  return listenTo({
    'badge.awarded': audit,
    'badge.withdrawn': audit,
    'batch.created': each(onBatchCreated(store, clock), audit),
    'batch.exported': audit,
    'batch.revoked': audit,
    'campaign.closed': audit,
    'campaign.created': audit,
    'campaign.paused': audit,
    'campaign.published': audit,
    'campaign.resumed': audit,
    'checkout.killed': audit,
    'checkout.paused': audit,
    'checkout.resumed': audit,
    'code.claimed': onCode,
    'code.offered': onCode,
    'code.accepted': onCode,
    'code.withdrawn': onCode,
    'code.held': onCode,
    'code.hold_extended': onCode,
    'code.released': onCode,
    'code.redeemed': each(onRedeemed(store, clock), audit),
    'code.hold_lost': onHoldLost(store, clock),
    'code.refunded': onCode,
    'code.cancelled': onCode,
    'code.revoked': each(onCode, audit),
    'grant.approved': audit,
    'grant.cancelled': audit,
    'grant.requested': audit,
    'link.created': onLinkCreated(store, clock),
    'link.clicked': onLinkClicked(store, clock),
    'member.pinned': audit,
    'member.revoked': audit,
    'referral.made': onReferralMade(store, clock),
    'reward.pending': onRewardPending(store, clock),
    'reward.vested': onSettled,
    'reward.reduced': onSettled,
    'reward.reversed': each(onSettled, audit),
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
  funnelRoute(app, store);
  sharesRoute(app, store);
  lostHoldsRoute(app, store);
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
