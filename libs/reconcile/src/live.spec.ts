import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from './check.ts';
import { loadOn } from './fixtures/load.ts';
import { type System, startSystem } from './fixtures/system.ts';

/** Long enough for holds and offers to end, and for who walked off to come back; longer where a machine is slow. */
const loadForMs = { atLeast: 9_000, atMost: 40_000 };
const kinds = [
  'claims',
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
  'contributions',
  'spent',
  'joined',
  'supplied',
  'taken',
  'declined',
  'lapsed',
  'grants',
  'left',
  'ungranted',
  'awarded',
  'unawarded',
  'canaries',
  'links',
];

/** Clocks of processes are so far off, one way or the other, and who serves changes every second. */
const apartMs = 30_000;
const driftMs = () => Math.round(apartMs * Math.sin(1e4 * Math.floor(performance.now() / 1000)));

describe.each([
  ['at work', {}],
  ['whose clocks are apart', { driftMs }],
])('a system %s', { timeout: 180_000 }, (_, options) => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem(options);
  }, 30_000);
  afterAll(() => system.stop());

  it('has no differences while it claims, sells, counts and grants, nor afterwards', async () => {
    const load = new AbortController();
    const did: Record<string, number> = {};
    const working = loadOn(system, load.signal, did);
    const began = performance.now();
    const found: Difference[] = [];
    const look = async () => {
      const reconciliation = await system.reconcile();
      found.push(...reconciliation.differences);
      return reconciliation;
    };
    let [rounds, atWork] = [0, 0];
    const isEnough = () => rounds > 3 && atWork > 3 && kinds.every((what) => (did[what] ?? 0) > 0);
    for (let ms = 0; ms < loadForMs.atLeast || (ms < loadForMs.atMost && !isEnough()); ms = performance.now() - began) {
      rounds += 1;
      if (!(await look()).settled) atWork += 1;
    }
    load.abort();
    await working;
    expect(kinds.filter((what) => (did[what] ?? 0) === 0)).toEqual([]);
    expect(rounds).toBeGreaterThan(3);
    expect(atWork).toBeGreaterThan(3);
    // Members are looked at once more some seconds after new cut-offs.
    const settled = async () => [await look()].find((one) => one.settled);
    const { checks } = await until(settled, 'the system to come to rest', 60);
    expect(found).toEqual([]);
    expect(checks.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
  });
});
