import { ordersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import {
  batchAnnounced,
  type Code,
  campaignAnnounced,
  campaignId,
  claimed,
  iso,
  manyTimes,
  minutes,
  noon,
  otherCampaign,
  purchaseOf,
  randomFrom,
  redeemed,
} from './fixtures/story.ts';
import { referralIdOf } from './referral.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.desk.hear(campaignAnnounced(), campaignAnnounced(otherCampaign));
});
afterAll(() => bench.stop());

let batches = 1000;
/** A batch of this test's own. */
const newBatch = (): number => {
  batches += 1;
  return batches;
};
const outcomeOf = async (code: Code): Promise<string> => {
  const purchase = await bench.purchase(code);
  return purchase.status === 'settled' ? purchase.outcome : purchase.status;
};
type Reward = { rewardId: string; inviter: string; referralId: string };
const rewardsOf = async (inviter: string) =>
  (await bench.logged('reward.vested')).filter(({ data }) => (data as Reward).inviter === inviter);

describe('claims, batches and purchases of one story', () => {
  it('end the same in every order of six events, a seventh anywhere, each delivered twice, by two instances', async () => {
    const instances = [bench.open(), bench.open()] as const;
    const random = randomFrom(7);
    const orders = ordersOf([0, 1, 2, 3, 4, 5]);
    const storyOf = (n: number) => {
      const [mine, bearer] = [20_000 + 2 * n, 20_001 + 2 * n];
      const codes = {
        first: { batch: mine, index: 0 },
        second: { batch: mine, index: 1 },
        open: { batch: bearer, index: 0 },
      };
      return { mine, bearer, codes, ann: `m_ann${n}`, bob: `m:m_bob${n}`, cem: `m:m_cem${n}` };
    };
    const links: string[] = [];
    await manyTimes(orders.length, 240, async (n) => {
      const { mine, bearer, codes, ann, bob, cem } = storyOf(n);
      const link = await bench.desk.linkOf(ann, { campaignId });
      links[n] = link;
      const events = [
        batchAnnounced(bearer, 'bearer'),
        claimed(codes.first, ann),
        claimed(codes.second, ann),
        redeemed(codes.first, { buyer: bob }),
        redeemed(codes.second, { buyer: bob, at: noon + 1 }),
        redeemed(codes.open, { buyer: cem, invite: link }),
      ];
      const deliveries = (orders[n] as number[]).map((position) => events[position] as (typeof events)[number]);
      // Once more each, and the claimable batch twice, wherever it falls.
      for (const event of [...events, ...Array<(typeof events)[number]>(2).fill(batchAnnounced(mine, 'claims'))]) {
        deliveries.splice(Math.floor(random() * (deliveries.length + 1)), 0, event);
      }
      for (const event of deliveries) await instances[random() < 0.5 ? 0 : 1].hear(event);
    });
    // What they committed is in the log when they have stopped.
    for (const { store } of instances) await store.outbox.stop();
    const events = (
      await Promise.all(['referral.made', 'reward.pending', 'reward.vested', 'reward.reversed'].map(bench.logged))
    ).flat();
    const byInviter = Map.groupBy(events, ({ data }) => (data as Reward).inviter);

    await manyTimes(orders.length, 240, async (n) => {
      const { codes, ann, bob, cem } = storyOf(n);
      const order = String(orders[n]);
      const [firstOfBob, secondOfBob, ofCem] = await Promise.all(
        [codes.first, codes.second, codes.open].map(outcomeOf),
      );
      expect({ order, bob: [firstOfBob as string, secondOfBob as string].sort(), cem: ofCem }).toEqual({
        order,
        bob: ['already_referred', 'referred'],
        cem: 'referred',
      });
      // Whichever of Bob's two was heard first is the one that counts.
      const counted = purchaseOf(firstOfBob === 'referred' ? codes.first : codes.second, { buyer: bob });
      const cems = purchaseOf(codes.open, { buyer: cem });
      const root = `m:${ann}`;
      expect([await bench.edgeOf(bob), await bench.edgeOf(cem)]).toMatchObject([
        {
          made: { inviter: ann, invitee: bob, via: 'code', redemptionId: counted.redemptionId },
          root,
          reward: { rewardId: `reward:${counted.redemptionId}:1`, status: 'vested', points: 20 },
        },
        {
          made: { inviter: ann, invitee: cem, via: 'link', linkId: links[n], channel: 'messenger' },
          root,
          reward: { rewardId: `reward:${cems.redemptionId}:1`, status: 'vested', points: 20 },
        },
      ]);
      const [bobs, cemsEdge] = [referralIdOf(bob), referralIdOf(cem)];
      expect((await bench.madeBy(ann)).sort()).toEqual([bobs, cemsEdge].sort());
      const told = new Map((byInviter.get(ann) ?? []).map((event) => [event.id, event]));
      const said = [...told.values()].map(({ type, data }) => `${type} ${(data as Reward).referralId}`).sort();
      expect(said).toEqual(
        ['referral.made', 'reward.pending', 'reward.vested']
          .flatMap((type) => [bobs, cemsEdge].map((id) => `fcode.${type}.v1 ${id}`))
          .sort(),
      );
    });
  }, 120_000);
});

