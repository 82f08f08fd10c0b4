import { Box, Button, CopyButton, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { grouped } from './code-text.ts';

interface ShownCodeProps {
  code: string;
  large?: boolean;
  /** What cannot be used now is no use to copy. */
  isUsable?: boolean;
}

/** A code to be read, and to be copied. */
export const ShownCode = ({ code, large = false, isUsable = true }: ShownCodeProps) => {
  const { t } = useTranslation();
  return (
    <Group gap="xs" wrap="wrap">
      <Box
        component="code"
        data-testid="code"
        ff="monospace"
        fw={600}
        {...(!isUsable && { c: 'dimmed' })}
        fz={large ? { base: 20, sm: 26 } : 16}
        style={{ letterSpacing: '0.03em', whiteSpace: 'nowrap' }}
      >
        {grouped(code)}
      </Box>
      {isUsable && (
        <CopyButton value={grouped(code)}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={copy}
              aria-live="polite"
              {...(!copied && { 'aria-label': t('code.copyThis', { code: grouped(code) }) })}
            >
              {copied ? t('code.copied') : t('code.copy')}
            </Button>
          )}
        </CopyButton>
      )}
    </Group>
  );
};
