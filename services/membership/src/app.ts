import type { Store } from '@fcode/dynamo';
import { createApp, type Logger, type Service, type Verifier } from '@fcode/http';
import type { Policy } from '@fcode/policy';
import { contributeRoute } from './contribute.route.ts';
import { ContributionStore } from './contribution-store.ts';
import { pinRoute } from './pin.route.ts';
import { standingRoutes } from './standing.route.ts';

export interface MembershipOptions {
  store: Store;
  policy: Policy;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  budgetMs?: number;
}

export const createMembership = ({ store, policy, verify, logger, clock, budgetMs }: MembershipOptions) => {
  const app = createApp({
    name: 'membership',
    title: 'F-code membership',
    verify,
    logger,
    clock,
    notReady: () => store.notAnswering(),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
  contributeRoute(app, new ContributionStore(store, policy));
  pinRoute(app, store);
  standingRoutes(app, store, policy);
  return {
    name: 'membership',
    app,
    start: async () => store.outbox.start(),
    stop: () => store.outbox.stop(),
  } satisfies Service;
};
