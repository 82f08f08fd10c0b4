import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import {
  batchAnnounced,
  type Code,
  campaignAnnounced,
  campaignId,
  claimed,
  manyTimes,
  randomFrom,
  redeemed,
} from './fixtures/story.ts';

const rounds = 25;
/** Rounds side by side, each about people of its own. */
const atOnce = 10;
const crowds = 3;
const bearer = 900_000;
let bench: Bench;
let instances: ReturnType<Bench['open']>[];
beforeAll(async () => {
  bench = await startBench();
  instances = [bench.open(), bench.open(), bench.open()];
  await bench.desk.hear(campaignAnnounced(), batchAnnounced(bearer, 'bearer'));
});
afterAll(() => bench.stop());

const instance = (position: number) => instances[position % instances.length] as (typeof instances)[number];

let codes = 0;
/** A purchase with a code of the inviter's, or by the inviter's link with a code of nobody's. */
const purchaseBy = async (buyer: string, inviter: string, via: 'code' | 'link') => {
  codes += 1;
  if (via === 'code') {
    const code = { batch: 800_000, index: codes };
    await bench.desk.hear(claimed(code, inviter));
    return { code, event: redeemed(code, { buyer: `m:${buyer}` }) };
  }
  const code = { batch: bearer, index: codes };
  const invite = await bench.desk.linkOf(inviter, { campaignId });
  return { code, event: redeemed(code, { buyer: `m:${buyer}`, invite }) };
};
const outcomesOf = async (bought: { code: Code }[]) => {
  const purchases = await Promise.all(bought.map(({ code }) => bench.purchase(code)));
  return purchases.map((purchase) => (purchase.status === 'settled' ? purchase.outcome : purchase.status));
};
/** Who stands above a member, nearest first. Throws when the way leads back. */
const above = async (member: string): Promise<string[]> => {
  const way = [member];
  for (;;) {
    const edge = await bench.edgeOf(`m:${way.at(-1)}`);
    if (edge.status === 'none') return way.slice(1);
    if (way.includes(edge.made.inviter)) throw new Error(`${way.join(' < ')} < ${edge.made.inviter}`);
    way.push(edge.made.inviter);
  }
};
describe('two members who buy through each other at once', () => {
  it(`make one referral and one reward, ${rounds} times on two instances, by codes, by links and mixed`, async () => {
    await manyTimes(rounds, atOnce, async (round) => {
      const [ann, bob] = [`m_ann${round}`, `m_bob${round}`];
      const bought = await Promise.all([
        purchaseBy(ann, bob, round % 2 ? 'code' : 'link'),
        purchaseBy(bob, ann, round % 4 < 2 ? 'code' : 'link'),
      ]);
      await Promise.all(bought.map(({ event }, position) => instance(position).hear(event)));
      const edges = [await above(ann), await above(bob)].filter((way) => way.length > 0);
      expect({ round, outcomes: (await outcomesOf(bought)).sort(), edges: edges.length }).toEqual({
        round,
        outcomes: ['cycle', 'referred'],
        edges: 1,
      });
      expect((await bench.madeBy(ann)).length + (await bench.madeBy(bob)).length).toBe(1);
    });
  });

  it('make no other referral when everything is heard again', async () => {
    const bought = [await purchaseBy('m_late1', 'm_late2', 'code'), await purchaseBy('m_late2', 'm_late1', 'link')];
    for (let time = 0; time < 3; time += 1) {
      await Promise.all(bought.map(({ event }, position) => instance(position + time).hear(event)));
    }
    expect((await outcomesOf(bought)).sort()).toEqual(['cycle', 'referred']);
    expect((await bench.madeBy('m_late1')).length + (await bench.madeBy('m_late2')).length).toBe(1);
  });
});

describe('three members in a ring who buy at once', () => {
  it(`make two referrals and never a ring, ${rounds} times on three instances`, async () => {
    await manyTimes(rounds, atOnce, async (round) => {
      const ring = [`m_x${round}`, `m_y${round}`, `m_z${round}`];
      const bought = await Promise.all(
        ring.map((member, position) =>
          purchaseBy(member, ring[(position + 1) % 3] as string, (round + position) % 2 ? 'code' : 'link'),
        ),
      );
      await Promise.all(bought.map(({ event }, position) => instance(position).hear(event)));
      const ways = await Promise.all(ring.map(above));
      expect({
        round,
        outcomes: (await outcomesOf(bought)).sort(),
        ways: ways.map(({ length }) => length).sort((a, b) => a - b),
      }).toEqual({
        round,
        outcomes: ['cycle', 'referred', 'referred'],
        ways: [0, 1, 2],
      });
    });
  });
});

describe('a crowd that buys from one another at random, all at once', () => {
  it('grows trees: the way up from anybody ends, at who each edge above says', async () => {
    for (let seed = 1; seed <= crowds; seed += 1) {
      const random = randomFrom(seed);
      const crowd = Array.from({ length: 12 }, (_, member) => `m_crowd${seed}_${member}`);
      const someone = () => crowd[Math.floor(random() * crowd.length)] as string;
      const wishes = Array.from({ length: 36 }, () => {
        const [buyer, inviter] = [someone(), someone()];
        return { buyer, inviter, via: random() < 0.5 ? ('code' as const) : ('link' as const) };
      });
      const bought = await Promise.all(
        wishes.map(async ({ via, ...who }) => ({ ...who, ...(await purchaseBy(who.buyer, who.inviter, via)) })),
      );
      await Promise.all(bought.map(({ event }, position) => instance(position).hear(event)));

      const outcomes = await outcomesOf(bought);
      const edges = await Promise.all(crowd.map((member) => bench.edgeOf(`m:${member}`)));
      const ways = await Promise.all(crowd.map(above));
      const referred = outcomes.filter((outcome) => outcome === 'referred').length;
      expect(edges.filter(({ status }) => status === 'made').length).toBe(referred);
      const lists = await Promise.all(crowd.map(bench.madeBy));
      expect(lists.flat().length).toBe(referred);
      for (const [position, { buyer, inviter }] of bought.entries()) {
        const way = ways[crowd.indexOf(buyer)] as string[];
        const outcome = outcomes[position];
        if (outcome === 'referred') expect(way[0]).toBe(inviter);
        else if (outcome === 'self') expect(buyer).toBe(inviter);
        else if (outcome === 'already_referred') expect(way.length).toBeGreaterThan(0);
        // The buyer stands above the inviter.
        else expect([outcome, ways[crowd.indexOf(inviter)]?.includes(buyer)]).toEqual(['cycle', true]);
      }
      for (const [position, edge] of edges.entries()) {
        // The root that was noted with an edge is on the way up, wherever that ends today.
        if (edge.status === 'made')
          expect((ways[position] as string[]).map((member) => `m:${member}`)).toContain(edge.root);
      }
    }
  });
});

describe('everybody', () => {
  it('is rewarded once for each referral of theirs, as their list has it', async () => {
    for (const { store } of instances) await store.outbox.stop();
    const vested = await bench.logged('reward.vested');
    const rewards = new Map(vested.map(({ id, data }) => [id, data as { inviter: string; referralId: string }]));
    const byInviter = Map.groupBy(rewards.values(), ({ inviter }) => inviter);
    expect(rewards.size).toBeGreaterThan(3 * rounds);
    for (const [inviter, earned] of byInviter) {
      expect(earned.map(({ referralId }) => referralId).sort()).toEqual((await bench.madeBy(inviter)).sort());
    }
  });
});
