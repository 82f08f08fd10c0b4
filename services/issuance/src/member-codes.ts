import type { Ref } from '@fcode/dynamo';
import type { AnyFact, CodeClaimed } from '@fcode/events';
import type { Reason } from '@fcode/policy';

/** A code in a member's hands. The text is never stored: it is computed from batch and index. */
export interface MemberCode {
  batch: number;
  index: number;
  keyVersion: number;
  how: 'claimed' | 'granted' | 'bought';
  at: string;
  /** The claim's request and what the decision rested on. */
  request?: string;
  allotted?: number;
  tier?: string;
  reasons?: Reason[];
  termsVersion?: number;
}

export interface MemberCodes {
  campaignId: string;
  codes: MemberCode[];
  /** Of a purchase: why there was no code. */
  refused?: string;
}

/** Beside the event: what is kept with the code but concerns nobody else. */
export const codeKept = (code: MemberCode) => ({ type: 'code.kept', data: code });

const evolve = (state: MemberCodes, fact: { type: string; data: unknown }): MemberCodes => {
  if (fact.type === 'code.kept') return { ...state, codes: [...state.codes, fact.data as MemberCode] };
  const { type, data } = fact as AnyFact;
  if (type === 'purchase.refused') return { ...state, campaignId: data.campaignId, refused: data.reason };
  return type === 'code.claimed' ? { ...state, campaignId: (data as CodeClaimed['data']).campaignId } : state;
};

export const memberPartition = (memberId: string): string => `member/${memberId}`;
export const codesPrefix = 'codes/';
export const memberCodesKind = { initial: { campaignId: '', codes: [] } as MemberCodes, evolve };

/** What a member claimed in a campaign: one item, guarded as a whole, so that the allotment cannot be exceeded. */
export const allotmentRef = (memberId: string, campaignId: string): Ref<MemberCodes> => ({
  pk: memberPartition(memberId),
  sk: `${codesPrefix}claimed/${campaignId}`,
  ...memberCodesKind,
});

/** What ops granted a member in one batch. */
export const grantedRef = (memberId: string, batch: number): Ref<MemberCodes> => ({
  pk: memberPartition(memberId),
  sk: `${codesPrefix}granted/${batch}`,
  ...memberCodesKind,
});

/** What became of points that a member spent: one code, or none and why. One item, so that it never becomes both. */
export const boughtRef = (memberId: string, purchaseId: string): Ref<MemberCodes> => ({
  pk: memberPartition(memberId),
  sk: `${codesPrefix}bought/${purchaseId}`,
  ...memberCodesKind,
});
