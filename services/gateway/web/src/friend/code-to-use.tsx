import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ShownCode } from '../shown-code.tsx';
import { ShopLink, type ShopLinkProps } from './shop-link.tsx';

/** The code, where there is one, and the way to the shop. */
export const CodeToUse = (props: Omit<ShopLinkProps, 'size'>) => {
  const { code } = props;
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
        <ShopLink {...props} />
      </Group>
    </Stack>
  );
};
