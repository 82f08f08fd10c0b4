import { type EventType, rewardReduced, rewardReversed, rewardVested, toCloudEvent } from '@fcode/events';
import { weightOf } from '@fcode/policy';
import { ordersOf, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bench,
  dayMs,
  did,
  type Instance,
  iso,
  noon,
  scorePolicy,
  startBench,
  type World,
} from './fixtures/bench.ts';
import { entryRef } from './ledger.ts';

let bench: Bench;
let world: World;
let instance: Instance;
beforeAll(async () => {
  bench = await startBench();
  world = await bench.world({ policy: scorePolicy });
  instance = world.open();
  await instance.service.start();
});
afterAll(() => bench.stop());

const bought = noon - 8 * dayMs;

/** A reward as referral tells of it, each telling an event of its own. */
const reward = (number: number, inviter: string, points = 20) => {
  const data = {
    rewardId: `reward:rdm_${number}:1`,
    referralId: `ref_${number}`,
    inviter,
    campaignId: 'cmp_1',
    redemptionId: `rdm_${number}`,
    batch: 12,
    index: number,
    points,
  };
  const event = (fact: { type: EventType; data: unknown }, sequence: number) =>
    toCloudEvent(`person/p${number}#edge`, {
      ...fact,
      sequence,
      time: iso(noon),
      correlationId: `order-${number}`,
      causationId: `order-${number}`,
    });
  const why = { reason: 'returned', by: 'shop', reversedAt: iso(noon) };
  /** The returns up to the `count`th. */
  const returns = (count: number) => Array.from({ length: count }, (_, before) => `return-${before + 1}`);
  const reductions = (count: number) => (count === 0 ? {} : { reductions: returns(count) });
  return {
    vested: event(rewardVested.of({ ...data, madeAt: iso(bought), vestedAt: iso(noon) }), 3),
    reversed: event(rewardReversed.of({ ...data, ...why }), 4),
    /** By its `number`th return, which leaves so much of it. */
    reduced: (left: number, number = 1, taken = points - left) => {
      const about = { returnId: `return-${number}`, ...reductions(number - 1), taken, left };
      return event(rewardReduced.of({ ...data, ...about, madeAt: iso(bought), reducedAt: iso(noon) }), 3 + number);
    },
    /** After so many returns. */
    reversedAfter: (count: number) => event(rewardReversed.of({ ...data, ...reductions(count), ...why }), 4 + count),
  };
};
type Told = ReturnType<typeof reward>['vested'];

/** Resolves when all that was appended has been handled. */
const hear = async (...events: Told[]) => {
  await world.log.append(events);
  await until(
    async () => (await world.log.lag('membership', ['referral'])).every(({ next, end }) => next === end),
    'rewards to be heard',
    20,
  );
};
const deadLetters = () => world.log.deadLetters('membership');

