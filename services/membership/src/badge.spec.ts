import type { Fact } from '@fcode/policy';
import { startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { award, type BadgeRule, withdraw } from './badge.rules.ts';
import { contribute } from './contribute.rule.ts';
import {
  type Answer,
  type Bench,
  did,
  type Instance,
  iso,
  noon,
  scorePolicy,
  startBench,
  type World,
} from './fixtures/bench.ts';
import { badgesOf, type Member, memberRef, stranger } from './member.ts';
import { pin } from './pin.rule.ts';

const byOps = { by: 'olga', reason: '100 points before August' };
const change = { badge: 'tester', ...byOps };
const rule = (verb: BadgeRule, badge: string, member: Member, at = noon) =>
  verb({ badge, ...byOps }, scorePolicy, at, 'm_mia', member);
const after = (facts: Fact[], member: Member) => facts.reduce(memberRef('m_mia').evolve, member);
const having = (...badges: string[]): Member => ({ ...stranger, awards: badges.map((badge) => [badge, noon - 1]) });
const changed = (verb: BadgeRule, badge: string, member: Member) => {
  const decision = rule(verb, badge, member);
  if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
  return { facts: decision.facts, member: after(decision.facts, member) };
};

describe('a badge', () => {
  it('is awarded to a newcomer too, and told: by whom and why, and the standing with all badges', () => {
    const decision = award({ ...change, reference: 'FORUM-8' }, scorePolicy, noon, 'm_mia', having('veteran', 'poet'));
    expect(decision).toEqual({
      outcome: 'accepted',
      receipt: { changed: true },
      reasons: [],
      facts: [
        {
          type: 'badge.awarded',
          data: { memberId: 'm_mia', ...change, reference: 'FORUM-8', awardedAt: iso(noon) },
        },
        {
          type: 'score.changed',
          data: {
            memberId: 'm_mia',
            S: '0',
            t0: scorePolicy.t0,
            halfLifeDays: 180,
            pins: [],
            badges: ['poet', 'tester', 'veteran'],
          },
        },
      ],
    });
  });

  it('leaves score, pins, tier and the end of the tier as they are', () => {
    const told = {
      pins: ['core'],
      told: 'core' as const,
      fallsAt: noon + 1,
      kinds: { fix: { count: 1, weight: '9' } },
    };
    const member: Member = { S: '9', t0: Date.parse(scorePolicy.t0), halfLifeDays: 180, ...told };
    const { facts, member: awarded } = changed(award, 'tester', member);
    expect(awarded).toEqual({ ...member, awards: [['tester', noon]] });
    expect((facts[1] as Fact).data).toMatchObject({ S: '9', pins: ['core'], fallsAt: iso(noon + 1) });
    expect(changed(withdraw, 'tester', awarded).member).toEqual(member);
  });

  it('that the member has stays since when it was, and changes nothing', () => {
    expect(rule(award, 'tester', having('tester'))).toEqual({
      outcome: 'again',
      receipt: { changed: false },
      reasons: [],
    });
    expect(rule(withdraw, 'tester', having('poet'))).toMatchObject({ outcome: 'again', receipt: { changed: false } });
  });

  it('is one of 32 at most; one that the member has is none too many, and one withdrawn makes room', () => {
    const full = having(...Array.from({ length: 32 }, (_, n) => `badge-${n}`));
    expect(rule(award, 'tester', full)).toMatchObject({ outcome: 'refused', refusal: 'too_many_badges', facts: [] });
    expect(rule(award, 'badge-7', full)).toMatchObject({ outcome: 'again' });
    expect(badgesOf(changed(award, 'tester', changed(withdraw, 'badge-7', full).member).member)).toHaveLength(32);
  });

  it('withdrawn is told with those that are left, and with none when it was the last', () => {
    const { facts } = changed(withdraw, 'tester', having('tester', 'poet'));
    expect(facts).toMatchObject([
      { type: 'badge.withdrawn', data: { memberId: 'm_mia', ...change, withdrawnAt: iso(noon) } },
      { type: 'score.changed', data: { badges: ['poet'] } },
    ]);
    const last = changed(withdraw, 'tester', having('tester'));
    expect((last.facts[1] as Fact).data).not.toHaveProperty('badges');
    expect(last.member).not.toHaveProperty('awards');
  });

  it('may be called as what every object has', () => {
    const { member } = changed(award, 'constructor', stranger);
    expect(badgesOf(member)).toEqual(['constructor']);
    expect(rule(award, 'constructor', member)).toMatchObject({ outcome: 'again' });
  });

  it('is told with what else is told of the standing', () => {
    const [ladder, member] = [{ policy: scorePolicy }, having('poet')];
    const pinned = pin({ memberId: 'm_mia', pins: ['core'], ...byOps }, ladder, noon, member);
    expect(pinned).toMatchObject({ facts: [{}, { type: 'score.changed', data: { badges: ['poet'] } }, {}] });
    const row = { memberId: 'm_mia', source: 'github', ref: '1', kind: 'docs', occurredAt: noon };
    const contributed = contribute([row], ladder, noon, member, new Map());
    expect(contributed).toMatchObject({ facts: [{}, { type: 'score.changed', data: { badges: ['poet'] } }] });
  });
});

let bench: Bench;
let world: World;
let one: Instance;
let other: Instance;
beforeAll(async () => {
  bench = await startBench();
  world = await bench.world({ policy: scorePolicy });
  [one, other] = [world.open(), world.open()];
});
afterAll(() => bench.stop());

type Verb = 'awards' | 'withdrawals';
const send = (instance: Instance, verb: Verb, badge: string, members: string[], key?: string): Promise<Answer> =>
  instance.ask('POST', `/v1/badges/${badge}/${verb}`, 'ops:olga', { members, reason: byOps.reason }, key);
const crowd = (name: string, size: number) => Array.from({ length: size }, (_, n) => `m_${name}${n}`);
const badgesNow = async (memberId: string) =>
  ((await one.ask('GET', `/v1/members/${memberId}/standing`, 'ops:olga')).body.badges as { badge: string }[]).map(
    ({ badge }) => badge,
  );
/** What was told of a member, in its order. */
const toldOf = async (memberId: string) => {
  await Promise.all([one.flush(), other.flush()]);
  const events = await world.events(`member/${memberId}`);
  return events.map(({ type, data }) => ({
    type: type.replace(/^fcode\.(.*)\.v1$/, '$1'),
    badges: (data as { badges?: string[] }).badges,
  }));
};

describe('badges over HTTP', () => {
  it('are seen in the standing at once, by the member and by ops, the first first', async () => {
    expect(await send(one, 'awards', 'tester', ['m_mia', 'm_leo'])).toEqual({
      status: 200,
      replayed: false,
      body: { badge: 'tester', awarded: 2, unchanged: 0, refused: [] },
    });
    bench.time.now = noon + 1000;
    await send(one, 'awards', 'poet', ['m_mia']);
    bench.time.now = noon;
    const { body } = await one.ask('GET', '/v1/me/standing', 'member:m_mia');
    expect(body).toMatchObject({
      tier: 'fan',
      score: 0,
      badges: [
        { badge: 'tester', since: iso(noon) },
        { badge: 'poet', since: iso(noon + 1000) },
      ],
    });
    expect((await other.ask('GET', '/v1/members/m_mia/standing', 'ops:olga')).body).toEqual(body);
  });

  it('awarded twice, and withdrawn twice, are told once', async () => {
    await send(one, 'awards', 'tester', ['m_twice']);
    expect((await send(other, 'awards', 'tester', ['m_twice', 'm_new'])).body).toMatchObject({
      awarded: 1,
      unchanged: 1,
    });
    expect((await send(one, 'withdrawals', 'tester', ['m_twice'])).body).toEqual({
      badge: 'tester',
      withdrawn: 1,
      unchanged: 0,
    });
    expect((await send(other, 'withdrawals', 'tester', ['m_twice'])).body).toMatchObject({
      withdrawn: 0,
      unchanged: 1,
    });
    expect(await badgesNow('m_twice')).toEqual([]);
    expect(await toldOf('m_twice')).toEqual([
      { type: 'badge.awarded' },
      { type: 'score.changed', badges: ['tester'] },
      { type: 'badge.withdrawn' },
      { type: 'score.changed' },
    ]);
  });

  it('are refused to who has 32, and to nobody else of the request', async () => {
    for (let n = 0; n < 32; n += 1) await send(one, 'awards', `badge-${n}`, ['m_full']);
    expect((await send(one, 'awards', 'tester', ['m_empty', 'm_full', 'm_also'])).body).toEqual({
      badge: 'tester',
      awarded: 2,
      unchanged: 0,
      refused: [{ memberId: 'm_full', reason: 'too_many_badges' }],
    });
    expect(await badgesNow('m_full')).toHaveLength(32);
    const [{ state }] = await one.store.read([memberRef('m_full')]);
    expect(JSON.stringify(state).length).toBeLessThan(1024);
  });

  it('go to a thousand members by twenty writes, and to none of them twice', async () => {
    const members = crowd('many', 1000);
    const before = { ...one.store.table.sent };
    expect((await send(one, 'awards', 'tester', members)).body).toMatchObject({ awarded: 1000, unchanged: 0 });
    expect(one.store.table.sent.transactions - before.transactions).toBe(20);
    expect(one.store.table.sent.reads - before.reads).toBeLessThanOrEqual(11);
    expect((await send(other, 'awards', 'tester', members)).body).toMatchObject({ awarded: 0, unchanged: 1000 });
    await one.flush();
    const told = (await world.facts('badge.awarded')).filter(({ memberId }) => memberId.startsWith('m_many'));
    expect(told.map(({ memberId }) => memberId).sort()).toEqual(members.sort());
  });

  it('get the first answer again under their key, and nothing happens again, even when they were withdrawn since', async () => {
    const members = crowd('key', 70);
    const first = await send(one, 'awards', 'tester', members, 'k1');
    await send(one, 'withdrawals', 'tester', members);
    expect(await send(other, 'awards', 'tester', members, 'k1')).toEqual({ ...first, replayed: true });
    expect(await badgesNow('m_key0')).toEqual([]);
  });

  it('are not awarded to anybody under a key that was used for something else', async () => {
    await send(one, 'awards', 'tester', ['m_used'], 'k2');
    expect((await send(other, 'awards', 'poet', ['m_unused', 'm_used'], 'k2')).status).toBe(422);
    expect((await send(other, 'awards', 'tester', ['m_unused', 'm_used'], 'k2')).status).toBe(422);
    expect(await badgesNow('m_unused')).toEqual([]);
    expect(await badgesNow('m_used')).toEqual(['tester']);
  });

  it('are awarded once when the answers of the store were lost', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'TransactWriteItems' || lost >= 2) return 'pass';
      lost += 1;
      return 'lose';
    };
    const members = crowd('lost', 120);
    const { body } = await send(world.open(proxy.endpoint), 'awards', 'tester', members, 'k3');
    await proxy.stop();
    expect(lost).toBe(2);
    expect(body).toMatchObject({ awarded: 120, unchanged: 0 });
    const items = await one.store.read<Member[]>(members.map(memberRef));
    expect(items.map(({ seq, state }) => [seq, badgesOf(state)])).toEqual(members.map(() => [2, ['tester']]));
  });

  it('leave a fall of the tier due, which is told at its time although it has passed by then', async () => {
    await one.contribute(Array.from({ length: 3 }, () => did('m_falls', { occurredAt: iso(noon) })));
    const { fallsAt } = await one.member('m_falls');
    bench.time.now = (fallsAt as number) + 1;
    await send(one, 'awards', 'tester', ['m_falls']);
    expect(await one.member('m_falls')).toMatchObject({ told: 'loyal', fallsAt });
    await one.look();
    await one.flush();
    bench.time.now = noon;
    expect(await world.told('m_falls')).toEqual(['fan loyal score', 'loyal fan decay']);
    expect((await one.member('m_falls')).awards).toEqual([['tester', (fallsAt as number) + 1]]);
  });

  it('are for ops only, with names that are names, and members each named once', async () => {
    const body = { members: ['m_eve'], reason: 'me' };
    for (const verb of ['awards', 'withdrawals'] as const) {
      const path = `/v1/badges/tester/${verb}`;
      expect((await one.ask('POST', path, 'member:m_eve', body)).status).toBe(403);
      expect((await one.ask('POST', path, 'connector:forum', body)).status).toBe(403);
      const status = async (to: string, changes: object) =>
        (await one.ask('POST', to, 'ops:olga', { ...body, ...changes })).status;
      for (const bad of [
        { members: [] },
        { members: ['m_eve', 'm_eve'] },
        { members: crowd('over', 1001) },
        { members: ['=cmd'] },
        { reason: '' },
        { reference: 'x'.repeat(129) },
        { surprise: 1 },
      ]) {
        expect(await status(path, bad), JSON.stringify(bad).slice(0, 40)).toBe(422);
      }
      for (const badge of ['t', 'Tester', '1st', '-x', 'a_b', 'x'.repeat(33), '%E5%BE%BD']) {
        expect(await status(`/v1/badges/${badge}/${verb}`, {}), badge).toBe(422);
      }
      expect(await status(`/v1/badges/${'x'.repeat(32)}/${verb}`, { members: ['m_name'] })).toBe(200);
    }
    expect(await badgesNow('m_eve')).toEqual([]);
  });
});

