import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface RowsPagerProps {
  /** Which rows are shown, of how many. */
  text: string;
  hasBefore: boolean;
  hasAfter: boolean;
  isLoading?: boolean;
  onBefore: () => void;
  onAfter: () => void;
}

/** Where one is among the rows, and the way on. */
export const RowsPager = ({ text, hasBefore, hasAfter, isLoading = false, onBefore, onAfter }: RowsPagerProps) => {
  const { t } = useTranslation();
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" role="status">
        {text}
      </Text>
      {(hasBefore || hasAfter) && (
        <Group gap="xs">
          <Button size="xs" variant="default" disabled={!hasBefore} onClick={onBefore}>
            {t('console.grants.rowsBefore')}
          </Button>
          <Button size="xs" variant="default" disabled={!hasAfter} loading={isLoading} onClick={onAfter}>
            {t('console.grants.rowsAfter')}
          </Button>
        </Group>
      )}
    </Group>
  );
};
