import type { MemberCode, Transfer } from '../api.ts';

interface CodeNumber {
  batch: number;
  index: number;
}

export const isSame = (one: CodeNumber, other: CodeNumber | undefined): boolean =>
  one.batch === other?.batch && one.index === other.index;

/** How the member is passing a code on now: it waits for a friend, is with one, or was used by one. */
export const passOf = (transfers: Transfer[] | undefined, code: CodeNumber): Transfer | undefined => {
  const newest = transfers?.find((transfer) => transfer.direction === 'given' && isSame(transfer, code));
  return newest && ['offered', 'accepted', 'used'].includes(newest.status) ? newest : undefined;
};

/**
 * What became of a code: as checkout tells it, and while it lies untouched there, as its pass does, or what keeps it from
 * being used: a campaign that is paused, or over.
 */
export const stateOf = (
  { status, stopped }: MemberCode,
  pass: Transfer | undefined,
): MemberCode['status'] | 'offered' | 'accepted' | 'paused' | 'over' => {
  if (status !== 'unused') return status;
  if (!pass) return stopped === undefined ? 'unused' : stopped === 'campaign_paused' ? 'paused' : 'over';
  return pass.status === 'offered' || pass.status === 'accepted' ? pass.status : 'redeemed';
};
