import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export const CopyText = ({ text }: { text: string }) => {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" onClick={copy} aria-live="polite">
          {copied ? t('code.copied') : t('code.copy')}
        </Button>
      )}
    </CopyButton>
  );
};
