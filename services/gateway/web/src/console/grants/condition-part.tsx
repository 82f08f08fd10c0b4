import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Form, formNames, forms, tiers } from './condition.ts';

/** One thing that must hold of a member, chosen rather than written. */
export const ConditionPart = ({ onAdd }: { onAdd: (part: string) => void }) => {
  const { t } = useTranslation();
  const [form, setForm] = useState<Form>('tier');
  const [tier, setTier] = useState<string>('core');
  const [value, setValue] = useState('');
  const written = form === 'tier' ? tier : value.trim();
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect
        label={t('console.grants.who')}
        value={form}
        onChange={({ currentTarget }) => {
          setForm(formNames.find((one) => one === currentTarget.value) ?? 'tier');
          setValue('');
        }}
        data={formNames.map((one) => ({ value: one, label: t(`console.grants.whoIs.${one}`) }))}
      />
      {form === 'tier' ? (
        <NativeSelect
          label={t('console.grants.whoValue.tier')}
          value={tier}
          onChange={(event) => setTier(event.currentTarget.value)}
          data={tiers.map((one) => ({ value: one, label: t(`tier.${one}`) }))}
        />
      ) : (
        <TextInput
          label={t(`console.grants.whoValue.${form}`)}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          {...(form === 'score' && { inputMode: 'decimal' as const })}
          spellCheck={false}
          autoComplete="off"
          w={140}
        />
      )}
      <Button
        variant="default"
        disabled={written === ''}
        onClick={() => {
          onAdd(forms[form](written));
          setValue('');
        }}
      >
        {t('console.grants.whoAdd')}
      </Button>
    </Group>
  );
};
