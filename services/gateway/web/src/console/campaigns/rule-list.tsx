import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { newRule, type RuleDraft } from './draft.ts';
import type { Form } from './form.ts';
import { RuleCard } from './rule-card.tsx';

/** As many as the API takes. */
const rulesAtMost = 20;

const moved = (rules: RuleDraft[], from: number, by: -1 | 1): RuleDraft[] => {
  const rest = rules.filter((_, position) => position !== from);
  return rest.toSpliced(from + by, 0, ...rules.slice(from, from + 1));
};

/** Rules, in the order in which they are tried. */
export const RuleList = ({ draft: { rules }, change, errorOf }: Form) => {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('console.campaigns.form.rulesLead')}
      </Text>
      {rules.map((rule, position) => (
        <RuleCard
          key={rule.id}
          rule={rule}
          position={position}
          of={rules.length}
          onChange={(next) => change({ rules: rules.with(position, next) })}
          onMove={(by) => change({ rules: moved(rules, position, by) })}
          onRemove={() => change({ rules: rules.filter(({ id }) => id !== rule.id) })}
          errorOf={(field) => errorOf(`rules.${rule.id}.${field}`)}
        />
      ))}
      {rules.length < rulesAtMost && (
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() => change({ rules: [...rules, newRule({ kind: 'everybody' })] })}
          >
            {t('console.campaigns.form.addRule')}
          </Button>
        </Group>
      )}
    </Stack>
  );
};
