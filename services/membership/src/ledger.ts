import type { Ref } from '@fcode/dynamo';
import type { AnyFact, ContributionRecorded } from '@fcode/events';

/** One contribution as it was counted; nothing when it was not told of yet. */
export interface Entry {
  recorded?: ContributionRecorded['data'];
}

/** By source and the source's own reference: the same thing told again lands on the same entry. */
export const entryRef = ({ source, ref }: { source: string; ref: string }): Ref<Entry> => ({
  pk: `ledger/${source}/${ref}`,
  sk: 'entry',
  initial: {},
  evolve: (entry, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'contribution.recorded' || data.source !== source || data.ref !== ref) return entry;
    return { recorded: data };
  },
});
