import { NumberInput, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { most } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/** One code that everybody types: its name, how often it works, and how often for one buyer. */
export const NamedFields = ({ draft, onChange, errorOf }: FieldsProps) => {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <TextInput
        label={t('console.grants.name')}
        description={t('console.grants.nameHint')}
        placeholder="SPRING-2026"
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={errorOf('name')}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maw={420}
      />
      <NumberInput
        label={t('console.grants.uses')}
        description={t('console.grants.usesHint')}
        value={draft.uses}
        onChange={(uses) => onChange({ uses })}
        allowDecimal={false}
        allowNegative={false}
        max={most.uses}
        thousandSeparator=","
        error={errorOf('uses')}
        maw={420}
      />
      <NumberInput
        label={t('console.grants.perBuyer')}
        description={t('console.grants.perBuyerHint')}
        value={draft.perBuyer}
        onChange={(perBuyer) => onChange({ perBuyer })}
        allowDecimal={false}
        allowNegative={false}
        max={most.perBuyer}
        error={errorOf('perBuyer')}
        maw={420}
      />
    </Stack>
  );
};
