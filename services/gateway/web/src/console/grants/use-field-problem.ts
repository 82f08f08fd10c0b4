import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { languageOf } from '../../language/language.ts';
import { useProblemText } from '../../language/use-problem-text.ts';
import type { Field } from './draft.ts';

/** Of which field a refusal speaks, by its word. */
const fieldOf: Record<string, Field> = {
  reference_taken: 'reference',
  name_taken: 'name',
  bad_file: 'file',
  too_many_rows: 'file',
};
/** The last part of a pointer into the request, such as `/json/to/name`. */
const fields: Record<string, Field> = {
  reason: 'reason',
  reference: 'reference',
  segment: 'segment',
  when: 'segment',
  codes: 'codes',
  places: 'places',
  bearer: 'bearer',
  canaries: 'canaries',
  name: 'name',
  uses: 'uses',
  perBuyer: 'perBuyer',
};

/** What was refused, as a sentence beside the field that it is about, where it is about one. */
export const useFieldProblem = (error: unknown): { field?: Field; text: string } => {
  const { t, i18n } = useTranslation();
  const isChinese = languageOf(i18n.resolvedLanguage) === 'zh';
  const { ofError } = useProblemText();
  const text = ofError(error);
  if (!(error instanceof FcodeProblem)) return { text };
  const byWord = fieldOf[error.word];
  if (byWord !== undefined) {
    const [, line] = /line (\d+)/.exec(error.detail ?? '') ?? [];
    return { field: byWord, text: line === undefined ? text : t('console.grants.atLine', { text, line }) };
  }
  for (const { pointer, detail, zh = detail } of error.errors) {
    const field = fields[pointer.split('/').at(-1) ?? ''];
    if (field !== undefined) return { field, text: isChinese ? zh : detail };
  }
  return { text };
};
