import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from './check.ts';
import { loadOn } from './fixtures/load.ts';
import { type System, startSystem } from './fixtures/system.ts';

const loadForMs = 12_000;

/** Clocks of processes are so far off, one way or the other, and who serves changes every second. */
const apartMs = 30_000;
const driftMs = () => Math.round(apartMs * Math.sin(1e4 * Math.floor(performance.now() / 1000)));

describe.each([
  ['at work', {}],
  ['whose clocks are apart', { driftMs }],
])('a system %s', { timeout: 60_000 }, (_, options) => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem(options);
  }, 30_000);
  afterAll(() => system.stop());

  it('has no differences while it claims, sells, counts and grants, nor afterwards', async () => {
    const load = new AbortController();
    const working = loadOn(system, load.signal);
    const end = performance.now() + loadForMs;
    const found: Difference[] = [];
    const look = async () => {
      const reconciliation = await system.reconcile();
      found.push(...reconciliation.differences);
      return reconciliation;
    };
    let [rounds, atWork] = [0, 0];
    while (performance.now() < end) {
      rounds += 1;
      if (!(await look()).settled) atWork += 1;
    }
    load.abort();
    const did = await working;
    const sold = [
      'held',
      'extended',
      'confirmed',
      'redeemed',
      'released',
      'returned',
      'cancelled',
      'revoked',
      'offered',
      'accepted',
      'withdrawn',
      'named',
      'leaked',
      'stopped',
    ];
    for (const what of ['claims', ...sold, 'contributions', 'spent', 'grants', 'links']) {
      expect([what, (did[what] ?? 0) > 0]).toEqual([what, true]);
    }
    expect(rounds).toBeGreaterThan(3);
    expect(atWork).toBeGreaterThan(3);
    // Members are looked at once more some seconds after new cut-offs.
    const settled = async () => [await look()].find((one) => one.settled);
    const { checks } = await until(settled, 'the system to come to rest', 30);
    expect(found).toEqual([]);
    expect(checks.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
  });
});
