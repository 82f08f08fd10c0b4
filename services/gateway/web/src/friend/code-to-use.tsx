import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ShownCode } from '../shown-code.tsx';

/** The code, where there is one, and the way to the shop. */
export const CodeToUse = ({ code, inviteId }: { code: string | undefined; inviteId: string | undefined }) => {
  const { t } = useTranslation();
  const shop = {
    pathname: '/shop',
    search: inviteId === undefined ? '' : new URLSearchParams({ invite: inviteId }).toString(),
    hash: code ?? '',
  };
  return (
    <Stack gap="md">
      {code !== undefined && (
        <Stack gap={2}>
          <Text size="sm" c="dimmed">
            {t('friend.yourCode')}
          </Text>
          <ShownCode code={code} large />
        </Stack>
      )}
      <Group>
        <Button component={Link} to={shop} size="lg" variant={code === undefined ? 'default' : 'filled'}>
          {code === undefined ? t('friend.toShop') : t('friend.use')}
        </Button>
      </Group>
    </Stack>
  );
};
