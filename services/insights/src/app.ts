import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { EventLog, Subscription } from '@fcode/event-log';
import { listenTo } from '@fcode/events';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import { historyRoute } from './history.route.ts';
import { onBatchCreated, onCodeEvent } from './on-code-event.ts';

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

  const onCode = onCodeEvent(store, clock);
  const handle = listenTo({
    'batch.created': onBatchCreated(store, clock),
    'code.claimed': onCode,
    'code.held': onCode,
    'code.released': onCode,
    'code.redeemed': onCode,
    'code.hold_lost': onCode,
  });

  let listening: Subscription | undefined;
  return {
    name: 'insights',
    app,
    start: async () => {
      listening = log.subscribe({ group: 'insights', topics: ['issuance', 'redemption'], handle });
    },
    stop: async () => {
      await listening?.stop();
    },
  } satisfies Service;
};
