import type { CodeMint } from '@fcode/codes';
import { type Store, Timers } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import type { Policy } from '@fcode/policy';
import { ulid } from 'ulid';
import { allotmentRoutes } from './allotment.route.ts';
import { batchesRoutes } from './batches.routes.ts';
import { campaignCreateRoute } from './campaign-create.route.ts';
import { campaignDuplicateRoute } from './campaign-duplicate.route.ts';
import { campaignEditRoute } from './campaign-edit.route.ts';
import { campaignPreviewRoute } from './campaign-preview.route.ts';
import { campaignReadRoutes } from './campaign-read.routes.ts';
import { CampaignStore } from './campaign-store.ts';
import { campaignSwitchRoutes } from './campaign-switch.routes.ts';
import { Campaigns } from './campaigns.ts';
import { claimRoute } from './claim.route.ts';
import { ClaimStore } from './claim-store.ts';
import { Ladders } from './cutoffs.ts';
import type { Desk } from './desk.ts';
import { isGrant } from './grant-job.ts';
import { GrantJobs } from './grant-jobs.ts';
import { grantsRoutes } from './grants.routes.ts';
import { myCodesRoute } from './my-codes.route.ts';
import { onCodeChanged } from './on-code-changed.ts';
import { onCutoffsPublished } from './on-cutoffs-published.ts';
import { onPointsSpent } from './on-points-spent.ts';
import { onScoreChanged } from './on-score-changed.ts';
import { onStopped } from './on-stopped.ts';
import { prepareRoute } from './prepare.route.ts';
import { waitingGrantsRoute } from './waiting-grants.route.ts';
import { waitlistRoutes } from './waitlist.routes.ts';
import { WaitlistStore } from './waitlist-store.ts';

export interface IssuanceOptions {
  store: Store;
  log: EventLog;
  mint: CodeMint;
  policy: Policy;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

export const createIssuance = (options: IssuanceOptions) => {
  const { store, log, mint, policy, verify, logger, clock, budgetMs } = options;
  const app = createApp({
    name: 'issuance',
    title: 'F-code issuance',
    verify,
    logger,
    clock,
    notReady: () => store.notAnswering(),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });

  const campaigns = new Campaigns(store);
  const ladders = new Ladders(store, policy);
  const claims = new ClaimStore(store, campaigns, ladders, mint, ulid());
  const desk: Desk = {
    store,
    mint,
    ladders,
    campaigns,
    claims,
    campaignStore: new CampaignStore(store, claims, mint.current),
    waitlists: new WaitlistStore(store, campaigns, claims, ladders, { mint, clock }),
    jobs: new GrantJobs(store, claims, ladders, { keyVersion: mint.current, policy, clock }),
  };
  campaignCreateRoute(app, desk);
  campaignDuplicateRoute(app, desk);
  campaignEditRoute(app, desk);
  campaignPreviewRoute(app, desk);
  campaignReadRoutes(app, desk);
  campaignSwitchRoutes(app, desk);
  prepareRoute(app, desk);
  grantsRoutes(app, desk);
  waitingGrantsRoute(app, desk);
  batchesRoutes(app, desk);
  allotmentRoutes(app, desk);
  claimRoute(app, desk);
  myCodesRoute(app, desk);
  waitlistRoutes(app, desk);

  const onCode = onCodeChanged(store, clock);
  const onStop = onStopped(store, desk.campaignStore, clock);
  const handle = listenTo({
    'batch.revoked': onStop,
    'checkout.killed': onStop,
    'checkout.paused': onStop,
    'checkout.resumed': onStop,
    'cutoffs.published': onCutoffsPublished(store, clock),
    'points.spent': onPointsSpent(claims, clock),
    'score.changed': onScoreChanged(store, clock),
    'code.held': onCode,
    'code.hold_extended': onCode,
    'code.released': onCode,
    'code.redeemed': onCode,
    'code.cancelled': onCode,
    'code.revoked': onCode,
  });

  const timers = new Timers({
    store,
    clock,
    logger,
    handle: (key) => (isGrant(key) ? desk.jobs.work(key) : desk.waitlists.work(key)),
  });

  let listening: Subscription | undefined;
  return {
    name: 'issuance',
    app,
    start: async () => {
      store.outbox.start();
      timers.start();
      listening = log.subscribe({ group: 'issuance', topics: groups.issuance, handle });
    },
    stop: async () => {
      await listening?.stop();
      await timers.stop();
      const cause = { correlationId: 'shutdown', causationId: 'shutdown' };
      await claims
        .stop(() => ({ at: clock(), deadline: performance.now() + 2000, ...cause }))
        .catch((error: unknown) => logger.warn({ err: error }, 'leases stay open; others fetch them back'));
      await store.outbox.stop();
    },
  } satisfies Service;
};
