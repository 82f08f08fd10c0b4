import { NumberInput, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { most } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/** Codes for whoever has them: how many, and how many that give a leak away. */
export const BearerFields = ({ draft, onChange, errorOf }: FieldsProps) => {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <NumberInput
        label={t('console.grants.bearer')}
        description={t('console.grants.bearerHint')}
        value={draft.bearer}
        onChange={(bearer) => onChange({ bearer })}
        allowDecimal={false}
        allowNegative={false}
        max={most.bearer}
        thousandSeparator=","
        error={errorOf('bearer')}
        maw={320}
      />
      <NumberInput
        label={t('console.grants.canaries')}
        value={draft.canaries}
        onChange={(canaries) => onChange({ canaries })}
        allowDecimal={false}
        allowNegative={false}
        max={most.canaries}
        error={errorOf('canaries')}
        maw={320}
      />
      <Text size="sm" c="dimmed" maw={560}>
        {t('console.grants.canariesHint')}
      </Text>
    </Stack>
  );
};
