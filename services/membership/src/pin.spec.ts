import { scoreChanged } from '@fcode/events';
import { startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, dayMs, iso, noon, scorePolicy, startBench, type World } from './fixtures/bench.ts';
import { type Member, memberRef } from './member.ts';
import { pin } from './pin.rule.ts';

let bench: Bench;
let world: World;
beforeAll(async () => {
  bench = await startBench();
  world = await bench.world({ policy: scorePolicy });
});
afterAll(() => bench.stop());

const ladder = { policy: scorePolicy };

const newcomer: Member = Object.freeze({
  S: '0',
  t0: 0,
  halfLifeDays: 180,
  pins: Object.freeze([]),
  kinds: Object.freeze({}),
});
const byOps = { memberId: 'm_mia', by: 'olga', reason: 'first hundred' };

describe('a pin', () => {
  it('gives tiers by hand and says so: who did it, the standing that follows, and the tier', () => {
    expect(pin({ ...byOps, pins: ['core', 'angel', 'core'] }, ladder, noon, newcomer)).toMatchObject({
      outcome: 'accepted',
      receipt: { memberId: 'm_mia', pins: ['angel', 'core'] },
      facts: [
        { type: 'member.pinned', data: { ...byOps, pins: ['angel', 'core'] } },
        { type: 'score.changed', data: { memberId: 'm_mia', S: '0', halfLifeDays: 180, pins: ['angel', 'core'] } },
        { type: 'tier.changed', data: { memberId: 'm_mia', from: 'fan', to: 'angel', because: 'pins' } },
      ],
    });
  });

  it('leaves the score as it is', () => {
    const { t0, halfLifeDays } = scorePolicy;
    const member: Member = { S: '120500000', t0: Date.parse(t0), halfLifeDays, pins: [], kinds: {} };
    const decision = pin({ ...byOps, pins: ['angel'] }, ladder, noon, member);
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    expect(facts.reduce(memberRef('m_mia').evolve, member)).toEqual({
      ...member,
      pins: ['angel'],
      told: 'angel',
    });
  });

  it('of what is pinned already changes nothing, in whatever order it is written', () => {
    const member: Member = { ...newcomer, pins: ['angel', 'core'] };
    expect(pin({ ...byOps, pins: ['core', 'angel'] }, ladder, noon, member)).toMatchObject({ outcome: 'again' });
    expect(pin({ ...byOps, pins: [] }, ladder, noon, newcomer)).toMatchObject({ outcome: 'again' });
  });

  it('is taken back with an empty list', () => {
    const decision = pin({ ...byOps, pins: [] }, ladder, noon, { ...newcomer, pins: ['angel'] });
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { pins: [] } });
  });
});

describe('a pin over HTTP', () => {
  it('is seen in the standing at once, with the reason, by the member and by ops', async () => {
    const { ask, pinned } = world.open();
    expect((await ask('GET', '/v1/me/standing', 'member:m_mia')).body).toEqual({
      memberId: 'm_mia',
      tier: 'fan',
      score: 0,
      pins: [],
      badges: [],
      reasons: [{ code: 'tier_open', tier: 'fan' }],
      next: { tier: 'loyal', minScore: 20, missing: 20 },
    });
    expect(await pinned('m_mia', ['angel'])).toMatchObject({
      status: 200,
      body: { memberId: 'm_mia', pins: ['angel'] },
    });
    const mine = await ask('GET', '/v1/me/standing', 'member:m_mia');
    expect(mine.body).toMatchObject({
      tier: 'angel',
      pins: ['angel'],
      reasons: [{ code: 'tier_pinned', tier: 'angel' }],
    });
    expect((await ask('GET', '/v1/members/m_mia/standing', 'ops:olga')).body).toEqual(mine.body);
  });

  it('is told once, in order, however often it is sent and to whichever instance', async () => {
    const [one, other] = [world.open(), world.open()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, position) => (position % 2 ? one : other).pinned('m_race', ['core'])),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await Promise.all([one.flush(), other.flush()]);
    const events = await world.events('member/m_race');
    expect(events.map(({ type }) => type)).toEqual([
      'fcode.member.pinned.v1',
      'fcode.score.changed.v1',
      'fcode.tier.changed.v1',
    ]);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3]);
  });

  it('happens once when the answer of the store was lost', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'TransactWriteItems' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    expect((await world.open(proxy.endpoint).pinned('m_lost', ['loyal'])).status).toBe(200);
    expect(lost).toBe(1);
    const [{ seq, state }] = await world.open().store.read([memberRef('m_lost')]);
    expect([seq, state.pins]).toEqual([3, ['loyal']]);
    await proxy.stop();
  });

  it('gets the first answer again under its key, also after the pins were changed', async () => {
    const { pinned } = world.open();
    const first = await pinned('m_key', ['core'], 'k1');
    await pinned('m_key', []);
    expect(await pinned('m_key', ['core'], 'k1')).toMatchObject({ status: 200, replayed: true, body: first.body });
    expect((await pinned('m_key', ['angel'], 'k1')).status).toBe(422);
  });

  it('is for ops only, and for tiers that there are', async () => {
    const { ask, pinned } = world.open();
    const body = { pins: ['angel'], reason: 'me' };
    expect((await ask('PUT', '/v1/members/m_eve/pins', 'member:m_eve', body)).status).toBe(403);
    expect((await pinned('m_eve', ['pyramid'])).status).toBe(422);
    expect((await ask('GET', '/v1/members/m_mia/standing', 'member:m_eve')).status).toBe(403);
  });
});

describe('a standing', () => {
  it('decays by itself: half the score after a half-life, and the tier falls without any event', async () => {
    const { store, ask } = world.open();
    await store.change(
      [memberRef('m_decay')],
      () => ({
        outcome: 'accepted',
        facts: [
          scoreChanged.of({
            memberId: 'm_decay',
            S: '150000000',
            t0: iso(noon),
            halfLifeDays: 180,
            pins: [],
          }),
        ],
        receipt: {},
        reasons: [],
      }),
      { at: noon, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' },
    );
    const standingAt = async (at: number) => {
      bench.time.now = at;
      const { body } = await ask('GET', '/v1/me/standing', 'member:m_decay');
      bench.time.now = noon;
      return [body.tier, Math.round(Number(body.score) * 1000) / 1000];
    };
    expect(await standingAt(noon)).toEqual(['core', 150]);
    expect(await standingAt(noon + 180 * dayMs)).toEqual(['loyal', 75]);
    expect(await standingAt(noon + 720 * dayMs)).toEqual(['fan', 9.375]);
  });
});
