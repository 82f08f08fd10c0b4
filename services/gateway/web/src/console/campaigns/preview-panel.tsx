import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { idleOf } from './idle-rule.ts';
import { isRegional, PreviewByRule } from './preview-by-rule.tsx';
import { PreviewByTier } from './preview-by-tier.tsx';
import { type PreviewBody, previewQuery } from './preview-query.ts';
import { PreviewSum } from './preview-sum.tsx';
import { usePrice } from './use-price.ts';

interface PreviewPanelProps {
  subject: string;
  /** Undefined as long as it cannot be said. */
  body: PreviewBody | undefined;
  quota: number | undefined;
  /** It cannot be changed any more, so that nobody is told how. */
  isFixed?: boolean;
}

const isMistake = (error: unknown): boolean => error instanceof FcodeProblem && error.status === 422;

/** Who would get what, as it would be at this moment. */
export const PreviewPanel = ({ subject, body, quota, isFixed = false }: PreviewPanelProps) => {
  const { t } = useTranslation();
  const price = usePrice(subject);
  const { data: preview, error, refetch, isPlaceholderData } = useQuery(previewQuery(subject, body));
  if (body === undefined || isMistake(error)) {
    return (
      <Text size="sm" c="dimmed" data-testid="no-preview">
        {t(body === undefined ? 'console.campaigns.preview.wait' : 'console.campaigns.preview.mend')}
      </Text>
    );
  }
  if (!preview) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={220} />;
  const rules = Array.isArray(body.allotment) ? body.allotment : undefined;
  const told = (position: number): { text: string; isWarning: boolean } => {
    const idle = rules === undefined ? { kind: 'unknown' as const } : idleOf(rules, position);
    const place = String(position + 1);
    if (idle.kind === 'unknown') {
      const text = t(isFixed ? 'console.campaigns.preview.ruleEmptyNow' : 'console.campaigns.preview.ruleEmpty', {
        place,
      });
      return { text, isWarning: !isFixed };
    }
    const which = { place, before: String(idle.rule + 1) };
    if (idle.kind === 'after') return { text: t('console.campaigns.preview.ruleAfter', which), isWarning: false };
    const text = t(isFixed ? 'console.campaigns.preview.ruleNeverNow' : 'console.campaigns.preview.ruleNever', which);
    return { text, isWarning: !isFixed };
  };
  const remarks = () => {
    if (preview.members === 0) return [{ text: t('console.campaigns.preview.noMembers'), isWarning: true }];
    // A rule that looks at the region may give somebody something, and it cannot be said whom.
    const empty = preview.rules.flatMap(({ rule, codes }, position) =>
      codes === 0 && !isRegional(rule) ? [position] : [],
    );
    if (preview.codes === 0 && empty.length === preview.rules.length) {
      const text = t(isFixed ? 'console.campaigns.preview.nobodyNow' : 'console.campaigns.preview.nobodyAtAll');
      return [{ text, isWarning: !isFixed }];
    }
    return rules === undefined ? [] : empty.map(told);
  };
  return (
    <Stack gap="md" data-testid="preview" aria-busy={isPlaceholderData} opacity={isPlaceholderData ? 0.6 : 1}>
      <PreviewSum preview={preview} quota={quota} isFixed={isFixed} />
      {price !== undefined && (
        <Text size="sm" data-testid="for-points">
          {t('console.campaigns.preview.points', price)}
        </Text>
      )}
      {remarks().map(({ text, isWarning }) =>
        isWarning ? (
          <Alert key={text} color="orange" variant="light" data-testid="warning">
            {text}
          </Alert>
        ) : (
          <Text key={text} size="sm" data-testid="remark">
            {text}
          </Text>
        ),
      )}
      {preview.members > 0 && <PreviewByTier preview={preview} />}
      {rules !== undefined && preview.rules.length === rules.length && (
        <PreviewByRule preview={preview} rules={rules} />
      )}
      <Text size="xs" c="dimmed">
        {!preview.isWhole && `${t('console.campaigns.preview.sample')} `}
        {t('console.campaigns.preview.newcomers')}
      </Text>
    </Stack>
  );
};
