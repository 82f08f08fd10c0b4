import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { Ref } from '@fcode/dynamo';
import { codeSubject } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/** Whose a code is, as issuance told it: claimed from the allotment, or granted. Nothing while it was not heard. */
export interface Owned {
  memberId?: string;
  /** When it became the member's. */
  since?: string;
}

/** A fact of this service alone. */
export const ownerHeard = (owner: Required<Owned> & CodeNumber): Fact => ({ type: 'owner.heard', data: owner });

export const ownerRef = (code: CodeNumber): Ref<Owned> => ({
  pk: codeSubject(code),
  sk: 'owner',
  initial: {},
  evolve: (owner, { type, data }) => {
    if (type !== 'owner.heard') return owner;
    const { memberId, since } = data as Required<Owned>;
    return { memberId, since };
  },
});

export const memberPartition = (memberId: string): string => `member/${memberId}`;

/** The same the other way round: which codes a member has. */
export interface MemberCode {
  code?: CodeNumber;
}
export const memberCodesPrefix = 'code/';
export const memberCodeKind: Pick<Ref<MemberCode>, 'initial' | 'evolve'> = {
  initial: {},
  evolve: (state, { type, data }) => {
    if (type !== 'owner.heard') return state;
    const { batch, index } = data as CodeNumber;
    return { code: { batch, index } };
  },
};
export const memberCodeRef = (memberId: string, { batch, index }: CodeNumber): Ref<MemberCode> => ({
  pk: memberPartition(memberId),
  sk: `${memberCodesPrefix}${batch}.${index}`,
  ...memberCodeKind,
});

/** That ops took a member's codes out of use, and when last: what the member had by then, and was heard later, goes too. */
export interface Revoked {
  by?: string;
  reason?: string;
  revokedAt?: string;
}
export const memberRevokedRef = (memberId: string): Ref<Revoked> => ({
  pk: memberPartition(memberId),
  sk: 'revoked',
  initial: {},
  evolve: (state, { type, data }) => {
    if (type !== 'member.revoked') return state;
    const { by, reason, revokedAt } = data as Required<Revoked>;
    return { by, reason, revokedAt };
  },
});
