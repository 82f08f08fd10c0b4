import { useTranslation } from 'react-i18next';
import type { Persona } from '../demo.ts';
import { languageOf } from '../language/language.ts';

export const usePersonaName = () => {
  const language = languageOf(useTranslation().i18n.resolvedLanguage);
  return ({ name }: Persona): string => name[language];
};
