import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Check } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { useProblemText } from '../language/use-problem-text.ts';

/** What the system thinks of the code, as a sentence. */
export const CheckAnswer = ({ check }: { check: Check }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { ofWord } = useProblemText();
  const whyNot = (refusal: string): string => {
    const reason = check.reasons.find(({ code }) => code === 'held' || code === 'redeemed');
    if (refusal !== 'code_in_use' || !reason) return ofWord(refusal, check.title);
    return reason.code === 'redeemed'
      ? t('shop.codeUsed')
      : t('shop.codeHeld', { time: format.time(String(reason.until)) });
  };
  return (
    <Alert color={check.outcome === 'accepted' ? 'teal' : 'orange'} variant="light" py="xs">
      <Text size="sm">{check.refusal === undefined ? t('shop.codeGood') : whyNot(check.refusal)}</Text>
    </Alert>
  );
};
