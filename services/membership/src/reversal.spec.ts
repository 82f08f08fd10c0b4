import type { Fact } from '@fcode/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Contribution, contribute, nameOfEntry } from './contribute.rule.ts';
import {
  type Bench,
  dayMs,
  did,
  type Instance,
  iso,
  noon,
  type Row,
  scorePolicy,
  startBench,
  takenBack,
  type World,
} from './fixtures/bench.ts';
import { type Entry, entryRef } from './ledger.ts';
import { type Member, memberRef, stranger } from './member.ts';

let bench: Bench;
let world: World;
let instance: Instance;
beforeAll(async () => {
  bench = await startBench();
  world = await bench.world({ policy: scorePolicy });
  instance = world.open();
});
afterAll(() => bench.stop());

const statuses = async (rows: Row[], by = instance) =>
  (await by.contribute(rows)).map(({ status, reason }) => reason ?? status);

describe('the rule', () => {
  const fix: Contribution = { memberId: 'm_mia', source: 'github', ref: '1', kind: 'fix', occurredAt: noon };
  const back: Contribution = { ...fix, kind: 'reversal' };

  it('comes to the same member and the same entry, in whatever order a thing and its reversal are told', () => {
    const told = (...order: Contribution[]) => {
      let member: Member = stranger;
      let entry: Entry = {};
      for (const one of order) {
        const known = new Map([[nameOfEntry(one), entry]]);
        const decision = contribute([one], { policy: scorePolicy }, noon, member, known);
        const facts: Fact[] = decision.outcome === 'accepted' ? decision.facts : [];
        member = facts.reduce(memberRef('m_mia').evolve, member);
        entry = facts.reduce(entryRef(one).evolve, entry);
      }
      return { S: member.S, kinds: member.kinds, entry };
    };
    const end = told(fix, back);
    expect(end).toMatchObject({ S: '0', kinds: {}, entry: { recorded: { kind: 'fix' }, reversed: [{ kind: 'fix' }] } });
    for (const order of [
      [back, fix],
      [fix, back, back, fix],
      [back, back, fix, back],
    ]) {
      expect(told(...order)).toEqual(end);
    }
  });

  it('tells what is taken off, so that a listener can take it off too', () => {
    const decision = contribute([fix, back], { policy: scorePolicy }, noon, stranger, new Map());
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    expect(facts.map(({ type }) => type)).toEqual(['contribution.recorded', 'contribution.reversed', 'score.changed']);
    const [recorded, reversed] = facts.map(({ data }) => data as { weight: string });
    expect(reversed).toMatchObject({
      memberId: 'm_mia',
      source: 'github',
      ref: '1',
      kind: 'fix',
      reversedAt: iso(noon),
    });
    expect(reversed?.weight).toBe(recorded?.weight);
  });
});

