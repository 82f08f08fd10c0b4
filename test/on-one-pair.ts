/**
 * Suites for which one pair of engines is enough, the best that there is: cluster/run.ts has them on a cluster, and on the
 * embedded engines where there is none.
 */
export const onOnePair = ['e2e/loop.spec.ts', 'e2e/upgrade.spec.ts'];
