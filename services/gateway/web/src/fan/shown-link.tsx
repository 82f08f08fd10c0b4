import { Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { QRCodeSVG } from 'qrcode.react';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';

interface ShownLinkProps {
  url: string;
  label: string;
  /** What is sent along where the link is shared by the device. */
  text: string;
  /** What the link does, and for how long. */
  about: string;
  inputRef?: Ref<HTMLInputElement>;
}

/** A link to be copied, shared or scanned. */
export const ShownLink = ({ url, label, text, about, inputRef }: ShownLinkProps) => {
  const { t } = useTranslation();
  // Whoever closes the sheet has changed their mind; that is no error.
  const share = () => navigator.share({ url, text }).catch(() => {});
  return (
    <Stack gap="sm" data-testid="new-link">
      <TextInput
        ref={inputRef}
        label={label}
        value={url}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      />
      <Group gap="sm">
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button onClick={copy} aria-live="polite">
              {copied ? t('give.copied') : t('give.copy')}
            </Button>
          )}
        </CopyButton>
        {'share' in navigator && (
          <Button variant="default" onClick={() => void share()}>
            {t('give.share')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {about}
      </Text>
      <Stack gap={4} align="center">
        <QRCodeSVG value={url} size={200} marginSize={2} title={t('give.qrTitle')} role="img" />
        <Text size="sm" c="dimmed">
          {t('give.qrHint')}
        </Text>
      </Stack>
    </Stack>
  );
};
