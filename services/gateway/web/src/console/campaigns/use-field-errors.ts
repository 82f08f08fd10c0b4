import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { languageOf } from '../../language/language.ts';
import type { Draft } from './draft.ts';

/** Of a part of the definition, the field of the form that makes it. */
const fieldOf = (pointer: string, { rules, products }: Draft): string => {
  const [, part = '', position = '', of = ''] = pointer.split('/');
  if (part === 'allotment') {
    const rule = rules[Number(position)];
    if (position === '' || rule === undefined) return 'codes';
    return `rules.${rule.id}.${of === 'when' ? 'who' : of}`;
  }
  if (part === 'skus') return `products.${products[Number(position)]?.id ?? products[0]?.id}.sku`;
  if (part === 'quantities') return 'quota';
  if (part === 'effect') return 'amount';
  return part;
};

/** Of a refusal, what to say at which field: the API's own sentence in the reader's language, where it has one. */
export const useFieldErrors = () => {
  const { t, i18n } = useTranslation();
  const isChinese = languageOf(i18n.resolvedLanguage) === 'zh';
  return (error: unknown, draft: Draft): Map<string, string> => {
    if (!(error instanceof FcodeProblem)) return new Map();
    return new Map(
      error.errors
        .filter((wrong) => wrong.in === 'json')
        .map(({ pointer, detail, zh }) => [
          fieldOf(pointer, draft),
          isChinese ? (zh ?? t('console.campaigns.form.notAccepted')) : detail,
        ]),
    );
  };
};
