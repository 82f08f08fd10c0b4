import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { close, pause, resume } from './campaign.rules.ts';
import { type Bench, definitionWith, request, startBench } from './fixtures/bench.ts';
import { allotmentRef } from './member-codes.ts';
import { leaseKind, leasesOf, leftIn, poolRef } from './quota.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

type Claimed = Awaited<ReturnType<Bench['desk']['claim']>>;
const wordOf = (decision: Claimed) => (decision.outcome === 'refused' ? decision.refusal : decision.outcome);
const countOf = (decisions: Claimed[]) =>
  Object.fromEntries(Object.entries(Object.groupBy(decisions, wordOf)).map(([word, all]) => [word, all?.length]));
const codesOf = (decisions: Claimed[]) =>
  decisions.flatMap((decision) =>
    decision.outcome === 'refused' ? [] : [`${decision.receipt.batch}.${decision.receipt.index}`],
  );

/** Where the codes of a quota are. */
const countsOf = async (campaignId: string) => {
  const [[{ state: pool }], { items }] = await Promise.all([
    bench.desk.store.read([poolRef({ campaignId })]),
    bench.desk.store.query({ ...leasesOf({ campaignId }), limit: 100 }, leaseKind),
  ]);
  const open = items.filter(({ state }) => state.status === 'open');
  return {
    pool: pool.status === 'none' ? 0 : pool.left,
    leased: open.reduce((sum, { state }) => sum + leftIn(state), 0),
    open: open.length,
  };
};
const switched = (campaignId: string, verb: typeof pause | typeof resume | typeof close, on = bench.desk) =>
  on.campaignStore.switch(
    campaignId,
    (campaign) => verb({ campaignId, by: 'ops', at: bench.time.now }, campaign, 'a test'),
    request(bench.time.now),
  );

const everybody = (count: number, from = 0) => Array.from({ length: count }, (_, position) => `m_${from + position}`);

describe('a quota of twenty, claimed on two instances', () => {
  it('gives sixty members at once exactly twenty different codes, and says sold out to the others', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 20, allotment: { fan: 1 } });
    const decisions = await Promise.all(
      everybody(60).map((memberId, position) =>
        (position % 2 ? one : other).claim(campaignId, memberId, `${memberId}'s wish`),
      ),
    );
    expect(countOf(decisions)).toEqual({ accepted: 20, sold_out: 40 });
    expect(new Set(codesOf(decisions)).size).toBe(20);
    expect(await countsOf(campaignId)).toMatchObject({ pool: 0, leased: 0 });
    const events = await until(async () => {
      const found = (await bench.logged('code.claimed')).filter(
        ({ data }) => (data as { campaignId: string }).campaignId === campaignId,
      );
      return found.length >= 20 ? found : undefined;
    });
    expect(new Set(events.map(({ subject }) => subject)).size).toBe(20);
    expect(events).toHaveLength(20);
  });

  it('has claims + open leases + pool = 20 at every moment of the rush', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 20, allotment: { fan: 1 } });
    for (let round = 0; round < 5; round += 1) {
      const members = everybody(4, round * 4);
      await Promise.all(
        members.map((memberId, position) => (position % 2 ? one : other).claim(campaignId, memberId, 'wish')),
      );
      const { pool, leased } = await countsOf(campaignId);
      expect(pool + leased).toBe(20 - 4 * (round + 1));
    }
    expect(wordOf(await one.claim(campaignId, 'm_late', 'wish'))).toBe('sold_out');
    expect(wordOf(await other.claim(campaignId, 'm_late', 'wish'))).toBe('sold_out');
  });
});

