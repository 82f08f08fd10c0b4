import { isWhole } from '../../code-text.ts';
import type { GrantRequest } from '../api.ts';
import { reasonAtMost } from '../common/confirm-dialog.tsx';

export const kinds = ['file', 'segment', 'bearer', 'named'] as const;
export type Kind = (typeof kinds)[number];

/** A grant as it is being written; numbers as they are typed. */
export interface Draft {
  kind: Kind;
  file: File | null;
  segment: string;
  codes: string | number;
  places: string | number;
  bearer: string | number;
  canaries: string | number;
  name: string;
  uses: string | number;
  perBuyer: string | number;
  reason: string;
  reference: string;
}
export type Field = Exclude<keyof Draft, 'kind'>;

export const emptyDraft: Draft = {
  kind: 'file',
  file: null,
  segment: 'tier in ["angel", "core"]',
  codes: 1,
  places: '',
  bearer: '',
  canaries: 0,
  name: '',
  uses: '',
  perBuyer: 1,
  reason: '',
  reference: '',
};

/** What the system takes, as its API document says. */
export const most = {
  codes: 100,
  places: 10_000_000,
  bearer: 10_000_000,
  canaries: 1000,
  uses: 100_000,
  perBuyer: 20,
  reference: 128,
  reason: reasonAtMost,
} as const;

const isWithin = (value: string | number, from: number, to: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;

/** As the system reads a name: letters and digits of any script, whatever is between them. */
const isName = (name: string): boolean =>
  /^[\p{Letter}\p{Number}]{3,32}$/u.test(name.replace(/[\s\p{Dash_Punctuation}_]/gu, '')) && !isWhole(name);

/** What is wrong with a field, as a word that the pages have a sentence for. */
export type Fault =
  | 'file'
  | 'fileEmpty'
  | 'segment'
  | 'codes'
  | 'places'
  | 'bearer'
  | 'canaries'
  | 'canariesMany'
  | 'name'
  | 'uses'
  | 'perBuyer'
  | 'reason'
  | 'reference';

const faultsOfKind = (draft: Draft): Partial<Record<Field, Fault>> => {
  switch (draft.kind) {
    case 'file':
      if (draft.file === null) return { file: 'file' };
      return draft.file.size === 0 ? { file: 'fileEmpty' } : {};
    case 'segment':
      return {
        ...(draft.segment.trim() === '' && { segment: 'segment' }),
        ...(!isWithin(draft.codes, 1, most.codes) && { codes: 'codes' }),
        ...(draft.places !== '' && !isWithin(draft.places, 1, most.places) && { places: 'places' }),
      };
    case 'bearer':
      return {
        ...(!isWithin(draft.bearer, 1, most.bearer) && { bearer: 'bearer' }),
        ...(!isWithin(draft.canaries, 0, most.canaries) && { canaries: 'canaries' }),
        ...(Number(draft.canaries) > Number(draft.bearer) && { canaries: 'canariesMany' }),
      };
    case 'named':
      return {
        ...(!isName(draft.name) && { name: 'name' }),
        ...(!isWithin(draft.uses, 1, most.uses) && { uses: 'uses' }),
        ...(!isWithin(draft.perBuyer, 0, most.perBuyer) && { perBuyer: 'perBuyer' }),
      };
  }
};

/** What must be mended before it can be asked for. */
export const faultsOf = (draft: Draft): Partial<Record<Field, Fault>> => ({
  ...faultsOfKind(draft),
  ...(draft.reason.trim() === '' && { reason: 'reason' }),
  ...(draft.reference.trim() === '' && { reference: 'reference' }),
});

/** The wish of a draft without faults that has no file. */
export const wishOf = (draft: Draft): GrantRequest['to'] => {
  if (draft.kind === 'segment') {
    const { segment, codes, places } = draft;
    return { segment: segment.trim(), codes: Number(codes), ...(places !== '' && { places: Number(places) }) };
  }
  if (draft.kind === 'named') {
    return { name: draft.name.trim(), uses: Number(draft.uses), perBuyer: Number(draft.perBuyer) };
  }
  return { bearer: Number(draft.bearer), canaries: Number(draft.canaries) };
};
