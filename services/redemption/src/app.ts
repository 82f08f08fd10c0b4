import { createSecretKey } from 'node:crypto';
import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { groups } from '@fcode/infra/topics';
import { canaryAlarm } from './canary.ts';
import { cancelRoute } from './cancel.route.ts';
import { checkRoute } from './check.route.ts';
import { CodeStore } from './code-store.ts';
import { confirmRoute } from './confirm.route.ts';
import { extendRoute } from './extend.route.ts';
import { Guesses } from './guesses.ts';
import { holdRoute } from './hold.route.ts';
import { memberRevokeRoute } from './member-revoke.route.ts';
import { namedRoute } from './named.route.ts';
import { onBatchCreated } from './on-batch-created.ts';
import { onCampaignChanged } from './on-campaign-changed.ts';
import { onCodeClaimed } from './on-code-claimed.ts';
import { redeemRoute } from './redeem.route.ts';
import { reissueRoute } from './reissue.route.ts';
import { releaseRoute } from './release.route.ts';
import { returnRoute } from './return.route.ts';
import { revokeRoute } from './revoke.route.ts';
import { stopRoutes } from './stop.routes.ts';
import { TermsBook } from './terms.ts';
import { transferRoutes } from './transfer.routes.ts';
import { TransferStore } from './transfer-store.ts';
import { TransferTokens } from './transfer-token.ts';

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

  const guesses = new Guesses(store, buyerKey, clock, logger);
  const checkout = {
    mint,
    book,
    codes: new CodeStore(store),
    guesses,
    alarm: canaryAlarm(store, logger),
    buyerKey: createSecretKey(buyerKey),
  };
  checkRoute(app, checkout);
  holdRoute(app, checkout);
  extendRoute(app, checkout);
  confirmRoute(app, checkout);
  releaseRoute(app, checkout);
  redeemRoute(app, checkout);
  cancelRoute(app, checkout);
  returnRoute(app, checkout);
  reissueRoute(app, checkout);
  revokeRoute(app, checkout);
  stopRoutes(app, checkout);
  namedRoute(app, checkout);
  memberRevokeRoute(app, checkout, store);
  transferRoutes(app, { mint, book, transfers: new TransferStore(store), tokens: new TransferTokens(buyerKey) });

  const onCampaign = onCampaignChanged(book, clock);
  const handle = listenTo({
    'batch.created': onBatchCreated(book, clock),
    'code.claimed': onCodeClaimed(store, checkout.codes, book, clock),
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
      guesses.start();
      listening = log.subscribe({ group: 'redemption', topics: groups.redemption, handle });
    },
    stop: async () => {
      await listening?.stop();
      book.stop();
      guesses.stop();
      await store.outbox.stop();
    },
  } satisfies Service;
};
