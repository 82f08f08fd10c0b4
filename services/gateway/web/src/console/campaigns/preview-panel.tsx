import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { isRegional, PreviewByRule } from './preview-by-rule.tsx';
import { PreviewByTier } from './preview-by-tier.tsx';
import { type PreviewBody, previewQuery } from './preview-query.ts';
import { PreviewSum } from './preview-sum.tsx';

interface PreviewPanelProps {
  subject: string;
  /** Undefined as long as it cannot be said. */
  body: PreviewBody | undefined;
  quota: number | undefined;
}

const isMistake = (error: unknown): boolean => error instanceof FcodeProblem && error.status === 422;

/** Who would get what, as it would be at this moment. */
export const PreviewPanel = ({ subject, body, quota }: PreviewPanelProps) => {
  const { t } = useTranslation();
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
  const warnings = () => {
    if (preview.members === 0) return [t('console.campaigns.preview.noMembers')];
    // A rule that looks at the region may give somebody something, and it cannot be said whom.
    const empty = preview.rules.flatMap(({ rule, codes }, position) =>
      codes === 0 && !isRegional(rule) ? [position] : [],
    );
    if (preview.codes === 0 && empty.length === preview.rules.length) {
      return [t('console.campaigns.preview.nobodyAtAll')];
    }
    return rules === undefined
      ? []
      : empty.map((position) => t('console.campaigns.preview.ruleEmpty', { place: String(position + 1) }));
  };
  return (
    <Stack gap="md" data-testid="preview" aria-busy={isPlaceholderData} opacity={isPlaceholderData ? 0.6 : 1}>
      <PreviewSum preview={preview} quota={quota} />
      {warnings().map((text) => (
        <Alert key={text} color="orange" variant="light" data-testid="warning">
          {text}
        </Alert>
      ))}
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
