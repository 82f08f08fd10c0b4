export type { CheckResult, Difference } from './check.ts';
export { eventsOf, ofType } from './log-pages.ts';
export { type ReconcileOptions, type Reconciliation, reconcile } from './reconcile.ts';
export { type Found, type Key, Tables } from './tables.ts';