describe('awards and contributions at once, by two instances, on one member', () => {
  it('all happen, each once, and the last that is told has all of them', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `race-${n}`);
    const rows = Array.from({ length: 8 }, () => did('m_race'));
    const [awards] = await Promise.all([
      Promise.all(
        names.flatMap((badge, n) => [
          send(n % 2 ? one : other, 'awards', badge, ['m_race', `m_beside${n}`]),
          send(n % 2 ? other : one, 'awards', badge, ['m_race']),
        ]),
      ),
      Promise.all(rows.map((row, n) => (n % 2 ? other : one).contribute([row]))),
    ]);
    expect(awards.map(({ status }) => status)).toEqual(awards.map(() => 200));
    // Each was awarded by one of the two who asked for it, besides the one beside.
    expect(awards.reduce((sum, { body }) => sum + Number(body.awarded), 0)).toBe(16);
    const { S, kinds, awards: held } = await one.member('m_race');
    expect(kinds).toEqual({ feat: { count: 8, weight: S } });
    expect(held?.map(([badge]) => badge).sort()).toEqual(names);

    const told = await toldOf('m_race');
    expect(told.filter(({ type }) => type === 'badge.awarded')).toHaveLength(8);
    const standings = told.filter(({ type }) => type === 'score.changed');
    expect(standings.at(-1)?.badges).toEqual(names);
    // Whoever wrote it, no standing that was told has fewer than the one before.
    const counts = standings.map(({ badges }) => badges?.length ?? 0);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it('of awards against withdrawals, what is told last is what is so', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        send(n % 2 ? one : other, n % 3 ? 'awards' : 'withdrawals', 'tester', ['m_flip']),
      ),
    );
    const told = await toldOf('m_flip');
    const verbs = told.flatMap(({ type }) => (type.startsWith('badge.') ? [type] : []));
    // An award follows a withdrawal, and a withdrawal an award: nothing is told that changed nothing.
    expect(verbs).toEqual(verbs.map((_, n) => (n % 2 ? 'badge.withdrawn' : 'badge.awarded')));
    const isHeld = verbs.at(-1) === 'badge.awarded';
    expect(await badgesNow('m_flip')).toEqual(isHeld ? ['tester'] : []);
    expect(told.at(-1)?.badges).toEqual(isHeld ? ['tester'] : undefined);
  });
});