describe('a reward that vested', () => {
  it('is a contribution of the inviter, of the day on which the friend bought, however often it is heard', async () => {
    const { vested } = reward(1, 'm_mia');
    await hear(...Array.from({ length: 10 }, () => vested));
    const weight = String(weightOf(scorePolicy, 20, bought));
    expect(await instance.member('m_mia')).toMatchObject({ S: weight, kinds: { referral: { count: 1, weight } } });
    const standing = await instance.standing('m_mia');
    expect(standing.reasons).toContainEqual({
      code: 'contributed',
      kind: 'referral',
      count: 1,
      points: expect.closeTo(20 * 2 ** (-8 / 180), 6),
    });
    await instance.flush();
    const told = await world.events('contribution/referral/reward:rdm_1:1');
    expect(told.map(({ type, data }) => [type, data])).toEqual([
      [
        'fcode.contribution.recorded.v1',
        {
          memberId: 'm_mia',
          source: 'referral',
          ref: 'reward:rdm_1:1',
          kind: 'referral',
          occurredAt: iso(bought),
          points: 20,
          weight,
        },
      ],
    ]);
    expect(told[0]).toMatchObject({ correlationid: 'order-1', causationid: vested.id });
  });

  it('counts the points that the reward says, and lifts the tier', async () => {
    await hear(reward(2, 'm_leo', 150).vested);
    expect((await instance.standing('m_leo')).tier).toBe('core');
    await instance.flush();
    expect(await world.told('m_leo')).toEqual(['fan core score']);
  });

  it('counts beside other rewards, and beside what the member did', async () => {
    await instance.contribute([did('m_both', { kind: 'fix', occurredAt: iso(noon) })]);
    await hear(reward(3, 'm_both').vested, reward(4, 'm_both').vested);
    const fix = weightOf(scorePolicy, 8, noon);
    expect((await instance.member('m_both')).S).toBe(String(fix + 2n * weightOf(scorePolicy, 20, bought)));
  });

  it('under the name of one that is somebody else’s is set aside for ops, and holds up nothing', async () => {
    await hear(reward(5, 'm_first').vested);
    await hear(reward(5, 'm_second').vested);
    await hear(reward(6, 'm_second').vested);
    expect((await instance.member('m_second')).kinds.referral?.count).toBe(1);
    expect((await instance.member('m_first')).kinds.referral?.count).toBe(1);
    const [letter] = await deadLetters();
    expect(letter).toMatchObject({ reason: expect.stringContaining('belongs_to_another') });
  });
});

describe('a reward that is reversed', () => {
  it.each([
    ['before it vested', 'm_before', 11, ['reversed', 'vested']],
    ['after it vested', 'm_after', 12, ['vested', 'reversed']],
    ['twice', 'm_twice', 13, ['vested', 'reversed', 'reversed']],
    ['before and after it vested, which is told twice', 'm_all', 14, ['reversed', 'vested', 'reversed', 'vested']],
    ['and never vests', 'm_never', 15, ['reversed', 'reversed']],
  ] as const)('%s leaves the sum as it was', async (_, inviter, number, order) => {
    await instance.contribute([did(inviter, { kind: 'fix' })]);
    const before = await instance.member(inviter);
    const told = reward(number, inviter);
    await hear(...order.map((what) => told[what]));
    const { S, kinds, fallsAt } = await instance.member(inviter);
    expect({ S, kinds, fallsAt }).toEqual({ S: before.S, kinds: before.kinds, fallsAt: before.fallsAt });
    expect((await instance.standing(inviter)).reasons.map(({ kind }) => kind)).not.toContain('referral');
  });

  it('takes back itself alone', async () => {
    await hear(reward(21, 'm_some').vested, reward(22, 'm_some').vested, reward(21, 'm_some').reversed);
    const weight = String(weightOf(scorePolicy, 20, bought));
    expect(await instance.member('m_some')).toMatchObject({ S: weight, kinds: { referral: { count: 1, weight } } });
  });
});