describe('a member who may have three', () => {
  it('gets exactly three of twenty claims at once on two instances', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ allotment: { fan: 3 } });
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, wish) => (wish % 2 ? one : other).claim(campaignId, 'm_mia', `wish ${wish}`)),
    );
    expect(countOf(decisions)).toEqual({ accepted: 3, allotment_used: 17 });
    expect(new Set(codesOf(decisions)).size).toBe(3);
    const [{ state }] = await bench.desk.store.read([allotmentRef('m_mia', campaignId)]);
    expect(state.codes).toHaveLength(3);
    // Nothing of the quota is lost to those that were refused.
    const { pool, leased } = await countsOf(campaignId);
    expect(pool + leased).toBe(97);
  });

  it('gets one code for one wish, sent twenty times at once to both instances', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ allotment: { fan: 3 } });
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, position) => (position % 2 ? one : other).claim(campaignId, 'm_mia', 'one wish')),
    );
    expect(countOf(decisions)).toEqual({ accepted: 1, again: 19 });
    expect(
      new Set(decisions.map((decision) => decision.outcome !== 'refused' && JSON.stringify(decision.receipt))).size,
    ).toBe(1);
  });

  it('has as many as the tier says that membership told of', async () => {
    const campaignId = await bench.openCampaign({ allotment: { angel: 2 } });
    expect(wordOf(await bench.desk.claim(campaignId, 'm_angel', 'a'))).toBe('nothing_allotted');
    await bench.pin('m_angel', 'angel');
    const words = [];
    for (const wish of ['a', 'b', 'c']) words.push(wordOf(await bench.desk.claim(campaignId, 'm_angel', wish)));
    expect(words).toEqual(['accepted', 'accepted', 'allotment_used']);
  });
});

describe('the last codes of a quota', () => {
  it('are fetched back from an instance that does not use them: sold out is said only when nothing is left', async () => {
    const [gone, here] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 10, allotment: { fan: 1 } });
    // This one dies with a slice in its hands.
    await gone.claim(campaignId, 'm_first', 'wish');
    expect((await countsOf(campaignId)).leased).toBeGreaterThan(0);
    const decisions: Claimed[] = [];
    for (const memberId of everybody(10)) decisions.push(await here.claim(campaignId, memberId, 'wish'));
    expect(countOf(decisions)).toEqual({ accepted: 9, sold_out: 1 });
    expect(await countsOf(campaignId)).toMatchObject({ pool: 0, leased: 0 });
  });

  it('can be fetched from an instance that is still at work: it finds its lease closed and gets another', async () => {
    const [robbed, here] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 40, allotment: { fan: 1 } });
    await robbed.claim(campaignId, 'm_first', 'wish');
    await here.claims.closeAll({ campaignId }, request(bench.time.now));
    expect(await countsOf(campaignId)).toEqual({ pool: 39, leased: 0, open: 0 });
    const next = await robbed.claim(campaignId, 'm_second', 'wish');
    expect(next).toMatchObject({ outcome: 'accepted' });
    // What was never handed out is handed out now.
    expect(next.outcome === 'accepted' && next.receipt.index).toBe(1);
    const { pool, leased } = await countsOf(campaignId);
    expect(pool + leased).toBe(38);
  });

  it('go back to the pool when an instance stops in order', async () => {
    const leaving = bench.open();
    const campaignId = await bench.openCampaign({ quota: 100, allotment: { fan: 1 } });
    await leaving.claim(campaignId, 'm_first', 'wish');
    await leaving.claims.stop(() => request(bench.time.now));
    expect(await countsOf(campaignId)).toEqual({ pool: 99, leased: 0, open: 0 });
  });
});

describe('what is left', () => {
  it('is counted exactly while codes move between the pool and the leases', async () => {
    const [here, busy] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 500, allotment: { fan: 1 } });
    let moving = true;
    const stop = () => {
      moving = false;
    };
    onTestFinished(stop);
    let taken = 0;
    const churn = (async () => {
      while (moving) {
        const { outcome } = await busy.claim(campaignId, `m_churn_${taken}`, 'wish');
        if (outcome === 'accepted') taken += 1;
        await busy.claims.closeAll({ campaignId }, request(bench.time.now));
      }
    })();
    for (let round = 0; round < 60; round += 1) {
      const before = taken;
      const left = await here.claims.left({ campaignId }, request(bench.time.now));
      // One claim more may be decided and not yet counted by this test.
      expect(left).toBeLessThanOrEqual(500 - before);
      expect(left).toBeGreaterThanOrEqual(500 - taken - 1);
    }
    stop();
    await churn;
    expect(taken).toBeGreaterThan(0);
    expect(await here.claims.left({ campaignId }, request(bench.time.now))).toBe(500 - taken);
  });
});

