import { ordersOf } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type Bench, noon, startBench } from './fixtures/bench.ts';
import { campaignOf, referralOf } from './fixtures/sharing.ts';

let bench: Bench;
let insights: ReturnType<Bench['open']>;
let listen: ReturnType<typeof listenerOf>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
  listen = listenerOf(bench.openStore(), () => noon);
});
afterAll(() => bench.stop());

interface Counts {
  channels: { channel: string; rewards: number; points: number }[];
}
/** Rewards and points by channel, as ops and as the inviter are answered. */
const rewardsIn = async (campaignId: string) => {
  const answers = await Promise.all([
    insights.get<Counts>(`/v1/funnels/${campaignId}`, 'ops:olga'),
    insights.get<Counts>(`/v1/me/shares?campaignId=${campaignId}`, 'member:m_mia'),
  ]);
  return answers.map(({ body }) => body.channels.map(({ channel, rewards, points }) => [channel, rewards, points]));
};

let campaigns = 0;
const nextReferral = (points?: number, campaignId = campaignOf(`REWARD${++campaigns}`)) => ({
  campaignId,
  events: referralOf(
    { batch: 1, index: ++campaigns },
    { campaignId, inviter: 'm_mia', channel: 'qr', ...(points === undefined ? {} : { points }) },
  ),
});
const counted = [['qr', 1, 20]];

describe('rewards and points of the funnel', () => {
  it.each([
    // A reward that may still come, or that was taken back before it came, counts nowhere.
    { heard: ['pending'], counts: [] },
    { heard: ['pending', 'vested'], counts: counted },
    { heard: ['vested'], counts: counted },
    { heard: ['reversed'], counts: [] },
    { heard: ['pending', 'reversed'], counts: [] },
    { heard: ['vested', 'reversed'], counts: [] },
    { heard: ['pending', 'vested', 'reversed'], counts: [] },
    // Of a reward that returns reduced, what the last of them left counts.
    { heard: ['reduced'], counts: [] },
    { heard: ['vested', 'reduced'], counts: [['qr', 1, 18]] },
    { heard: ['vested', 'reduced', 'reducedMore'], counts: [['qr', 1, 16]] },
    { heard: ['vested', 'reduced', 'reducedMore', 'reversed'], counts: [] },
  ] as const)('are $counts after $heard, in any order, each twice', async ({ heard, counts }) => {
    for (const order of ordersOf(heard)) {
      const { campaignId, events } = nextReferral();
      for (const name of [...order, ...order]) await listen(events[name]);
      expect([order, ...(await rewardsIn(campaignId))]).toEqual([order, counts, counts]);
    }
  });

  it('leave other rewards of the channel as they are when one is reversed', async () => {
    for (const order of ordersOf(['kept', 'gone', 'reversed'] as const)) {
      const { campaignId, events: kept } = nextReferral();
      const { events: gone } = nextReferral(5, campaignId);
      for (const name of order) await listen({ kept: kept.vested, gone: gone.vested, reversed: gone.reversed }[name]);
      expect([order, ...(await rewardsIn(campaignId))]).toEqual([order, counted, counted]);
    }
  });

  it('add up to the same in whatever order, also in fractions of a point', async () => {
    for (const order of ordersOf([0.1, 0.2, 0.3, 1e6])) {
      const campaignId = campaignOf(`REWARD${++campaigns}`);
      for (const points of order) await listen(nextReferral(points, campaignId).events.vested);
      expect([order, ...(await rewardsIn(campaignId))]).toEqual([
        order,
        [['qr', 4, 1_000_000.6]],
        [['qr', 4, 1_000_000.6]],
      ]);
    }
  });

  it('count once when two instances hear vested and reversed at the same time', async () => {
    const instances = [listen, listenerOf(bench.openStore(), () => noon)];
    for (let round = 0; round < 10; round += 1) {
      const { campaignId, events } = nextReferral();
      const { events: kept } = nextReferral(undefined, campaignId);
      await Promise.all(
        [events.vested, kept.vested, events.reversed].flatMap((event) => instances.map((hear) => hear(event))),
      );
      expect(await rewardsIn(campaignId)).toEqual([counted, counted]);
    }
  });
});
