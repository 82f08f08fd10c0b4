import { type Store, Timers } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import type { Policy } from '@fcode/policy';
import { Clicks } from './clicks.ts';
import { inviteRoute } from './invite.route.ts';
import { linkMakeRoute } from './link-make.route.ts';
import { linkOpenRoute } from './link-open.route.ts';
import { Links } from './links.ts';
import { myLinksRoute } from './my-links.route.ts';
import { myReferralsRoute } from './my-referrals.route.ts';
import { onBatchCreated } from './on-batch-created.ts';
import { onCampaignPublished } from './on-campaign-published.ts';
import { onCodeClaimed } from './on-code-claimed.ts';
import { onCodeRedeemed } from './on-code-redeemed.ts';
import { onCodeUndone } from './on-code-undone.ts';
import { Referrals } from './referrals.ts';
import { rewardReverseRoute } from './reward-reverse.route.ts';

export interface ReferralOptions {
  store: Store;
  log: EventLog;
  policy: Policy;
  /** Where a friend lands who opened an invite link: a path of this origin, or an address of the shop's. */
  landing: string;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

/** What is done about each event, a line each. `clock`: epoch ms. */
export const listenerOf = (store: Store, referrals: Referrals, clock: () => number) => {
  const undone = onCodeUndone(referrals, clock);
  return listenTo({
    'campaign.published': onCampaignPublished(store, clock),
    'batch.created': onBatchCreated(store, referrals, clock),
    'code.claimed': onCodeClaimed(store, referrals, clock),
    'code.redeemed': onCodeRedeemed(referrals, clock),
    'code.cancelled': undone,
    'code.refunded': undone,
  });
};

export const createReferral = (options: ReferralOptions) => {
  const { store, log, policy, landing, verify, logger, clock, budgetMs } = options;
  const app = createApp({
    name: 'referral',
    title: 'F-code referral',
    verify,
    logger,
    clock,
    notReady: () => store.notAnswering(),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });

  const links = new Links(store);
  const clicks = new Clicks(log, logger);
  const referrals = new Referrals(store, links, policy, logger);
  linkMakeRoute(app, links);
  myLinksRoute(app, store);
  linkOpenRoute(app, { links, clicks, landing, attributionDays: policy.rewards.referral.attributionDays });
  inviteRoute(app, store, links);
  myReferralsRoute(app, store);
  rewardReverseRoute(app, store);

  const timers = new Timers({ store, clock, logger, handle: (key, at) => referrals.handle(key, at) });

  let listening: Subscription | undefined;
  return {
    name: 'referral',
    app,
    start: async () => {
      store.outbox.start();
      clicks.start();
      timers.start();
      listening = log.subscribe({
        group: 'referral',
        topics: groups.referral,
        handle: listenerOf(store, referrals, clock),
      });
    },
    stop: async () => {
      await listening?.stop();
      await timers.stop();
      await clicks.stop();
      await store.outbox.stop();
    },
  } satisfies Service;
};
