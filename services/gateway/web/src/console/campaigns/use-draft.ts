import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allotmentMistakes, allotmentOf, type Draft, type MistakeWord, mistakesIn } from './draft.ts';
import type { Form } from './form.ts';
import { type PreviewBody, previewQuery } from './preview-query.ts';
import { useFieldErrors } from './use-field-errors.ts';

/** Between the last key that somebody pressed and the question of who gets what, in ms. */
const pause = 400;

/** What is said at once: who has not come to a field yet need not be told that it is empty. */
const atOnce: MistakeWord[] = [
  'productTwice',
  'endsFirst',
  'isOver',
  'quotaTooLarge',
  'placesTooMany',
  'offerTooShort',
  'offerTooLong',
  'nobody',
];

const bodyOf = (draft: Draft): PreviewBody | undefined =>
  Object.keys(allotmentMistakes(draft)).length > 0
    ? undefined
    : { allotment: allotmentOf(draft), ...(draft.regions.length > 0 && { regions: draft.regions }) };

/** A definition while it is being written: its fields, what is wrong with them, and what is asked of the preview. */
export const useDraft = (subject: string, first: () => Draft) => {
  const { t } = useTranslation();
  const fieldErrors = useFieldErrors();
  const [draft, setDraft] = useState(first);
  const [wasSent, setSent] = useState(false);
  /** What the API said of which draft. */
  const [refused, refuse] = useState<{ draft: Draft; error: unknown }>();
  const [settled] = useDebouncedValue(draft, pause);
  const body = useMemo(() => bodyOf(settled), [settled]);
  const { error: previewError } = useQuery(previewQuery(subject, body));

  const mistakes = mistakesIn(draft, Date.now());
  const said = new Map([
    ...fieldErrors(body === undefined ? undefined : previewError, draft),
    ...fieldErrors(refused?.draft === draft ? refused.error : undefined, draft),
  ]);
  const errorOf = (field: string): string | undefined => {
    const mistake = mistakes[field];
    if (mistake !== undefined && (wasSent || atOnce.includes(mistake)))
      return t(`console.campaigns.mistake.${mistake}`);
    return said.get(field);
  };
  const form: Form = {
    draft,
    change: (changed) => setDraft((before) => ({ ...before, ...changed })),
    errorOf,
  };
  const isRefused = refused?.draft === draft;
  return {
    form,
    body,
    refuse,
    /** What the API said of this very draft, and not of one of its fields. */
    problem: isRefused && fieldErrors(refused.error, draft).size === 0 ? refused.error : undefined,
    /** Fields that keep it from being saved. */
    wrong: [...new Set([...Object.keys(mistakes), ...said.keys()])],
    isTried: wasSent,
    tried: () => setSent(true),
  };
};