describe('one purchase', () => {
  it('is one referral and one reward, delivered ten times at once to two instances and again later', async () => {
    const batch = newBatch();
    const [here, other] = [bench.open(), bench.open()];
    await manyTimes(20, 1, async (round) => {
      const [code, ann, bob] = [{ batch, index: round }, `m_ten_ann${round}`, `m:m_ten_bob${round}`];
      await here.hear(claimed(code, ann));
      const purchase = redeemed(code, { buyer: bob });
      await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? here : other).hear(purchase)));
      for (const { hear } of [other, here, bench.open()]) await hear(purchase);
      expect(await outcomeOf(code)).toBe('referred');
      expect(await bench.madeBy(ann)).toEqual([referralIdOf(bob)]);
    });
    for (const { store } of [here, other]) await store.outbox.stop();
    const vested = (await bench.logged('reward.vested')).filter(({ data }) =>
      (data as Reward).inviter.startsWith('m_ten_'),
    );
    expect(vested.length).toBeGreaterThanOrEqual(20);
    expect(new Set(vested.map(({ id }) => id)).size).toBe(20);
    expect(new Set(vested.map(({ data }) => (data as Reward).rewardId)).size).toBe(20);
  });

  it('is one referral when the answer of the store to its write was lost', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const shaky = bench.open({ endpoint: proxy.endpoint });
    const code = { batch: newBatch(), index: 0 };
    await bench.desk.hear(claimed(code, 'm_lost_ann'));
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'TransactWriteItems' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    await shaky.hear(redeemed(code, { buyer: 'm:m_lost_bob' }));
    await bench.desk.hear(redeemed(code, { buyer: 'm:m_lost_bob' }));
    expect([lost, await outcomeOf(code)]).toEqual([1, 'referred']);
    const vested = await until(async () => {
      const events = await rewardsOf('m_lost_ann');
      return events.length > 0 ? events : undefined;
    });
    expect(new Set(vested.map(({ id }) => id)).size).toBe(1);
    await proxy.stop();
  });

  it('of a friend who has an inviter already earns nobody anything, whoever it was', async () => {
    const batch = newBatch();
    const codes = [0, 1, 2].map((index) => ({ batch, index }));
    const [first, second, third] = codes as [Code, Code, Code];
    await bench.desk.hear(claimed(first, 'm_one'), claimed(second, 'm_two'), claimed(third, 'm_one'));
    const buyer = 'g:guest-of-one';
    for (const code of codes) await bench.desk.hear(redeemed(code, { buyer }));
    expect(await Promise.all(codes.map(outcomeOf))).toEqual(['referred', 'already_referred', 'already_referred']);
    expect([await bench.madeBy('m_one'), await bench.madeBy('m_two')]).toEqual([[referralIdOf(buyer)], []]);
    expect(await bench.edgeOf(buyer)).toMatchObject({ made: { inviter: 'm_one' } });
  });

  it('after purchases that nobody was credited with is the first that counts', async () => {
    const batch = newBatch();
    const bearer = newBatch();
    const buyer = 'm:m_later';
    const own = { batch, index: 0 };
    const friends = { batch, index: 1 };
    await bench.desk.hear(batchAnnounced(bearer, 'bearer'), claimed(own, 'm_later'), claimed(friends, 'm_friend'));
    await bench.desk.hear(redeemed(own, { buyer }), redeemed({ batch: bearer, index: 0 }, { buyer }));
    expect([await outcomeOf(own), await outcomeOf({ batch: bearer, index: 0 })]).toEqual(['self', 'uninvited']);
    expect(await bench.edgeOf(buyer)).toEqual({ status: 'none' });
    await bench.desk.hear(redeemed(friends, { buyer }));
    expect(await outcomeOf(friends)).toBe('referred');
    expect(await bench.edgeOf(buyer)).toMatchObject({ made: { inviter: 'm_friend', madeAt: iso(noon) } });
  });

  it.each([
    ['one that nobody made', async () => 'aaaaaaaaaaaa'],
    ['one of no form at all', async () => 'https://shop.example.com/i/aaaaaaaaaaaa'],
    ['one of another campaign', async () => bench.desk.linkOf('m_else', { campaignId: otherCampaign })],
  ])('that names %s as its link is nobody’s', async (_, inviteOf) => {
    const code = { batch: newBatch(), index: 0 };
    await bench.desk.hear(
      batchAnnounced(code.batch, 'bearer'),
      redeemed(code, { buyer: 'g:somebody', invite: await inviteOf() }),
    );
    expect(await outcomeOf(code)).toBe('uninvited');
  });
});

