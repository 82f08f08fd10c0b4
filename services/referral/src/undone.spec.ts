import type { CloudEvent } from '@fcode/events';
import { ordersOf, redelivered, someOrdersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import {
  batchAnnounced,
  type Code,
  cancelled,
  claimed,
  hours,
  iso,
  manyTimes,
  minutes,
  policyWith,
  purchaseOf,
  randomFrom,
  redeemed,
  refunded,
} from './fixtures/story.ts';
import { referralIdOf } from './referral.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

/** Of a purchase for 200.00 that earns 20 points: 50.00 takes 5 of them; all of 125.00, which is 12.5 of them, takes 13. */
const first = (code: Code, buyer: string) => refunded(code, { buyer }, 5_000, 1);
const both = (code: Code, buyer: string) => refunded(code, { buyer }, 12_500, 2);

interface RewardData {
  rewardId: string;
  inviter: string;
  points: number;
  returnId: string;
  taken: number;
  left: number;
  reductions?: string[];
}
const rewardTypes = ['reward.pending', 'reward.vested', 'reward.reduced', 'reward.reversed'];
/** What was said of rewards, each event once, in order; by inviter. */
const rewardsSaid = async () => {
  const events = (await Promise.all(rewardTypes.map(bench.logged))).flat();
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  const inOrder = once.sort((a, b) => a.sequence.localeCompare(b.sequence));
  return Map.groupBy(inOrder, ({ data }) => (data as RewardData).inviter);
};
const said = (events: readonly CloudEvent[] = []) =>
  events.map(({ type, data }) => {
    const { returnId, taken, left, reductions } = data as Partial<RewardData>;
    return { type: type.replace(/^fcode\.|\.v1$/g, ''), returnId, taken, left, reductions };
  });
/** What the events of one reward come to: what vested, less what each return and the reversal take. */
const worth = (events: readonly CloudEvent[] = []): number => {
  const isSaid = (word: string) => events.some(({ type }) => type === `fcode.reward.${word}.v1`);
  if (!isSaid('vested') || isSaid('reversed')) return 0;
  return events.reduce((sum, { type, data }) => {
    const { points, taken } = data as RewardData;
    if (type === 'fcode.reward.vested.v1') return sum + points;
    return type === 'fcode.reward.reduced.v1' ? sum - taken : sum;
  }, 0);
};
const rewardOf = async (buyer: string) => {
  const edge = await bench.edgeOf(buyer);
  return edge.status === 'made' ? edge.reward : undefined;
};

let batches = 5000;
/** A code that somebody gave to a friend. */
const gift = () => {
  batches += 1;
  return { code: { batch: batches, index: 0 }, fan: `m_fan${batches}`, friend: `m:m_friend${batches}` };
};

describe('claim, purchase, returns and cancellation of one order', () => {
  const policies = [0, 24].map((vestsAfterHours) => policyWith(vestsAfterHours));

  it.each([
    ['of any four, with its cancellation', true],
    ['without', false],
  ])(
    'end the same in every order %s, pending or vested, each delivered twice, by two instances',
    async (_, isCancelled) => {
      const random = randomFrom(isCancelled ? 3 : 5);
      const orders = isCancelled ? someOrdersOf([0, 1, 2, 3, 4], 4) : ordersOf([0, 1, 2, 3]);
      for (const policy of policies) {
        const isPending = policy.rewards.referral.vestsAfterHours > 0;
        const instances = [bench.open({ policy }), bench.open({ policy })] as const;
        const gifts = orders.map(gift);
        await manyTimes(orders.length, 40, async (n) => {
          const { code, fan, friend } = gifts[n] as ReturnType<typeof gift>;
          const at = bench.time.now;
          const events = [
            claimed(code, fan),
            redeemed(code, { buyer: friend, at }),
            first(code, friend),
            both(code, friend),
            cancelled(code, { buyer: friend }),
          ];
          const inOrder = (orders[n] as number[]).map((position) => events[position] as CloudEvent);
          const deliveries = [...inOrder];
          for (const event of inOrder) {
            deliveries.splice(Math.floor(random() * (deliveries.length + 1)), 0, event);
          }
          for (const event of deliveries) {
            const listening = instances[random() < 0.5 ? 0 : 1];
            await redelivered(() => listening.hear(event));
          }
        });
        if (isPending) {
          bench.time.now += hours(24);
          await instances[0].timers.look();
        }
        for (const { store } of instances) await store.outbox.stop();
        const rewards = await rewardsSaid();
        await manyTimes(orders.length, 40, async (n) => {
          const { code, fan, friend } = gifts[n] as ReturnType<typeof gift>;
          const order = String(orders[n]);
          expect(await bench.purchase(code)).toEqual({ status: 'settled', outcome: 'referred' });
          expect(await bench.madeBy(fan)).toEqual([referralIdOf(friend)]);
          const edge = await bench.edgeOf(friend);
          expect({ order, edge }).toMatchObject({
            edge: { made: { inviter: fan, invitee: friend }, reward: { status: isCancelled ? 'reversed' : 'vested' } },
          });
          expect({ order, worth: worth(rewards.get(fan)) }).toEqual({ order, worth: isCancelled ? 0 : 7 });
          const types = said(rewards.get(fan)).map(({ type }) => type);
          for (const once of ['reward.pending', isCancelled ? 'reward.reversed' : 'reward.vested']) {
            expect({ order, once: types.filter((type) => type === once) }).toEqual({ order, once: [once] });
          }
          if (isCancelled) expect(types.at(-1)).toBe('reward.reversed');
        });
      }
    },
  );

  it('end the same when they are heard all at once, 60 rounds on two instances', async () => {
    const [here, other] = [bench.open(), bench.open()];
    const gifts = Array.from({ length: 60 }, gift);
    for (const [round, { code, fan, friend }] of gifts.entries()) {
      const events = [
        claimed(code, fan),
        redeemed(code, { buyer: friend }),
        first(code, friend),
        both(code, friend),
        ...(round % 2 ? [cancelled(code, { buyer: friend })] : []),
      ];
      await Promise.all([...events, ...events].map((event, n) => ((n + round) % 2 ? here : other).hear(event)));
      expect(await rewardOf(friend)).toMatchObject(
        round % 2 ? { status: 'reversed' } : { status: 'vested', reduced: { left: 7 } },
      );
    }
    for (const { store } of [here, other]) await store.outbox.stop();
    const rewards = await rewardsSaid();
    for (const [round, { fan }] of gifts.entries()) expect(worth(rewards.get(fan))).toBe(round % 2 ? 0 : 7);
  });

  it('end the same when each is heard by a process of its own that then dies', async () => {
    const { code, fan, friend } = gift();
    const bought = redeemed(code, { buyer: friend });
    for (const event of [first(code, friend), bought, both(code, friend), claimed(code, fan)]) {
      const doomed = bench.open();
      await doomed.hear(event);
      await doomed.store.outbox.stop();
    }
    expect(await rewardOf(friend)).toMatchObject({ status: 'vested', points: 20, reduced: { left: 7 } });
    const rewards = await until(async () => {
      const events = (await rewardsSaid()).get(fan);
      return events?.length === 3 ? events : undefined;
    });
    expect(said(rewards)).toMatchObject([
      { type: 'reward.pending' },
      { type: 'reward.vested' },
      { type: 'reward.reduced', returnId: 'return-2', taken: 13, left: 7 },
    ]);
  });

  it.each([
    ['it is settled', true],
    ['it is parked', false],
  ])(
    'are not lost when the store takes none of it while %s, and happen once when its answer is lost',
    async (_, isSettled) => {
      const proxy = await startStoreProxy(bench.engine.endpoint);
      const shaky = bench.open({ endpoint: proxy.endpoint });
      const { code, fan, friend } = gift();
      if (isSettled) await bench.desk.hear(claimed(code, fan));
      await bench.desk.hear(redeemed(code, { buyer: friend }));
      proxy.fault = ({ operation }) => (operation === 'TransactWriteItems' ? 'refuse' : 'pass');
      await expect(shaky.hear(first(code, friend))).rejects.toThrow(/store/);
      let lost = 0;
      proxy.fault = ({ operation }) => {
        if (operation !== 'TransactWriteItems' || lost > 1) return 'pass';
        lost += 1;
        return 'lose';
      };
      await shaky.hear(first(code, friend));
      await bench.open().hear(first(code, friend));
      if (!isSettled) await bench.desk.hear(claimed(code, fan));
      expect(lost).toBe(2);
      expect(await rewardOf(friend)).toMatchObject({ reduced: { left: 15, returns: ['return-1'] } });
      const reduced = await until(async () => {
        const events = said((await rewardsSaid()).get(fan)).filter(({ type }) => type === 'reward.reduced');
        return events.length > 0 ? events : undefined;
      });
      expect(reduced).toMatchObject([{ returnId: 'return-1', taken: 5, left: 15 }]);
      await proxy.stop();
    },
    30_000,
  );
});

describe('a purchase that did not make the referral', () => {
  it('takes nothing from it when it is undone, before it is settled or after', async () => {
    const { code, fan, friend } = gift();
    const [after, before] = [gift(), gift()];
    await bench.desk.hear(claimed(code, fan), redeemed(code, { buyer: friend }));
    const undoings = (other: Code) => [first(other, friend), cancelled(other, { buyer: friend })];
    await bench.desk.hear(...undoings(before.code));
    for (const other of [after, before]) {
      await bench.desk.hear(claimed(other.code, other.fan), redeemed(other.code, { buyer: friend }));
    }
    await bench.desk.hear(...undoings(after.code));
    for (const other of [after, before]) {
      expect(await bench.purchase(other.code)).toEqual({ status: 'settled', outcome: 'already_referred' });
    }
    const reward = await rewardOf(friend);
    expect(reward).toMatchObject({ status: 'vested' });
    expect(reward).not.toHaveProperty('reduced');
  });

  it('earns nobody a reward although the one before was cancelled: who invited whom never changes', async () => {
    const [one, two] = [gift(), gift()];
    const buyer = one.friend;
    await bench.desk.hear(claimed(one.code, one.fan), redeemed(one.code, { buyer }), cancelled(one.code, { buyer }));
    await bench.desk.hear(claimed(two.code, two.fan), redeemed(two.code, { buyer }));
    expect(await bench.purchase(two.code)).toMatchObject({ outcome: 'already_referred' });
    expect(await bench.edgeOf(buyer)).toMatchObject({ made: { inviter: one.fan }, reward: { status: 'reversed' } });
  });

  it('and was nobody’s makes none when it is undone', async () => {
    const { code, friend } = gift();
    await bench.desk.hear(batchAnnounced(code.batch, 'bearer'), first(code, friend));
    await bench.desk.hear(redeemed(code, { buyer: friend }), cancelled(code, { buyer: friend }));
    expect(await bench.purchase(code)).toEqual({ status: 'settled', outcome: 'uninvited' });
    expect(await bench.edgeOf(friend)).toEqual({ status: 'none' });
  });
});

describe('the reward of a purchase of which lines come back', () => {
  it('is shown with what was taken of it, before it vests and after, and taken back whole by ops', async () => {
    const pending = bench.open({ policy: policyWith(24) });
    const referral = bench.openApp();
    const { code, fan, friend } = gift();
    const at = bench.time.now;
    const shown = async () => {
      const { body } = await referral.ask('GET', '/v1/me/referrals', `member:${fan}`);
      return (body.items as { reward: object }[])[0]?.reward;
    };
    await pending.hear(claimed(code, fan), redeemed(code, { buyer: friend, at }));
    const told = { rewardId: `reward:${purchaseOf(code, { buyer: friend }).redemptionId}:1`, points: 20 };
    const vestsAt = iso(at + hours(24));
    expect(await shown()).toEqual({ ...told, status: 'pending', vestsAt });
    await pending.hear(first(code, friend));
    expect(await shown()).toEqual({ ...told, status: 'pending', vestsAt, taken: 5 });
    bench.time.now += hours(24);
    await pending.timers.look();
    expect(await shown()).toEqual({ ...told, status: 'vested', vestsAt, vestedAt: vestsAt, taken: 5 });
    await pending.hear(both(code, friend));
    expect(await shown()).toEqual({ ...told, status: 'vested', vestsAt, vestedAt: vestsAt, taken: 13 });
    const path = `/v1/referrals/${referralIdOf(friend)}/reversal`;
    expect((await referral.ask('POST', path, 'ops:olga', { reason: 'fraud' })).status).toBe(200);
    const events = await until(async () => {
      const found = said((await rewardsSaid()).get(fan));
      return found.length === 5 ? found : undefined;
    });
    expect(events).toMatchObject([
      { type: 'reward.pending' },
      { type: 'reward.vested' },
      { type: 'reward.reduced', returnId: 'return-1', taken: 5, left: 15 },
      { type: 'reward.reduced', returnId: 'return-2', taken: 8, left: 7, reductions: ['return-1'] },
      { type: 'reward.reversed', reductions: ['return-1', 'return-2'] },
    ]);
  });

  it('is reported when the purchase itself is not heard of, every ten minutes until it is', async () => {
    const { code, fan, friend } = gift();
    const look = async () => {
      bench.time.now += minutes(10);
      await bench.desk.timers.look();
    };
    await bench.desk.hear(first(code, friend));
    await look();
    await look();
    expect(bench.warnedOf(code)).toEqual(Array(2).fill(expect.stringMatching(/waits for the purchase itself/)));
    await bench.desk.hear(redeemed(code, { buyer: friend }), claimed(code, fan));
    expect(await rewardOf(friend)).toMatchObject({ reduced: { left: 15 } });
    await look();
    expect(bench.warnedOf(code).length).toBe(2);
  });
});

describe('the running service', () => {
  it('hears of returns and cancellations on their topic', async () => {
    const referral = bench.openApp();
    await referral.service.start();
    const [kept, gone] = [gift(), gift()];
    await bench.log.append(
      [kept, gone].flatMap(({ code, fan, friend }) => [claimed(code, fan), redeemed(code, { buyer: friend })]),
    );
    await bench.log.append([first(kept.code, kept.friend), cancelled(gone.code, { buyer: gone.friend })]);
    const rewards = await until(async () => {
      const [ofKept, ofGone] = [await rewardOf(kept.friend), await rewardOf(gone.friend)];
      return ofKept?.reduced && ofGone?.status === 'reversed' ? [ofKept, ofGone] : undefined;
    });
    expect(rewards).toMatchObject([{ status: 'vested', reduced: { left: 15 } }, { status: 'reversed' }]);
    await referral.service.stop();
  });
});