describe('a pause', () => {
  it('lets no claim succeed after it has answered, on any instance, however many are under way', async () => {
    const [one, other, ops] = [bench.open(), bench.open(), bench.open()];
    for (let round = 0; round < 3; round += 1) {
      const campaignId = await bench.openCampaign({ quota: 1000, allotment: { fan: 1 } });
      // Both know the campaign as open, have slices, and are at work when the pause comes.
      await Promise.all(
        [one, other].map((instance, position) => instance.claim(campaignId, `m_known_${position}`, 'wish')),
      );
      const rush = everybody(30).map((memberId, position) =>
        (position % 2 ? one : other).claim(campaignId, memberId, 'wish'),
      );
      const answer = await switched(campaignId, pause, ops);
      expect(answer).toMatchObject({ outcome: 'accepted', receipt: { status: 'paused' } });
      const { pool, leased, open } = await countsOf(campaignId);
      expect({ leased, open }).toEqual({ leased: 0, open: 0 });
      const late = await Promise.all(
        everybody(20, 100).map((memberId, position) =>
          (position % 2 ? one : other).claim(campaignId, memberId, 'wish'),
        ),
      );
      expect(countOf(late)).toEqual({ campaign_paused: 20 });
      const rushed = countOf(await Promise.all(rush));
      expect((rushed.accepted ?? 0) + (rushed.campaign_paused ?? 0)).toBe(30);
      expect(await countsOf(campaignId)).toEqual({ pool, leased: 0, open: 0 });
      expect(pool).toBe(1000 - 2 - (rushed.accepted ?? 0));
    }
  });

  it('is over with resume: the rest of the quota is all there', async () => {
    const [here, ops] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 5, allotment: { fan: 1 } });
    await here.claim(campaignId, 'm_first', 'wish');
    await switched(campaignId, pause, ops);
    expect(wordOf(await here.claim(campaignId, 'm_second', 'wish'))).toBe('campaign_paused');
    await switched(campaignId, resume, ops);
    const decisions = await Promise.all(everybody(6).map((memberId) => here.claim(campaignId, memberId, 'wish')));
    expect(countOf(decisions)).toEqual({ accepted: 4, sold_out: 2 });
  });

  it('and its end are terms that the next claim rests on, and a retry of one before does not', async () => {
    const campaignId = await bench.openCampaign({ allotment: { fan: 3 } });
    const restedOn = async (wish: string) => {
      const decision = await bench.open().claim(campaignId, 'm_mia', wish);
      return decision.outcome === 'refused' ? undefined : decision.receipt.decision.termsVersion;
    };
    const [first, second] = [await restedOn('a'), await restedOn('b')];
    expect([first, second]).toEqual([expect.any(Number), first]);
    await switched(campaignId, pause);
    await switched(campaignId, resume);
    expect(await restedOn('c')).toBe(Number(first) + 2);
    expect([await restedOn('a'), await restedOn('b')]).toEqual([first, first]);
  });

  it('gives a retry the first answer, and finishes what a crash left half done', async () => {
    const campaignId = await bench.openCampaign({ quota: 100, allotment: { fan: 1 } });
    await bench.desk.claim(campaignId, 'm_first', 'wish');
    // The first half of a pause, as a crash leaves it: the campaign is paused, a lease is open.
    await bench.desk.store.change(
      [{ ...poolRef({ campaignId }) }],
      () => ({
        outcome: 'accepted',
        facts: [{ type: 'campaign.paused', data: { campaignId, by: 'ops', reason: 'a test' } }],
        receipt: {},
        reasons: [],
      }),
      request(bench.time.now),
    );
    expect((await countsOf(campaignId)).open).toBe(1);
    const answers = [await switched(campaignId, pause), await switched(campaignId, pause)];
    expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'again']);
    expect(await countsOf(campaignId)).toEqual({ pool: 99, leased: 0, open: 0 });
  });
});

