import type { Ref } from '@fcode/dynamo';
import { type BatchCreated, codeSubject } from '@fcode/events';
import type { Fact } from '@fcode/policy';

// What is heard once and never changes. Each becomes known by one fact; hearing it again changes nothing.

/** Something as it was heard; nothing while it was not. */
export interface Known<What> {
  known?: What;
}

/** A fact of this service alone. */
export const heard = <What>(what: What): Fact => ({ type: 'known.heard', data: what });

const kindOf = <What>(): Pick<Ref<Known<What>>, 'initial' | 'evolve'> => ({
  initial: {},
  evolve: (state, fact) => (fact.type === 'known.heard' ? { known: fact.data as What } : state),
});

/** Who has a code: claimed from the allotment, or granted by ops. */
export interface Claim {
  memberId: string;
  campaignId: string;
}
export const codePartition = (code: { batch: number; index: number }): string => codeSubject(code);
export const claimRef = (code: { batch: number; index: number }): Ref<Known<Claim>> => ({
  pk: codePartition(code),
  sk: 'claim',
  ...kindOf<Claim>(),
});

/** Whether the codes of a batch belong to members: then each of them is claimed, before it is used or after. */
export interface Batch {
  isClaimable: boolean;
  /** Indexes from 0 to size − 1 are codes. */
  size: number;
}
export const batchPartition = (batch: number): string => `batch/${batch}`;
export const batchRef = (batch: number): Ref<Known<Batch>> => ({
  pk: batchPartition(batch),
  sk: 'known',
  ...kindOf<Batch>(),
});
export const batchOf = ({ origin, size }: BatchCreated['data']): Batch => ({
  size,
  isClaimable: origin.kind === 'claims' || origin.to === 'members',
});

/** What an invitation tells of its campaign. */
export interface Campaign {
  name?: string;
  terms?: BatchCreated['data']['terms'];
}
/** Two events tell of a campaign, each its part, in any order. */
export const campaignPart = (part: Campaign): Fact => ({ type: 'campaign.heard', data: part });
export const campaignRef = (campaignId: string): Ref<Campaign> => ({
  pk: `campaign/${campaignId}`,
  sk: 'known',
  initial: {},
  evolve: (state, fact) => (fact.type === 'campaign.heard' ? { ...state, ...(fact.data as Campaign) } : state),
});
