const longestPart = 40;

/** Letters of any script, digits and . _ -: no disk takes them amiss, and no shell. */
const partOf = (text: string): string =>
  Array.from(text.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._]+/gu, '-'))
    .slice(0, longestPart)
    .join('')
    .replace(/^[-.]+|[-.]+$/g, '');

/** How the file of a grant's codes is called: by its campaign and its reference, so that one finds it again. */
export const exportNameOf = ({ campaign, reference, batch }: { campaign: string; reference: string; batch: number }) =>
  `${['fcodes', partOf(campaign), partOf(reference), batch].filter((part) => part !== '').join('-')}.csv`;
