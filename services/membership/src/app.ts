import { type Key, type Store, Timers } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import type { Policy } from '@fcode/policy';
import { adoptPolicy } from './adopted.ts';
import { badgeRoutes } from './badge.routes.ts';
import { BadgeStore } from './badge-store.ts';
import { contributeRoute } from './contribute.route.ts';
import { ContributionStore } from './contribution-store.ts';
import { CutoffStore } from './cutoffs-store.ts';
import { isImport } from './import.ts';
import { Ladders } from './ladders.ts';
import { onBought, onPurchaseRefused } from './on-purchase.ts';
import { onReward } from './on-reward.ts';
import { pinRoute } from './pin.route.ts';
import { policyRoutes } from './policy.routes.ts';
import { PurchaseStore } from './purchase-store.ts';
import { purchaseRoutes } from './purchases.routes.ts';
import { standingRoutes } from './standing.route.ts';

export interface MembershipOptions {
  store: Store;
  log: EventLog;
  policy: Policy;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

/** What is due about an item, `at` in epoch ms. */
export const handleDue =
  (contributions: ContributionStore, cutoffs: CutoffStore) =>
  (key: Key, at: number): Promise<void> =>
    isImport(key) ? contributions.tellImport(key, at) : cutoffs.handle(key, at);

export const createMembership = ({ store, log, policy, verify, logger, clock, budgetMs }: MembershipOptions) => {
  const app = createApp({
    name: 'membership',
    title: 'F-code membership',
    verify,
    logger,
    clock,
    notReady: () => store.notAnswering(),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });

  const ladders = new Ladders(store, policy);
  const contributions = new ContributionStore(store, ladders);
  const purchases = new PurchaseStore(store, ladders);
  const cutoffs = new CutoffStore(store, ladders, clock);
  badgeRoutes(app, new BadgeStore(store, policy));
  contributeRoute(app, contributions);
  pinRoute(app, store, ladders);
  policyRoutes(app, ladders, cutoffs);
  purchaseRoutes(app, purchases);
  standingRoutes(app, store, ladders);

  const reward = onReward(contributions, clock);
  const handle = listenTo({
    'code.claimed': onBought(purchases, clock),
    'purchase.refused': onPurchaseRefused(purchases, clock),
    'reward.vested': reward,
    'reward.reduced': reward,
    'reward.reversed': reward,
  });
  const timers = new Timers({ store, clock, logger, handle: handleDue(contributions, cutoffs) });

  let listening: Subscription | undefined;
  return {
    name: 'membership',
    app,
    start: async () => {
      store.outbox.start();
      await adoptPolicy(store, policy, clock());
      await cutoffs.begin(clock());
      timers.start();
      listening = log.subscribe({ group: 'membership', topics: groups.membership, handle });
    },
    stop: async () => {
      await listening?.stop();
      await timers.stop();
      await store.outbox.stop();
    },
  } satisfies Service;
};
