import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ShownCode } from '../shown-code.tsx';
import { ShopLink } from './shop-link.tsx';

interface CodeToUseProps {
  code: string | undefined;
  inviteId?: string | undefined;
  /** Whose the code is alone. */
  memberId?: string;
}

/** The code, where there is one, and the way to the shop. */
export const CodeToUse = ({ code, inviteId, memberId }: CodeToUseProps) => {
  const { t } = useTranslation();
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
        <ShopLink code={code} inviteId={inviteId} {...(memberId !== undefined && { memberId })} />
      </Group>
    </Stack>
  );
};
