import { FcodeProblem } from '@fcode/client';
import { useTranslation } from 'react-i18next';
import { en } from './en.ts';

type KnownWord = keyof typeof en.problem;
const isKnown = (word: string): word is KnownWord => Object.hasOwn(en.problem, word);

/** Says what went wrong and what to do next. A word that these pages do not know is said in the system's own title. */
export const useProblemText = () => {
  const { t } = useTranslation();
  const ofWord = (word: string, title?: string): string =>
    isKnown(word) ? t(`problem.${word}`) : (title ?? t('state.failed'));
  const ofError = (error: unknown): string =>
    error instanceof FcodeProblem ? ofWord(error.word, error.title) : t('problem.unreachable');
  return { ofWord, ofError };
};
