import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from './api.ts';
import { useProblemText } from './language/use-problem-text.ts';

/** What went wrong, what to do next, and where it can be done right here, the button for it. */
export const ProblemAlert = ({ error, onRetry }: { error: unknown; onRetry?: () => unknown }) => {
  const { t } = useTranslation();
  const { ofError } = useProblemText();
  const requestId = error instanceof FcodeProblem && error.status >= 500 ? error.instance : undefined;
  return (
    <Alert color="red" variant="light" role="alert" data-testid="problem">
      <Text size="sm">{ofError(error)}</Text>
      {requestId !== undefined && (
        <Text size="xs" mt={4}>
          {t('state.requestId', { id: requestId })}
        </Text>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={() => void onRetry()}>
            {t('state.retry')}
          </Button>
        </Group>
      )}
    </Alert>
  );
};