describe('a purchase that is heard before what it needs', () => {
  it('waits for the claim of its code, with or without its batch', async () => {
    for (const announced of [true, false]) {
      const code = { batch: newBatch(), index: 0 };
      const buyer = `g:before-claim-${announced}`;
      if (announced) await bench.desk.hear(batchAnnounced(code.batch, 'members'));
      await bench.desk.hear(redeemed(code, { buyer }));
      expect(await bench.purchase(code)).toMatchObject({ status: 'parked', redemption: { buyer } });
      await bench.desk.hear(claimed(code, 'm_owner', 'granted'));
      expect(await outcomeOf(code)).toBe('referred');
      expect(await bench.edgeOf(buyer)).toMatchObject({ made: { inviter: 'm_owner', via: 'code' } });
    }
  });

  it('waits for its batch, which tells that the code is nobody’s: then its link counts', async () => {
    const code = { batch: newBatch(), index: 0 };
    const invite = await bench.desk.linkOf('m_sharer', { campaignId });
    await bench.desk.hear(redeemed(code, { buyer: 'g:before-batch', invite }));
    expect(await outcomeOf(code)).toBe('parked');
    await bench.desk.hear(batchAnnounced(code.batch, 'bearer'));
    expect(await outcomeOf(code)).toBe('referred');
    expect(await bench.edgeOf('g:before-batch')).toMatchObject({ made: { inviter: 'm_sharer', via: 'link' } });
  });

  it('waits on when its batch tells that the code is somebody’s, until it is told whose', async () => {
    const code = { batch: newBatch(), index: 0 };
    const invite = await bench.desk.linkOf('m_sharer', { campaignId });
    await bench.desk.hear(redeemed(code, { buyer: 'g:before-both', invite }), batchAnnounced(code.batch, 'claims'));
    expect(await outcomeOf(code)).toBe('parked');
    await bench.desk.hear(claimed(code, 'm_owner'));
    expect(await bench.edgeOf('g:before-both')).toMatchObject({ made: { inviter: 'm_owner', via: 'code' } });
  });

  it('is never stuck when claim or batch arrives while it is being put aside, 100 rounds on two instances', async () => {
    const [here, other] = [bench.open(), bench.open()];
    const invite = await bench.desk.linkOf('m_racer', { campaignId });
    const random = randomFrom(11);
    const outcomes = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      const code = { batch: newBatch(), index: 0 };
      const told = round % 2 ? claimed(code, 'm_racer') : batchAnnounced(code.batch, 'bearer');
      // By up to some milliseconds the one or the other is earlier.
      const [delay, headStart] = [random() * 6, random() < 0.5];
      const later = async () => new Promise((resolve) => setTimeout(resolve, delay));
      await Promise.all([
        (async () => {
          if (headStart) await later();
          await here.hear(redeemed(code, { buyer: `g:racer-${round}`, invite }));
        })(),
        (async () => {
          if (!headStart) await later();
          await other.hear(told);
        })(),
      ]);
      outcomes.add(`${round % 2 ? 'claim' : 'batch'} ${await outcomeOf(code)}`);
    }
    expect([...outcomes].sort()).toEqual(['batch referred', 'claim referred']);
  });

  it('goes on with all that wait for a batch, many pages of them, at once on two instances', async () => {
    const batch = newBatch();
    const [here, other] = [bench.open(), bench.open()];
    await manyTimes(230, 32, (index) => here.hear(redeemed({ batch, index }, { buyer: `g:crowd-${index}` })));
    await Promise.all([here, other].map(({ hear }) => hear(batchAnnounced(batch, 'bearer'))));
    const outcomes = await Promise.all(Array.from({ length: 230 }, (_, index) => outcomeOf({ batch, index })));
    expect(new Set(outcomes)).toEqual(new Set(['uninvited']));
  });

  it('goes on to the last in line, however long that takes', async () => {
    const batch = newBatch();
    const indexes = Array.from({ length: 20 }, (_, index) => index);
    for (const index of indexes) await bench.desk.hear(redeemed({ batch, index }, { buyer: `g:line-${index}` }));
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const doomed = bench.open({ endpoint: proxy.endpoint });
    proxy.fault = ({ operation }) => (operation === 'Query' ? 'refuse' : 'pass');
    await expect(doomed.hear(batchAnnounced(batch, 'bearer'))).rejects.toThrow(/store did not answer/);
    await proxy.stop();
    // As it is after five seconds of it.
    await bench.desk.referrals.wakeBatch(batch, { ...bench.request(), deadline: performance.now() - 1 });
    const outcomes = await Promise.all(indexes.map((index) => outcomeOf({ batch, index })));
    expect(new Set(outcomes)).toEqual(new Set(['uninvited']));
  });

  it.each([
    ['claim', (code: Code) => claimed(code, 'm_crash')],
    ['batch', (code: Code) => batchAnnounced(code.batch, 'bearer')],
  ])('is finished by the next delivery of the %s when the first one crashed after its write', async (what, tell) => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const doomed = bench.open({ endpoint: proxy.endpoint });
    const code = { batch: newBatch(), index: 0 };
    await bench.desk.hear(redeemed(code, { buyer: `g:crash-${what}` }));
    // The write went through; looking for what waits did not.
    proxy.fault = ({ operation }) => (operation === 'Query' ? 'refuse' : 'pass');
    await expect(doomed.hear(tell(code))).rejects.toThrow(/store did not answer/);
    expect(await outcomeOf(code)).toBe('parked');
    await proxy.stop();
    await bench.open().hear(tell(code));
    expect(await outcomeOf(code)).toBe(what === 'claim' ? 'referred' : 'uninvited');
  });

  it('goes on with the timer when its wake-up was lost with an event that could not be handled', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const doomed = bench.open({ endpoint: proxy.endpoint });
    const code = { batch: newBatch(), index: 0 };
    await bench.desk.hear(redeemed(code, { buyer: 'g:left' }));
    proxy.fault = ({ operation }) => (operation === 'Query' ? 'refuse' : 'pass');
    await expect(doomed.hear(claimed(code, 'm_left'))).rejects.toThrow(/store did not answer/);
    await proxy.stop();
    bench.time.now += minutes(10);
    await bench.desk.timers.look();
    expect(await outcomeOf(code)).toBe('referred');
    expect(bench.warnedOf(code)).toEqual([]);
  });

  it('is reported after ten minutes, and every ten from then on, until it is settled', async () => {
    const code = { batch: newBatch(), index: 0 };
    const look = () => bench.desk.timers.look();
    await bench.desk.hear(batchAnnounced(code.batch, 'claims'), redeemed(code, { buyer: 'g:reported' }));
    const reports = () => bench.warnedOf(code).length;
    bench.time.now += minutes(10) - 1;
    await look();
    expect(reports()).toBe(0);
    bench.time.now += 1;
    await look();
    await look();
    expect(bench.warnedOf(code)).toEqual([expect.stringMatching(/waits for the claim of its code/)]);
    bench.time.now += minutes(10);
    await look();
    expect(reports()).toBe(2);
    // Heard again, it is the same one that waits.
    await bench.desk.hear(redeemed(code, { buyer: 'g:reported' }));
    bench.time.now += minutes(10);
    await look();
    expect(reports()).toBe(3);
    await bench.desk.hear(claimed(code, 'm_at_last'));
    expect(await outcomeOf(code)).toBe('referred');
    bench.time.now += minutes(60);
    await look();
    expect(reports()).toBe(3);
  });
});

describe('the running service', () => {
  it('hears of claims and purchases on their topics, and tells the inviter', async () => {
    const referral = bench.openApp();
    await referral.service.start();
    const code = { batch: newBatch(), index: 0 };
    await bench.log.append([redeemed(code, { buyer: 'g:wired' }), claimed(code, 'm_wired')]);
    const { body } = await until(async () => {
      const answer = await referral.ask('GET', '/v1/me/referrals', 'member:m_wired');
      return (answer.body.items as unknown[]).length > 0 ? answer : undefined;
    });
    expect(body.items).toMatchObject([
      { ...code, via: 'code', at: iso(noon), reward: { points: 20, status: 'vested' } },
    ]);
    await until(async () => (await rewardsOf('m_wired')).length > 0);
    await referral.service.stop();
  });
});
