import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Topic } from '@fcode/events';
import { capacityFor, costs, peakAtMost, waits } from '@fcode/infra/capacity';
import { outboxShards, type ServiceName, services } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Meter, startMetered } from '../support/metered.ts';

type System = Awaited<ReturnType<typeof startMetered>>;

const all = Object.keys(topics) as Topic[];
const day = 86_400_000;

let system: System;
let campaignId: string;
/** Until nobody has anything to hear. */
const hearAll = async () => {
  for (const topic of ['issuance', 'redemption', 'referral', 'membership', 'issuance'] as const)
    await system.hear(topic);
};
beforeAll(async () => {
  system = await startMetered();
  const [startsAt, endsAt] = [-day, day].map((from) => new Date(Date.now() + from).toISOString());
  const drop = { name: 'Drop', skus: ['PHONE-1'], startsAt, endsAt, quota: 100_000, allotment: { fan: 1 } };
  const asked = { ...drop, buyerLimit: 1, holdSeconds: 900 };
  ({ campaignId = '' } = await system.ask('issuance', 'ops:olga', '/v1/campaigns', asked, randomUUID()));
  await system.ask('issuance', 'ops:olga', `/v1/campaigns/${campaignId}/publish`, {});
  await hearAll();
  // What happens once in a campaign's life, or a month's, is no cost of a command: a first order goes before.
  await claim(0);
  await hearAll();
  // Each instance re-reads the terms by itself.
  await until(async () => (await hold(0).catch(() => '')) !== '', 'checkout to know the batch');
  await confirm(0);
  await hearAll();
});
afterAll(() => system.stop());

const codes: string[] = [];
const holds: string[] = [];
const claim = async (n: number) => {
  const path = `/v1/campaigns/${campaignId}/claims`;
  codes[n] = (await system.ask('issuance', `member:m_${n}`, path, {}, randomUUID())).code as string;
};
const hold = async (n: number) => {
  const price = { amount: 49_900, currency: 'EUR' };
  const order = { code: codes[n], orderId: `o-${n}`, sku: 'PHONE-1', buyer: { memberId: `friend_${n}` }, price };
  const shopper = { id: `session-${n}`, network: `10.0.${Math.floor(n / 100)}.${n % 100}` };
  const { holdId = '' } = await system.ask(
    'redemption',
    'checkout:shop',
    '/v1/checkout/hold',
    { ...order, shopper },
    randomUUID(),
  );
  holds[n] = holdId;
  return holdId;
};
const confirm = (n: number) =>
  system.ask(
    'redemption',
    'checkout:shop',
    '/v1/checkout/confirm',
    { holdId: holds[n], orderId: `o-${n}` },
    randomUUID(),
  );

/** One after the other, so that none shares a write with another. */
const each = async (from: number, count: number, work: (n: number) => Promise<unknown>) => {
  for (let n = from; n < from + count; n += 1) await work(n);
};
const heard = async (work: () => Promise<unknown>) => {
  await work();
  await hearAll();
};

/** What the meter says of each table for one command, beside what is planned; `is` within what leases of timers and the like add. */
const beside = (command: keyof typeof costs, parts: Meter[], count: number) =>
  services.flatMap((table) =>
    (['write', 'read', 'outbox', 'due', 'board'] as const).map((unit) => {
      const measured = parts.reduce((sum, part) => sum + part[table][unit], 0) / count;
      const expected = unit === 'due' ? 0 : costs[command][table][unit];
      const is = measured > expected - 0.75 && measured < expected + 0.4;
      return { what: `${unit} units of ${table}`, measured, expected, is };
    }),
  );
const otherwise = (...about: Parameters<typeof beside>) => beside(...about).filter(({ is }) => !is);

describe('what a command costs, by the units that the engine counts', () => {
  const count = 20;

  it('is what the plan says of a claim', async () => {
    const cost = await system.costOf(() => heard(() => each(100, count, claim)));
    expect(otherwise('claim', [cost], count)).toEqual([]);
  });

  it('is what the plan says of an order that is held and paid, by a friend of whoever had the code', async () => {
    await heard(() => each(200, count, claim));
    // Outboxes are cleared between the two, which costs the most.
    const held = await system.costOf(() => heard(() => each(200, count, hold)));
    const paid = await system.costOf(() => heard(() => each(200, count, confirm)));
    expect(otherwise('order', [held, paid], count)).toEqual([]);
  });
});

