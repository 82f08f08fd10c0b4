import { Alert, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Preview } from './preview-query.ts';
import { useSumText } from './use-sum-text.ts';

interface PreviewSumProps {
  preview: Preview;
  quota: number | undefined;
  /** It cannot be changed any more. */
  isFixed: boolean;
}

/** How much it is in all, against the quota. */
export const PreviewSum = ({ preview, quota, isFixed }: PreviewSumProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const sumText = useSumText();
  const { codes } = preview;
  const percent = quota === undefined ? 0 : (codes / quota) * 100;
  const isOver = quota !== undefined && codes > quota;
  return (
    <Stack gap="xs">
      <Text fw={600} role="status" data-testid="preview-sum">
        {sumText(preview)}
      </Text>
      {quota !== undefined && (
        <>
          <Progress
            value={Math.min(100, percent)}
            color={isOver ? 'orange.8' : 'indigo.8'}
            size="lg"
            aria-label={t('console.campaigns.preview.quota')}
          />
          {isOver ? (
            <Alert color="orange" variant="light" data-testid="over-quota">
              {t(isFixed ? 'console.campaigns.preview.overNow' : 'console.campaigns.preview.over', {
                over: format.number(codes - quota),
                quota: format.number(quota),
              })}
            </Alert>
          ) : (
            <Text size="sm">
              {t('console.campaigns.preview.ofQuota', { percent: format.percent(Math.ceil(percent)) })}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
};