describe('a close', () => {
  it('ends claims for good', async () => {
    const other = bench.open();
    const campaignId = await bench.openCampaign({ quota: 100, allotment: { fan: 1 } });
    await other.claim(campaignId, 'm_first', 'wish');
    await switched(campaignId, close);
    expect(wordOf(await other.claim(campaignId, 'm_second', 'wish'))).toBe('campaign_closed');
    expect(wordOf(await other.claim(campaignId, 'm_first', 'wish'))).toBe('again');
    expect(await switched(campaignId, resume)).toMatchObject({ refusal: 'campaign_not_paused' });
    expect(await countsOf(campaignId)).toMatchObject({ pool: 99, leased: 0 });
  });
});

describe('a campaign', () => {
  it('is created once for one Idempotency-Key, and not for another body under it', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const create = (instance: typeof one, name: string) =>
      instance.campaignStore.create(definitionWith({ name }), 'ops', request(bench.time.now, 'key-create', name));
    const decisions = await Promise.all([one, other, one, other].map((instance) => create(instance, 'Drop')));
    expect(
      new Set(decisions.map((decision) => decision.outcome !== 'refused' && decision.receipt.campaignId)).size,
    ).toBe(1);
    expect(decisions.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(await create(one, 'Another drop')).toMatchObject({ refusal: 'idempotency_key_reused' });
  });

  it('is published once by twenty publishers at once: one batch, one pool', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const created = await one.campaignStore.create(definitionWith({ quota: 7 }), 'ops', request(bench.time.now));
    const { campaignId } = created.outcome === 'refused' ? { campaignId: '' } : created.receipt;
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, position) =>
        (position % 2 ? one : other).campaignStore.publish(campaignId, 'ops', request(bench.time.now)),
      ),
    );
    expect(decisions.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(decisions.filter(({ outcome }) => outcome === 'again')).toHaveLength(19);
    expect(await countsOf(campaignId)).toEqual({ pool: 7, leased: 0, open: 0 });
    const batches = await until(async () => {
      const found = (await bench.logged('batch.created')).filter(
        ({ data }) => (data as { campaignId: string }).campaignId === campaignId,
      );
      return found.length > 0 ? found : undefined;
    });
    expect(batches).toHaveLength(1);
  });
});

