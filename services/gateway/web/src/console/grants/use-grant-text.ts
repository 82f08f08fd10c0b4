import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { GrantJob } from '../api.ts';

/** Whether it is this operator who could approve it now. */
export const waitsFor = (subject: string, { status, by, approvals, needed }: GrantJob): boolean =>
  status === 'waiting' && needed > 0 && by !== subject && !approvals.some((one) => one.by === subject);

/** What is granted, how much of it, and for whom, in a few words. */
export const useGrantText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const codesOf = (count: number) => t('console.grants.codes', { count, number: format.number(count) });
  const membersOf = (count: number) => t('console.grants.members', { count, number: format.number(count) });
  const what = ({ to, codes, named, file }: GrantJob): string => {
    if (to === 'named') {
      const number = format.number(codes);
      return t('console.grants.whatNamed', { count: codes, name: named?.name ?? '', number });
    }
    if (to === 'bearer') return t('console.grants.whatBearer', { codes: codesOf(codes) });
    return t('console.grants.whatMembers', { codes: codesOf(codes), members: membersOf(file?.members ?? 0) });
  };
  /** How many of its members were never heard of; nothing where all of them were. */
  const unknownOf = ({
    members,
    tiers: { unknown = 0, sampled },
  }: NonNullable<GrantJob['file']>): string | undefined => {
    if (unknown === 0) return undefined;
    if (sampled >= members) return t('console.grants.unknownSome', { count: unknown, number: format.number(unknown) });
    return t('console.grants.unknownAbout', {
      number: format.number(Math.max(1, Math.round((unknown / sampled) * members))),
      sampled: format.number(sampled),
    });
  };
  return { what, codesOf, membersOf, unknownOf };
};
