import { useSessionStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Persona } from '../demo.ts';
import { languageOf } from '../language/language.ts';
import { demoQuery } from '../queries.ts';
import { isSignedIn, signOut } from '../session.ts';

/** Who runs the console in this tab: one of the demo's, or whoever brought a token. */
export const useOps = () => {
  const language = languageOf(useTranslation().i18n.resolvedLanguage);
  const [subject, choose] = useSessionStorage<string>({
    key: 'fcode.ops',
    defaultValue: '',
    getInitialValueInEffect: false,
    serialize: (chosen) => chosen,
    deserialize: (kept) => kept ?? '',
  });
  const { data: demo, isLoading } = useQuery(demoQuery);
  const people: Persona[] = demo?.ops ?? [];
  const isKnown = people.some((one) => one.subject === subject) || (subject !== '' && isSignedIn(subject));
  return {
    isLoading,
    people,
    subject: isKnown ? subject : undefined,
    nameOf: (operator: string): string => people.find((one) => one.subject === operator)?.name[language] ?? operator,
    choose,
    leave: () => {
      signOut(subject);
      choose('');
    },
  };
};
