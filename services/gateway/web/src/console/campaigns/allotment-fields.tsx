import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { byRules, byTiers } from './draft.ts';
import type { Form } from './form.ts';
import { RuleList } from './rule-list.tsx';
import { TierCodes } from './tier-codes.tsx';

/** Who may claim how many: by the tier alone, or by rules. */
export const AllotmentFields = (form: Form) => {
  const { t } = useTranslation();
  const { draft, change, errorOf } = form;
  const error = errorOf('codes');
  return (
    <Stack gap="md" align="stretch">
      <SegmentedControl
        aria-label={t('console.campaigns.form.byLabel')}
        value={draft.by}
        onChange={(by) => change(by === 'tiers' ? byTiers(draft) : byRules(draft))}
        data={(['tiers', 'rules'] as const).map((by) => ({ value: by, label: t(`console.campaigns.form.by.${by}`) }))}
      />
      {draft.by === 'tiers' ? <TierCodes {...form} /> : <RuleList {...form} />}
      {error !== undefined && (
        <Text size="sm" c="red.9" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
};
