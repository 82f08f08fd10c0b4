import type { Ref } from '@fcode/dynamo';
import type { AnyFact, ContributionRecorded, ContributionReversed } from '@fcode/events';

/**
 * One contribution as it was counted, and whether it was taken back: each may be told first, and the end is the same.
 * Empty when neither was told yet.
 */
export interface Entry {
  recorded?: ContributionRecorded['data'];
  /** One a member: while the contribution is not known, somebody else's reversal may be told as well, and is none of it. */
  reversed?: readonly ContributionReversed['data'][];
}

export const reversalOf = ({ reversed }: Entry, memberId: string): ContributionReversed['data'] | undefined =>
  reversed?.find((reversal) => reversal.memberId === memberId);

export const evolveEntry = (entry: Entry, { type, data }: AnyFact): Entry => {
  if (type === 'contribution.recorded') {
    // Whose it is, is known now: what others took back was none of it.
    const own = reversalOf(entry, data.memberId);
    return own ? { recorded: data, reversed: [own] } : { recorded: data };
  }
  if (type !== 'contribution.reversed') return entry;
  const others = entry.reversed?.filter(({ memberId }) => memberId !== data.memberId) ?? [];
  return { ...entry, reversed: [...others, data] };
};

/** By source and the source's own reference: the same thing told again lands on the same entry. */
export const entryRef = ({ source, ref }: { source: string; ref: string }): Ref<Entry> => ({
  pk: `ledger/${source}/${ref}`,
  sk: 'entry',
  initial: {},
  evolve: (entry, fact) => {
    const { data } = fact as { data: { source?: string; ref?: string } };
    return data.source === source && data.ref === ref ? evolveEntry(entry, fact as AnyFact) : entry;
  },
});
