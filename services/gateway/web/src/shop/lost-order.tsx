import { Alert, Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export const LostOrder = ({ onNew }: { onNew: () => void }) => {
  const { t } = useTranslation();
  return (
    <Stack gap="md" data-testid="lost">
      <Alert color="red" variant="light" title={t('shop.lostTitle')} role="alert">
        {t('shop.lostText')}
      </Alert>
      <Group>
        <Button onClick={onNew}>{t('shop.newOrder')}</Button>
      </Group>
    </Stack>
  );
};
