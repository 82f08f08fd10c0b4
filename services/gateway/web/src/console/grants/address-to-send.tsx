import { Button, CopyButton, Group, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** The address of this page, to be sent to a colleague. */
export const AddressToSend = ({ label, about }: { label: string; about: string }) => {
  const { t } = useTranslation();
  const url = `${location.origin}${location.pathname}`;
  return (
    <div>
      <Group gap="xs" align="flex-end">
        <TextInput
          label={label}
          value={url}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          style={{ flex: '1 1 240px', maxWidth: 520 }}
        />
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} aria-live="polite">
              {copied ? t('give.copied') : t('give.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text size="sm" mt={4}>
        {about}
      </Text>
    </div>
  );
};
