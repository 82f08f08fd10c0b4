import { describe, expect, it } from 'vitest';
import { MemberSet } from './member-set.ts';

const setOf = (members: string[], most = members.length): MemberSet => {
  const set = new MemberSet(most);
  for (const member of members) set.add(member);
  return set;
};

describe('a set of members', () => {
  it('has each member once, in whatever order they came', () => {
    const set = setOf(['m_3', 'm_1', 'm_3', 'm_2', 'm_1', 'm_3']);
    expect(set.size).toBe(3);
    expect(
      ['m_1', 'm_2', 'm_3'].map((member) => set.indexOf(member)).toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual([0, 1, 2]);
    expect(set.indexOf('m_4')).toBeUndefined();
  });

  it('is as an ordinary set of ten thousand', () => {
    const draw = () => `m_${Math.floor(Math.random() * 20_000)}`;
    const members = Array.from({ length: 10_000 }, draw);
    const [set, plain] = [setOf(members), new Set(members)];
    expect(set.size).toBe(plain.size);
    for (const member of Array.from({ length: 10_000 }, draw)) {
      expect(set.indexOf(member) !== undefined, member).toBe(plain.has(member));
    }
    const places = new Set([...plain].map((member) => set.indexOf(member)));
    expect(places).toEqual(new Set(Array.from({ length: plain.size }, (_, index) => index)));
  });

  it('is empty when nobody was added, and takes nobody after it was looked at, or past its room', () => {
    const none = setOf([], 5);
    expect([none.size, none.indexOf('m_1')]).toEqual([0, undefined]);
    expect(() => none.add('m_1')).toThrow('looked at');
    const full = setOf(['m_1'], 1);
    expect(() => full.add('m_2')).toThrow('no more');
  });
});
