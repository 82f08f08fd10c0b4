import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { segmentQuery } from './queries.ts';
import { useFieldProblem } from './use-field-problem.ts';
import { useGrantText } from './use-grant-text.ts';

interface SegmentPreviewProps {
  subject: string;
  segment: string;
  codes: string | number;
  places: string | number;
}

/** After so long without a key, in ms, it is asked. */
const pauseMs = 400;

/** How many members a condition is of now; or what is wrong with it. */
export const SegmentPreview = ({ subject, segment, codes, places }: SegmentPreviewProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { codesOf } = useGrantText();
  const [asked] = useDebouncedValue(segment.trim(), pauseMs);
  const each = typeof codes === 'number' && codes >= 1 && codes <= 100 ? codes : 1;
  const { data: preview, error } = useQuery(segmentQuery(subject, asked));
  const problem = useFieldProblem(error);
  const shown = () => {
    if (asked === '') return null;
    if (error) return problem.text;
    if (!preview) return t('console.grants.segmentCounting');
    const { rules, isWhole } = preview;
    const found = rules[0]?.members ?? 0;
    if (found === 0) return t('console.grants.segmentNobody');
    const most = typeof places === 'number' && places > 0 ? places : Number.POSITIVE_INFINITY;
    const values = { number: format.number(found), codes: codesOf(Math.min(found * each, most)) };
    return isWhole
      ? t('console.grants.segmentNow', { count: found, ...values })
      : t('console.grants.segmentAbout', values);
  };
  return (
    <Text size="sm" role="status" mih={22} {...(error && { c: 'red.9' })} data-testid="segment-preview">
      {shown()}
    </Text>
  );
};
