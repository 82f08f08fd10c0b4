import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import { checkRoute } from './check.route.ts';
import { CodeStore } from './code-store.ts';
import { confirmRoute } from './confirm.route.ts';
import { holdRoute } from './hold.route.ts';
import { onBatchCreated } from './on-batch-created.ts';
import { onCampaignChanged } from './on-campaign-changed.ts';
import { redeemRoute } from './redeem.route.ts';
import { releaseRoute } from './release.route.ts';
import { TermsBook } from './terms.ts';

export interface RedemptionOptions {
  store: Store;
  log: EventLog;
  mint: CodeMint;
  buyerKey: Uint8Array;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

export const createRedemption = (options: RedemptionOptions) => {
  const { store, log, mint, buyerKey, verify, logger, clock, budgetMs } = options;
  const book = new TermsBook(store, logger);
  const app = createApp({
    name: 'redemption',
    title: 'F-code redemption',
    verify,
    logger,
    clock,
    // Readiness follows the store only: checkout answers while the event log is away.
    notReady: () => (book.isFresh ? undefined : 'the store has not answered for two seconds'),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });

  const checkout = { mint, book, codes: new CodeStore(store), buyerKey };
  checkRoute(app, checkout);
  holdRoute(app, checkout);
  confirmRoute(app, checkout);
  releaseRoute(app, checkout);
  redeemRoute(app, checkout);

  const onCampaign = onCampaignChanged(book, clock);
  const handle = listenTo({
    'batch.created': onBatchCreated(book, clock),
    'campaign.published': onCampaign,
    'campaign.paused': onCampaign,
    'campaign.resumed': onCampaign,
    'campaign.closed': onCampaign,
  });

  let listening: Subscription | undefined;
  return {
    name: 'redemption',
    app,
    start: async () => {
      store.outbox.start();
      await book.start();
      listening = log.subscribe({ group: 'redemption', topics: groups.redemption, handle });
    },
    stop: async () => {
      await listening?.stop();
      book.stop();
      await store.outbox.stop();
    },
  } satisfies Service;
};
