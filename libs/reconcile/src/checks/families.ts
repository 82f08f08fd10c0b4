import type { Family } from '../check.ts';
import { badges } from './badges.ts';
import { claims } from './claims.ts';
import { granted } from './granted.ts';
import { grants } from './grants.ts';
import { histories } from './histories.ts';
import { ledger } from './ledger.ts';
import { lives } from './lives.ts';
import { outboxes } from './outboxes.ts';
import { purchases } from './purchases.ts';
import { quotas } from './quotas.ts';
import { funnels, lostHolds, madeGood, statuses } from './read-models.ts';
import { referrals } from './referrals.ts';
import { slots } from './slots.ts';
import { spending } from './spending.ts';
import { standings } from './standings.ts';
import { stops } from './stops.ts';
import { tiers } from './tiers.ts';
import { transfers } from './transfers.ts';
import { waitlist } from './waitlist.ts';

/** Everything that is checked, in the order in which it is shown. Events and dead letters come by themselves. */
export const families: readonly Family[] = [
  outboxes,
  lives,
  transfers,
  stops,
  slots,
  quotas,
  claims,
  waitlist,
  grants,
  granted,
  ledger,
  spending,
  badges,
  standings,
  tiers,
  referrals,
  purchases,
  statuses,
  funnels,
  lostHolds,
  madeGood,
  histories,
];
