import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

interface EditedMeanwhileProps {
  campaignId: string;
  onReopen: () => Promise<void>;
}

/** Somebody else has saved the draft since it was opened here: nothing of theirs is lost, and nothing of this one's either, yet. */
export const EditedMeanwhile = ({ campaignId, onReopen }: EditedMeanwhileProps) => {
  const { t } = useTranslation();
  const reopen = useMutation({ mutationFn: onReopen });
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      title={t('console.campaigns.form.meanwhile')}
      data-testid="meanwhile"
    >
      <Stack gap="sm">
        <Text size="sm">{t('console.campaigns.form.meanwhileText')}</Text>
        <Group gap="md">
          <Button size="xs" variant="default" loading={reopen.isPending} onClick={() => reopen.mutate()}>
            {t('console.campaigns.form.reopen')}
          </Button>
          {/* Beside this page, where what was written stays. */}
          <Anchor href={`/ops/campaigns/${campaignId}`} target="_blank" size="sm">
            {t('console.campaigns.form.theirs')}
          </Anchor>
        </Group>
      </Stack>
    </Alert>
  );
};
