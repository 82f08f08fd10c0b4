import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';
import { newcomer, type Standing } from '@fcode/policy';

/** A member's standing in the community. Times in epoch milliseconds. */
export type Member = Standing;

export const memberRef = (memberId: string): Ref<Member> => ({
  pk: `member/${memberId}`,
  sk: 'standing',
  initial: newcomer,
  evolve: (member, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'score.changed') return member;
    const { S, t0, halfLifeDays, pins } = data;
    return { S, t0: Date.parse(t0), halfLifeDays, pins };
  },
});