describe('a quota of which a rule reserves places', () => {
  /** Twenty codes: five for early members, the rest for everybody; each may claim two. */
  const until = (at: number) => new Date(at).toISOString();
  const rules = (over?: number) => [
    { when: '"early" in badges', codes: 2, places: 5, ...(over === undefined ? {} : { until: until(over) }) },
    { when: 'true', codes: 1 },
  ];
  const early = (memberId: string) => bench.badge(memberId, 'early');
  const leftIn = (campaignId: string, lane?: number) =>
    bench.desk.claims.left({ campaignId, lane }, request(bench.time.now));

  it('keeps them for who the rule is for, however many others come first', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 20, allotment: rules() });
    const others = await Promise.all(
      everybody(40, 1000).map((member, at) => (at % 2 ? one : other).claim(campaignId, member, 'wish')),
    );
    expect(countOf(others)).toEqual({ accepted: 15, sold_out: 25 });
    expect([await leftIn(campaignId), await leftIn(campaignId, 0)]).toEqual([0, 5]);
    const fans = everybody(4, 2000);
    await Promise.all(fans.map(early));
    const theirs = await Promise.all(
      fans.flatMap((member) => [one.claim(campaignId, member, 'a'), other.claim(campaignId, member, 'b')]),
    );
    expect(countOf(theirs)).toEqual({ accepted: 5, sold_out: 3 });
    expect([await leftIn(campaignId), await leftIn(campaignId, 0)]).toEqual([0, 0]);
    expect(new Set(codesOf([...others, ...theirs])).size).toBe(20);
  });

  it('gives no more than they are by the rule, and goes on by the next one that holds', async () => {
    const campaignId = await bench.openCampaign({ quota: 20, allotment: rules() });
    const fans = everybody(10, 3000);
    await Promise.all(fans.map(early));
    const claimed = await Promise.all(fans.map((member) => bench.desk.claim(campaignId, member, 'a')));
    expect(countOf(claimed)).toEqual({ accepted: 10 });
    expect([await leftIn(campaignId), await leftIn(campaignId, 0)]).toEqual([10, 0]);
    const byRule = Object.groupBy(claimed, (decision) =>
      decision.outcome === 'refused' ? 'none' : String(decision.receipt.allotted),
    );
    expect([byRule[2]?.length, byRule[1]?.length]).toEqual([5, 5]);
    const [reserved, after] = [byRule[2]?.[0], byRule[1]?.[0]];
    expect(reserved?.reasons.slice(1)).toEqual([
      { code: 'rule_holds', rule: 1, codes: 2 },
      { code: 'claimed', codes: 0 },
    ]);
    expect(after?.reasons.slice(1)).toEqual([
      { code: 'rule_full', rule: 1 },
      { code: 'rule_holds', rule: 2, codes: 1 },
      { code: 'claimed', codes: 0 },
    ]);
    // The first rule would give them two, and has no place for the second one.
    const more = await bench.desk.claim(campaignId, fans[0] as string, 'b');
    expect(more).toMatchObject({
      refusal: 'sold_out',
      reasons: [{ code: 'sold_out' }, { code: 'rule_full', rule: 1 }],
    });
  });

  it('gives them to everybody when the rule is over, to the last one, also to those who were told that it is sold out', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const over = bench.time.now + 3_600_000;
    const campaignId = await bench.openCampaign({ quota: 20, allotment: rules(over) });
    await early('m_4000');
    expect(await one.claim(campaignId, 'm_4000', 'a')).toMatchObject({ outcome: 'accepted', receipt: { allotted: 2 } });
    const first = await Promise.all(everybody(20, 4100).map((member) => one.claim(campaignId, member, 'wish')));
    expect(countOf(first)).toEqual({ accepted: 15, sold_out: 5 });
    const now = bench.time.now;
    bench.time.now = over;
    try {
      const second = await Promise.all(
        everybody(20, 4100).map((member, at) => (at % 2 ? one : other).claim(campaignId, member, 'again')),
      );
      expect(countOf(second)).toEqual({ accepted: 4, allotment_used: 15, sold_out: 1 });
      expect([await leftIn(campaignId), await leftIn(campaignId, 0)]).toEqual([0, 0]);
      expect(new Set(codesOf([...first, ...second])).size).toBe(19);
    } finally {
      bench.time.now = now;
    }
  });

  it('gives them to a grant when the rule is over, and not before', async () => {
    const over = bench.time.now + 3_600_000;
    const campaignId = await bench.openCampaign({ quota: 20, allotment: rules(over) });
    const granting = () => bench.desk.grant({ campaignId, codes: 18 });
    expect(await granting()).toMatchObject({ refusal: 'quota_exceeded', reasons: [{ left: 15, wanted: 18 }] });
    const now = bench.time.now;
    bench.time.now = over;
    try {
      expect(await granting()).toMatchObject({ outcome: 'accepted' });
    } finally {
      bench.time.now = now;
    }
  });

  it('gives nothing while it is paused or once it is closed, reserved or not', async () => {
    const campaignId = await bench.openCampaign({ quota: 20, allotment: rules() });
    await early('m_5000');
    expect(await bench.desk.claim(campaignId, 'm_5000', 'a')).toMatchObject({ outcome: 'accepted' });
    const instance = bench.open();
    await switched(campaignId, pause);
    expect(await bench.desk.claim(campaignId, 'm_5000', 'b')).toMatchObject({ refusal: 'campaign_paused' });
    expect(await instance.claim(campaignId, 'm_5001', 'a')).toMatchObject({ refusal: 'campaign_paused' });
    await switched(campaignId, resume);
    expect(await bench.desk.claim(campaignId, 'm_5000', 'b')).toMatchObject({ outcome: 'accepted' });
    await switched(campaignId, close);
    await early('m_5002');
    expect(await bench.desk.claim(campaignId, 'm_5002', 'a')).toMatchObject({ refusal: 'campaign_closed' });
    expect((await leftIn(campaignId)) + (await leftIn(campaignId, 0))).toBe(18);
  });
});