describe('a reward that is reduced', () => {
  const weight = (points: number) => String(weightOf(scorePolicy, points, bought));
  let number = 100;
  const newReward = (points = 20) => {
    number += 1;
    return { ...reward(number, `m_reduced${number}`, points), inviter: `m_reduced${number}`, number };
  };
  type Reward = ReturnType<typeof newReward>;

  it.each([
    ['twice', 7, ({ vested, reduced }: Reward) => [vested, reduced(15), reduced(7, 2, 8)]],
    [
      'and then reversed',
      0,
      ({ vested, reduced, reversedAfter }: Reward) => [vested, reduced(15), reduced(7, 2, 8), reversedAfter(2)],
    ],
    ['to nothing', 0, ({ vested, reduced }: Reward) => [vested, reduced(15), reduced(0, 2, 15)]],
    ['that never vests', 0, ({ reduced, reversedAfter }: Reward) => [reduced(15), reversedAfter(1)]],
  ] as const)(
    '%s counts %d points in every order of its events, each heard twice',
    async (_, left, eventsOf) => {
      const orders = ordersOf([...eventsOf(newReward()).keys()]);
      const told = orders.map((order) => {
        const one = newReward();
        const events = eventsOf(one);
        const heard = order.map((position) => events[position] as Told);
        // Once more, as a relay or a replay would.
        return { inviter: one.inviter, events: [...heard, ...heard] };
      });
      for (const { inviter } of told) await instance.contribute([did(inviter, { kind: 'fix' })]);
      const before = new Map(
        await Promise.all(told.map(async ({ inviter }) => [inviter, await instance.member(inviter)] as const)),
      );
      await hear(...told.flatMap(({ events }) => events));
      for (const [n, { inviter }] of told.entries()) {
        const { S, kinds } = await instance.member(inviter);
        const was = before.get(inviter) as Awaited<ReturnType<Instance['member']>>;
        const counted = left === 0 ? {} : { referral: { count: 1, weight: weight(left) } };
        expect({ order: orders[n], S, kinds }).toEqual({
          order: orders[n],
          S: String(BigInt(was.S) + BigInt(weight(left))),
          kinds: { ...was.kinds, ...counted },
        });
      }
    },
    60_000,
  );

  it('counts what is left as of the day on which the friend bought, in the ledger by the return', async () => {
    const { vested, reduced, inviter, number: own } = newReward();
    await hear(vested, reduced(12));
    expect(await instance.member(inviter)).toMatchObject({
      S: weight(12),
      kinds: { referral: { count: 1, weight: weight(12) } },
    });
    await instance.flush();
    const entry = `contribution/referral/reward:rdm_${own}:1`;
    expect((await world.events(entry)).map(({ type }) => type)).toEqual([
      'fcode.contribution.recorded.v1',
      'fcode.contribution.reversed.v1',
    ]);
    expect((await world.events(`${entry}/return-1`)).map(({ data }) => data)).toEqual([
      {
        memberId: inviter,
        source: 'referral',
        ref: `reward:rdm_${own}:1/return-1`,
        kind: 'referral',
        occurredAt: iso(bought),
        points: 12,
        weight: weight(12),
      },
    ]);
  });

  it('changes the sum in one step: the tier falls once, to where the rest belongs, and not to below', async () => {
    const { vested, reduced, inviter } = newReward(200);
    await hear(vested, reduced(60, 1));
    await instance.flush();
    expect(await world.told(inviter)).toEqual(['fan core score', 'core loyal score']);
    const sums = (await world.facts('score.changed')).flatMap(({ memberId, S }) => (memberId === inviter ? [S] : []));
    expect(sums).toEqual([weight(200), weight(60)]);
  });

  it('leaves nothing by nothing, however its parts are rounded', async () => {
    const { vested, reduced, inviter } = newReward();
    const steps = Array.from({ length: 20 }, (_, step) => reduced(19 - step, step + 1, 1));
    await hear(vested, ...steps);
    const { S, kinds } = await instance.member(inviter);
    expect({ S, kinds }).toEqual({ S: '0', kinds: {} });
  });
});

it('no connector, nor ops, may tell rewards themselves: not by the source, nor by the kind', async () => {
  await hear(reward(31, 'm_eve').vested);
  const { S } = await instance.member('m_eve');
  const rows = [
    did('m_eve', { source: 'referral', ref: 'reward:mine:1' }),
    did('m_eve', { source: 'referral', ref: 'reward:rdm_31:1', kind: 'reversal' }),
    did('m_eve', { kind: 'referral' }),
  ];
  for (const as of ['connector:github', 'ops:olga']) {
    const { status, body } = await instance.ask('POST', '/v1/contributions', as, { contributions: rows });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { status: 'refused', reason: expect.stringMatching(/^source/) },
      { status: 'refused', reason: expect.stringMatching(/^source/) },
      { status: 'refused', reason: 'unknown_kind' },
    ]);
  }
  expect((await instance.member('m_eve')).S).toBe(S);
  const [{ seq }] = await instance.store.read([entryRef({ source: 'referral', ref: 'reward:mine:1' })]);
  expect(seq).toBe(0);
});
