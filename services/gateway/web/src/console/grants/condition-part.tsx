import { Button, Group, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { conditionOf, isFilled, newWho, type Who } from '../who/who.ts';
import { WhoFields } from '../who/who-fields.tsx';

/** Of a member at any time; where members live, is known of a claim only. */
const kinds = ['tier', 'points', 'badge'] as const satisfies Who['kind'][];

/** One thing that must hold of a member, chosen rather than written. */
export const ConditionPart = ({ onAdd }: { onAdd: (part: string) => void }) => {
  const { t } = useTranslation();
  const [who, setWho] = useState<Who>(newWho('tier', ''));
  const begin = (kind: string) => setWho(newWho(kinds.find((one) => one === kind) ?? 'tier', ''));
  return (
    <Group gap="sm" align="flex-start">
      <NativeSelect
        label={t('console.grants.who')}
        value={who.kind}
        onChange={({ currentTarget }) => begin(currentTarget.value)}
        data={kinds.map((kind) => ({ value: kind, label: t(`console.who.kind.${kind}`) }))}
      />
      <WhoFields who={who} onChange={setWho} error={undefined} />
      <Button
        variant="default"
        mt={25}
        disabled={!isFilled(who)}
        onClick={() => {
          onAdd(conditionOf(who));
          begin(who.kind);
        }}
      >
        {t('console.grants.whoAdd')}
      </Button>
    </Group>
  );
};
