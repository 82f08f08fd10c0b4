import { defaultPolicy, type Fact } from '@fcode/policy';
import { until } from '@fcode/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import { claimed, frozen, hours, iso, noon, policyWith, purchaseOf, redeemed } from './fixtures/story.ts';
import { refer } from './refer.rule.ts';
import { type Referral, referralIdOf, referralRef } from './referral.ts';
import { leftAfter, reverse, undo, vest } from './reward.rule.ts';

describe('the rules of a reward', () => {
  const referralId = referralIdOf('m:m_bob');
  const kind = referralRef(referralId);
  const none: Referral = frozen({ status: 'none' });
  const redemption = purchaseOf({ batch: 12, index: 7 }, { buyer: 'm:m_bob' });
  const referredWith = (vestsAfterHours: number, points?: number): Referral => {
    const command = frozen({
      redemption,
      credit: { inviter: 'm_mia', via: 'code' as const },
      referralId,
      root: 'm:m_mia',
      at: noon,
    });
    const decision = refer(command, policyWith(vestsAfterHours, points), none, none, frozen({ status: 'none' }));
    return frozen(decision.outcome === 'accepted' ? decision.facts.reduce(kind.evolve, kind.initial) : none);
  };
  const after = (referral: Referral, { facts = [] }: { outcome: string; facts?: Fact[] }): Referral =>
    frozen(facts.reduce(kind.evolve, referral));
  const pending = referredWith(24);
  const vested = referredWith(0);
  const about = {
    rewardId: `reward:${redemption.redemptionId}:1`,
    referralId,
    inviter: 'm_mia',
    campaignId: redemption.campaignId,
    redemptionId: redemption.redemptionId,
    batch: 12,
    index: 7,
    points: defaultPolicy.rewards.referral.points,
  };
  const command = frozen({ by: 'olga', reason: 'returned', at: noon + 9 });
  const receipt = { referralId, rewardId: about.rewardId, status: 'reversed' };

  it('vests what is pending when its time has come, to the millisecond, and once', () => {
    expect(vest(noon + hours(24) - 1, pending).outcome).toBe('again');
    const decision = vest(noon + hours(24), pending);
    expect(decision).toMatchObject({
      outcome: 'accepted',
      facts: [{ type: 'reward.vested', data: { ...about, madeAt: iso(noon), vestedAt: iso(noon + hours(24)) } }],
    });
    const now = after(pending, decision);
    expect(now).toMatchObject({ reward: { status: 'vested', vestedAt: iso(noon + hours(24)) } });
    expect(kind.indexed?.(now)).toEqual({ dueAt: undefined });
    expect(vest(noon + hours(48), now).outcome).toBe('again');
  });

  it.each([
    ['before it vested', pending],
    ['after it vested', vested],
  ])('takes a reward back %s, once, and leaves the edge as it is', (_, referral) => {
    const decision = reverse(command, referral);
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt,
      facts: [
        { type: 'reward.reversed', data: { ...about, by: 'olga', reason: 'returned', reversedAt: iso(noon + 9) } },
      ],
    });
    const now = after(referral, decision);
    expect(now).toMatchObject({ status: 'made', made: { inviter: 'm_mia' }, reward: { status: 'reversed' } });
    expect(reverse({ ...command, at: noon + 10 }, now)).toMatchObject({ outcome: 'again', receipt });
    expect(vest(noon + hours(48), now).outcome).toBe('again');
    expect(kind.indexed?.(now)).toEqual({ dueAt: undefined });
  });

  const returned = (refunded: number, paid = 100, returnId = `return-${refunded}`) =>
    frozen({ returned: { returnId, refunded, paid } });
  const undone = (what: Parameters<typeof undo>[1], referral: Referral) =>
    undo(redemption.redemptionId, what, noon + 9, referral);

  it('is reduced by each return to its part of what was kept, and each is told as the difference', () => {
    const first = undone(returned(30), vested);
    const reduced = { ...about, madeAt: iso(noon), reducedAt: iso(noon + 9) };
    expect(first).toMatchObject({
      facts: [{ type: 'reward.reduced', data: { ...reduced, returnId: 'return-30', taken: 6, left: 14 } }],
    });
    const now = after(vested, first);
    const second = undone(returned(75), now);
    expect(second).toMatchObject({
      facts: [
        {
          type: 'reward.reduced',
          data: { ...reduced, returnId: 'return-75', taken: 9, left: 5, reductions: ['return-30'] },
        },
      ],
    });
    const end = after(now, second);
    expect(end).toMatchObject({
      reward: { status: 'vested', reduced: { left: 5, returns: ['return-30', 'return-75'] } },
    });
    for (const again of [returned(30), returned(75)]) expect(undone(again, end).outcome).toBe('again');
  });

  it('is not reduced by a return that takes nothing of a whole point, nor by one of another purchase', () => {
    expect(undone(returned(2), vested).outcome).toBe('again');
    expect(undone(returned(0), vested).outcome).toBe('again');
    for (const what of [returned(100), { isCancelled: true as const }]) {
      expect(undo('rdm_12_7_2', what, noon + 9, vested).outcome).toBe('again');
      expect(undone(what, none).outcome).toBe('again');
    }
  });

  it('is reduced when it vests by what came back before, all of it by the newest return', () => {
    const first = undone(returned(30), pending);
    const second = undone(returned(75), after(pending, first));
    for (const { facts = [] } of [first, second] as { facts?: Fact[] }[]) {
      expect(facts.map(({ type }) => type)).toEqual(['return.noted']);
    }
    const noted = after(after(pending, first), second);
    for (const older of [returned(30), returned(75)]) expect(undone(older, noted).outcome).toBe('again');
    expect(kind.indexed?.(noted)).toEqual({ dueAt: noon + hours(24) });
    const decision = vest(noon + hours(24), noted);
    const at = iso(noon + hours(24));
    expect(decision).toMatchObject({
      facts: [
        { type: 'reward.vested', data: { ...about, madeAt: iso(noon), vestedAt: at } },
        { type: 'reward.reduced', data: { ...about, returnId: 'return-75', taken: 15, left: 5, reducedAt: at } },
      ],
    });
    const now = after(noted, decision);
    expect(now).toMatchObject({ reward: { status: 'vested', reduced: { left: 5, returns: ['return-75'] } } });
    expect(now.status === 'made' && now.reward).not.toHaveProperty('noted');
  });

  it.each([
    ['before it vested', pending, {}],
    ['after it vested', vested, {}],
    ['after lines came back', after(vested, undone(returned(30), vested)), { reductions: ['return-30'] }],
    ['before it vested, after lines came back', after(pending, undone(returned(30), pending)), {}],
  ])('is reversed with its order %s, once, and says which returns had reduced it', (_, referral, reductions) => {
    const decision = undone({ isCancelled: true }, referral);
    expect(decision).toMatchObject({ outcome: 'accepted' });
    expect((decision as { facts: Fact[] }).facts).toEqual([
      {
        type: 'reward.reversed',
        data: { ...about, ...reductions, by: 'redemption', reason: 'order cancelled', reversedAt: iso(noon + 9) },
      },
    ]);
    const now = after(referral, decision);
    expect(now).toMatchObject({ status: 'made', made: { inviter: 'm_mia' }, reward: { status: 'reversed' } });
    for (const what of [{ isCancelled: true as const }, returned(75)]) expect(undone(what, now).outcome).toBe('again');
    expect(vest(noon + hours(48), now).outcome).toBe('again');
  });

  it.each([
    [20, 1, 3, 13],
    [20, 1, 40, 19],
    [20, 1, 41, 20],
    [1, 49, 100, 1],
    [1, 50, 100, 0],
    [20, 0, 100, 20],
    [20, 100, 100, 0],
    [20, 101, 100, 0],
    [0.5, 100, 100, 0],
    [10_000, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, 0],
    [10_000, Math.floor(Number.MAX_SAFE_INTEGER / 20_000), Number.MAX_SAFE_INTEGER, 10_000],
    [10_000, Math.floor(Number.MAX_SAFE_INTEGER / 20_000) + 1, Number.MAX_SAFE_INTEGER, 9_999],
  ])('of %d points, when %d of %d came back, leaves %d', (points, refunded, paid, left) => {
    expect(leftAfter(points, { refunded, paid })).toBe(left);
  });

  it('has given back round(points × refunded ÷ paid) at every moment, whatever came back, in any order, however often', () => {
    const purchases = fc
      .record({
        points: fc.integer({ min: 1, max: 10_000 }),
        paid: fc.oneof(
          fc.integer({ min: 1, max: 300 }),
          fc.maxSafeNat().map((most) => most + 1),
        ),
        parts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        vestsAt: fc.nat(12),
      })
      .chain((purchase) => {
        const paid = Math.min(purchase.paid, Number.MAX_SAFE_INTEGER);
        const totals = [...new Set(purchase.parts.map((part) => Math.floor(part * paid)))].sort((a, b) => a - b);
        const heard = totals.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...totals), { maxLength: 12 });
        return heard.map((order) => ({ ...purchase, paid, heard: order }));
      });
    fc.assert(
      fc.property(purchases, ({ points, paid, heard, vestsAt }) => {
        const taken = new Map<string, number>();
        let state = referredWith(24, points);
        let most = 0;
        const commit = (decision: { outcome: string; facts?: Fact[] }) => {
          for (const { type, data } of decision.facts ?? []) {
            if (type !== 'reward.reduced') continue;
            const told = data as { returnId: string; taken: number; reductions?: string[] };
            expect(told.reductions ?? []).toEqual([...taken.keys()]);
            expect(told.taken).toBeGreaterThan(0);
            taken.set(told.returnId, told.taken);
          }
          state = after(state, decision);
        };
        for (let step = 0; step <= Math.max(heard.length, vestsAt); step += 1) {
          if (step === vestsAt) commit(vest(noon + hours(24), state));
          const refunded = heard[step];
          if (refunded !== undefined) {
            commit(undone(returned(refunded, paid), state));
            most = Math.max(most, refunded);
          }
          const sum = [...taken.values()].reduce((all, one) => all + one, 0);
          if (step < vestsAt) {
            expect(sum).toBe(0);
            continue;
          }
          // sum = round(points · most ÷ paid), without dividing: twice the difference is at most one paid.
          const twice = 2n * BigInt(points) * BigInt(most) - 2n * BigInt(sum) * BigInt(paid);
          expect(-BigInt(paid) <= twice && twice < BigInt(paid)).toBe(true);
          expect(sum).toBeLessThanOrEqual(points);
          expect(state).toMatchObject({ reward: { status: 'vested' } });
        }
      }),
    );
  });

  it('has nothing to vest and nothing to take back where nobody was referred', () => {
    expect(vest(noon, none).outcome).toBe('again');
    expect(reverse(command, none)).toMatchObject({ refusal: 'referral_not_found' });
  });
});