describe('a contribution that is taken back', () => {
  it('afterwards leaves the sum, the kinds and the tier as they were without it', async () => {
    const [kept, gone] = [did('m_after', { kind: 'docs' }), did('m_after')];
    await instance.contribute([kept]);
    const before = await instance.member('m_after');
    await instance.contribute([gone]);
    expect((await instance.member('m_after')).kinds).toHaveProperty('feat');
    expect(await statuses([takenBack(gone)])).toEqual(['accepted']);
    expect(await instance.member('m_after')).toEqual(before);
  });

  it('before it was told is not counted when it is; the reversal alone weighs nothing', async () => {
    const late = did('m_before');
    expect(await statuses([takenBack(late)])).toEqual(['accepted']);
    expect((await instance.member('m_before')).S).toBe('0');
    expect(await statuses([late])).toEqual(['accepted']);
    expect(await instance.member('m_before')).toMatchObject({ S: '0', kinds: {} });
    await instance.flush();
    const told = (await world.events(`contribution/${late.source}/${late.ref}`)).map(({ data }) => data);
    const weights = told.map((data) => (data as { weight: string }).weight);
    expect(weights).toEqual(['0', weights[1], weights[1]]);
    expect(Number(weights[1])).toBeGreaterThan(0);
  });

  it('by many before it was told is kept of a few, and of nobody but its member once it is', async () => {
    const crowd = Array.from({ length: 12 }, (_, n) => `m_crowd${n}`);
    const told = crowd.map((memberId) => takenBack({ ...did(memberId), source: 'crowd', ref: '1' }));
    const answers: string[] = [];
    for (const reversal of told) answers.push(...(await statuses([reversal])));
    expect(answers).toEqual(crowd.map((_, n) => (n < 8 ? 'accepted' : 'too_many_reversals')));
    expect(await statuses([{ ...did('m_crowd3'), source: 'crowd', ref: '1' }])).toEqual(['accepted']);
    expect((await instance.member('m_crowd3')).S).toBe('0');
    const [{ state }] = await instance.store.read([entryRef({ source: 'crowd', ref: '1' })]);
    expect(state.reversed?.map(({ memberId }) => memberId)).toEqual(['m_crowd3']);
  });

  it('twice is taken back once', async () => {
    const [kept, gone] = [did('m_twice'), did('m_twice')];
    await instance.contribute([kept, gone]);
    expect(await statuses([takenBack(gone), takenBack(gone)])).toEqual(['accepted', 'duplicate']);
    expect(await statuses([takenBack(gone), gone])).toEqual(['duplicate', 'duplicate']);
    const { S, kinds } = await instance.member('m_twice');
    expect(kinds).toEqual({ feat: { count: 1, weight: S } });
  });

  it('can be so by the member of it only, whoever is told first', async () => {
    const mine = did('m_mine');
    const theirs = takenBack({ ...mine, memberId: 'm_other' });
    await instance.contribute([mine]);
    const { S } = await instance.member('m_mine');
    expect(await statuses([theirs])).toEqual(['belongs_to_another']);
    expect((await instance.member('m_mine')).S).toBe(S);

    const later = did('m_mine');
    expect(await statuses([takenBack({ ...later, memberId: 'm_other' })])).toEqual(['accepted']);
    expect(await statuses([later])).toEqual(['accepted']);
    expect(await instance.member('m_mine')).toMatchObject({ kinds: { feat: { count: 2 } } });
    expect((await instance.member('m_other')).S).toBe('0');
  });

  it('is so although another’s reversal of the same name came between', async () => {
    const late = did('m_between');
    expect(await statuses([takenBack(late)])).toEqual(['accepted']);
    expect(await statuses([takenBack({ ...late, memberId: 'm_stranger' })])).toEqual(['accepted']);
    expect(await statuses([late])).toEqual(['accepted']);
    expect((await instance.member('m_between')).S).toBe('0');
  });

  it('in the future is not', async () => {
    const mine = did('m_future');
    await instance.contribute([mine]);
    expect(await statuses([{ ...takenBack(mine), occurredAt: iso(noon + dayMs) }])).toEqual(['in_the_future']);
    expect((await instance.member('m_future')).kinds.feat?.count).toBe(1);
  });

  it('can bring a tier down, which is told once', async () => {
    const rows = Array.from({ length: 3 }, () => did('m_tier', { occurredAt: iso(noon) }));
    await instance.contribute(rows);
    expect((await instance.standing('m_tier')).tier).toBe('loyal');
    const [first] = rows as [Row];
    await instance.contribute([takenBack(first), takenBack(first)]);
    expect((await instance.standing('m_tier')).tier).toBe('fan');
    await instance.flush();
    expect(await world.told('m_tier')).toEqual(['fan loyal score', 'loyal fan score']);
    expect((await instance.member('m_tier')).fallsAt).toBeUndefined();
  });
});

it('two instances told the same mixed rows and reversals twenty times at once come to the exact sums', async () => {
  const members = ['m_race0', 'm_race1', 'm_race2'];
  const rows = members.flatMap((memberId) => Array.from({ length: 6 }, () => did(memberId)));
  // Of each six: two stay, two are taken back, one has its reversal first, one has only been taken back by another.
  const mixed = rows.flatMap((row, position): Row[] => {
    if (position % 6 < 2) return [row];
    if (position % 6 < 4) return [row, takenBack(row)];
    if (position % 6 === 4) return [takenBack(row), row];
    return [row, takenBack({ ...row, memberId: 'm_nobody' })];
  });
  const instances = [world.open(), world.open()];
  await Promise.all(
    Array.from({ length: 20 }, (_, round) => {
      const turned = [...mixed.slice(round), ...mixed.slice(0, round)];
      return (instances[round % 2] as Instance).contribute(round % 3 === 0 ? turned.toReversed() : turned);
    }),
  );
  const sums = await Promise.all(members.map(async (memberId) => (await instance.member(memberId)).kinds.feat));
  await instance.contribute([did('m_one')]);
  const one = BigInt((await instance.member('m_one')).S);
  expect(sums).toEqual(members.map(() => ({ count: 3, weight: String(3n * one) })));
  for (const memberId of members) expect((await instance.member(memberId)).S).toBe(String(3n * one));
  expect((await instance.member('m_nobody')).S).toBe('0');
});
