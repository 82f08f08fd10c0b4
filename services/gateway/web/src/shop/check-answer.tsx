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
    const reason = refusal === 'code_not_usable' ? check.reasons.find(({ code }) => code !== refusal) : undefined;
    // Only to whom the code belongs is it told why.
    switch (reason?.code) {
      case 'redeemed':
        return t('shop.codeUsed');
      case 'held':
        return t('shop.codeHeld', { time: format.time(String(reason.until)) });
      case 'offered':
        return t('shop.codeOffered', { date: format.moment(String(reason.until)) });
      case 'passed_on':
        return t('shop.codePassedOn', { date: format.moment(String(reason.until)) });
      default:
        return ofWord(refusal, check.title);
    }
  };
  return (
    <Alert color={check.outcome === 'accepted' ? 'teal' : 'orange'} variant="light" py="xs">
      <Text size="sm">{check.refusal === undefined ? t('shop.codeGood') : whyNot(check.refusal)}</Text>
    </Alert>
  );
};
