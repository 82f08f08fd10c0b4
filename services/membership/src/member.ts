import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';
import { newcomer, type Standing } from '@fcode/policy';

/** What a member did of one kind: how often, and what it weighs in S. */
export interface Done {
  count: number;
  weight: string;
}

/** A member's standing in the community, and what made it. Times in epoch milliseconds. */
export interface Member extends Standing {
  kinds: Record<string, Done>;
}

export const stranger: Member = { ...newcomer, kinds: {} };

export const memberRef = (memberId: string): Ref<Member> => ({
  pk: `member/${memberId}`,
  sk: 'standing',
  initial: stranger,
  evolve: (member, fact) => {
    const { type, data } = fact as AnyFact;
    if (type === 'score.changed') {
      const { S, t0, halfLifeDays, pins } = data;
      return { ...member, S, t0: Date.parse(t0), halfLifeDays, pins };
    }
    if (type !== 'contribution.recorded') return member;
    const before = member.kinds[data.kind] ?? { count: 0, weight: '0' };
    const done = { count: before.count + 1, weight: String(BigInt(before.weight) + BigInt(data.weight)) };
    return { ...member, kinds: { ...member.kinds, [data.kind]: done } };
  },
});