describe('the reward of a referral', () => {
  let bench: Bench;
  let referral: ReturnType<Bench['openApp']>;
  beforeAll(async () => {
    bench = await startBench();
    referral = bench.openApp();
  });
  afterAll(() => bench.stop());

  let people = 0;
  /** A member and a friend who bought with the member's code, from now on. */
  const referred = async (vestsAfterHours: number) => {
    people += 1;
    const friend = `m:m_friend${people}`;
    const code = { batch: 100, index: people };
    const inviter = `m_mia${people}`;
    await bench
      .open({ policy: policyWith(vestsAfterHours) })
      .hear(claimed(code, inviter), redeemed(code, { buyer: friend, at: bench.time.now }));
    const referralId = referralIdOf(friend);
    const eventsOf = async (type: string) =>
      (await bench.logged(type)).filter(({ data }) => (data as { referralId: string }).referralId === referralId);
    return {
      inviter,
      referralId,
      eventsOf,
      status: async () => {
        const edge = await bench.edgeOf(friend);
        return edge.status === 'made' ? edge.reward?.status : undefined;
      },
      reverse: (reason = 'returned', headers = {}) =>
        referral.ask('POST', `/v1/referrals/${referralId}/reversal`, 'ops:olga', { reason }, headers),
    };
  };
  const look = () => bench.desk.timers.look();

  it('is vested at once when the policy waits for nothing', async () => {
    const { status, eventsOf } = await referred(0);
    expect(await status()).toBe('vested');
    await until(async () => (await eventsOf('reward.vested')).length === 1);
    expect((await eventsOf('reward.pending')).length).toBe(1);
  });

  it('is pending for a day when the policy says so, and vests then, once, whoever looks how often', async () => {
    const { status, eventsOf } = await referred(24);
    const bought = bench.time.now;
    bench.time.now += hours(24) - 1;
    await look();
    expect(await status()).toBe('pending');
    bench.time.now += 1;
    const younger = await referred(24);
    await Promise.all([look(), look(), bench.open().timers.look()]);
    await look();
    expect(await status()).toBe('vested');
    const [vested, ...more] = await until(async () => {
      const events = await eventsOf('reward.vested');
      return events.length > 0 ? events : undefined;
    });
    expect(new Set([vested, ...more].map((event) => event?.id)).size).toBe(1);
    expect(vested?.data).toMatchObject({ madeAt: iso(bought), vestedAt: iso(bought + hours(24)) });
    expect(await younger.status()).toBe('pending');
  });

  it('vests by the running service when its time has come', async () => {
    const { status } = await referred(1);
    expect(await status()).toBe('pending');
    bench.time.now += hours(1);
    const running = bench.openApp();
    await running.service.start();
    await until(async () => (await status()) === 'vested');
    await running.service.stop();
  });

  it('never vests when ops took it back before', async () => {
    const { status, eventsOf, reverse: takeBack } = await referred(24);
    expect((await takeBack()).body).toMatchObject({ status: 'reversed' });
    bench.time.now += hours(48);
    await look();
    expect(await status()).toBe('reversed');
    await until(async () => (await eventsOf('reward.reversed')).length > 0);
    expect(await eventsOf('reward.vested')).toEqual([]);
  });

  it('is vested or reversed, and says both in that order or one, when ops take it back just as its time comes', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { status, eventsOf, reverse: takeBack } = await referred(24);
      bench.time.now += hours(24);
      const [, answer] = await Promise.all([look(), takeBack()]);
      expect(answer.status).toBe(200);
      expect(await status()).toBe('reversed');
      const reversed = await until(async () => (await eventsOf('reward.reversed'))[0]);
      for (const vested of await eventsOf('reward.vested')) {
        expect(Number(vested.sequence)).toBeLessThan(Number(reversed.sequence));
      }
    }
  });

  it('is taken back after it vested once for all who ask, and the same is answered to each', async () => {
    const { eventsOf, reverse: takeBack, referralId, inviter } = await referred(0);
    const other = bench.openApp();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? other : referral).ask('POST', `/v1/referrals/${referralId}/reversal`, 'ops:olga', { reason: 'fraud' }),
      ),
    );
    answers.push(await takeBack('another reason'));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, body: { referralId, status: 'reversed' } });
    const reversed = await until(async () => {
      const events = await eventsOf('reward.reversed');
      return events.length > 0 ? events : undefined;
    });
    expect(new Set(reversed.map(({ id }) => id)).size).toBe(1);
    expect(reversed[0]?.data).toMatchObject({ inviter, reason: 'fraud', by: 'olga' });
  });

  it('is taken back under a key once, and the key is no good for another reason', async () => {
    const { reverse: takeBack } = await referred(0);
    const key = { 'idempotency-key': 'key-1' };
    const [first, again] = [await takeBack('returned', key), await takeBack('returned', key)];
    expect([first.status, again.text]).toEqual([200, first.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await takeBack('fraud', key)).word).toBe('idempotency_key_reused');
  });

  it('stays with who earned it when nobody but ops may take it back', async () => {
    const { referralId, status } = await referred(0);
    const path = `/v1/referrals/${referralId}/reversal`;
    for (const as of ['member:m_mia', 'checkout:shop-a']) {
      expect((await referral.ask('POST', path, as, { reason: 'mine' })).word).toBe('forbidden');
    }
    expect((await referral.ask('POST', path, 'ops:olga', {})).word).toBe('invalid_request');
    expect(await status()).toBe('vested');
  });

  it('is not found where there is no such referral', async () => {
    const path = (id: string) => `/v1/referrals/${id}/reversal`;
    const unknown = await referral.ask('POST', path(referralIdOf('m:m_nobody')), 'ops:olga', { reason: 'x' });
    expect([unknown.status, unknown.word]).toEqual([404, 'referral_not_found']);
    expect((await referral.ask('POST', path('ref_short'), 'ops:olga', { reason: 'x' })).status).toBe(422);
  });
});