describe('how many answers of the store listeners wait for', () => {
  // So many that some are handled one after the other, in one partition.
  const count = 12;
  const waitsOf = async (work: (() => Promise<unknown>)[]): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (const one of work) {
      await one();
      for (const topic of ['issuance', 'redemption', 'referral', 'membership'] as const) {
        for (const [group, waited] of await system.waitsFor(topic, count)) {
          // Who passes an event over waits for nothing.
          if (waited > 0) found.set(`${topic} ${group}`, (found.get(`${topic} ${group}`) ?? 0) + waited);
        }
      }
    }
    return found;
  };
  const planned = (command: keyof typeof waits) =>
    new Map(
      all.flatMap((topic) =>
        Object.entries(waits[command][topic]).map(([group, waited]) => [`${topic} ${group}`, waited] as const),
      ),
    );
  /** A machine that does other things too lets everybody wait for longer, now and then: the least of three times counts. */
  const least = async (command: keyof typeof waits, work: (from: number) => (() => Promise<unknown>)[]) => {
    const found = await waitsOf(work(300));
    for (const from of [320, 340]) {
      if (isDeepStrictEqual(found, planned(command))) break;
      for (const [name, waited] of await waitsOf(work(from))) {
        found.set(name, Math.min(waited, found.get(name) ?? Number.POSITIVE_INFINITY));
      }
    }
    return found;
  };

  it('is what the plan says of a claim', async () => {
    expect(await least('claim', (from) => [() => each(from, count, claim)])).toEqual(planned('claim'));
  });

  it('is what the plan says of an order', async () => {
    await heard(() => each(360, 60, claim));
    const orders = (from: number) => [() => each(from + 60, count, hold), () => each(from + 60, count, confirm)];
    expect(await least('order', orders)).toEqual(planned('order'));
  });
});

describe('a plan', () => {
  const of = (claimsPerSecond: number, ordersPerSecond: number) => capacityFor({ claimsPerSecond, ordersPerSecond });
  const table = (plan: ReturnType<typeof of>, name: ServiceName) => plan.tables.find((one) => one.table === name);

  it('adds up what claims and orders cost each table and index', () => {
    const plan = of(1000, 500);
    expect(table(plan, 'issuance')).toEqual({
      table: 'issuance',
      writeUnits: 1000 * 5 + 500 * 4,
      readUnits: 1000 * 2 + 500 * 1,
      indexes: { outbox: 2000, due: 0, board: 500 },
    });
    expect(table(plan, 'redemption')).toMatchObject({ writeUnits: 12_000, indexes: { outbox: 2000 } });
    expect(plan.tables.map((one) => one.table)).toEqual([...services]);
  });

  it('of nothing needs what there is anyway', () => {
    const plan = of(0, 0);
    expect(plan.indexShards).toBe(outboxShards);
    expect(plan.tables.every(({ writeUnits, readUnits }) => writeUnits === 0 && readUnits === 0)).toBe(true);
    expect(plan.topics.map(({ needed }) => needed)).toEqual(all.map(() => 1));
  });

  it('has a shard of an index for each 400 commits a second, in powers of two, and never more than there can be', () => {
    // Two commits an order.
    expect([1, 3200, 3201, 6400, 6401, 12_801].map((orders) => of(0, orders).indexShards)).toEqual([
      16, 16, 32, 32, 64, 128,
    ]);
    expect(of(6400, 0).indexShards).toBe(16);
    expect(of(6401, 0).indexShards).toBe(32);
    expect(of(peakAtMost, peakAtMost).indexShards).toBe(256);
  });

  it('has so many partitions that the slowest listener keeps pace, beside those that there are', () => {
    const { topics: planned } = of(100, 100);
    expect(planned).toEqual([
      { topic: 'membership', partitions: topics.membership.partitions, needed: 1 },
      { topic: 'issuance', partitions: topics.issuance.partitions, needed: 3 },
      { topic: 'redemption', partitions: topics.redemption.partitions, needed: 9 },
      { topic: 'referral', partitions: topics.referral.partitions, needed: 14 },
    ]);
    expect(of(0, 101).topics.find(({ topic }) => topic === 'redemption')?.needed).toBe(10);
  });
});
