import { NumberInput, Stack, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { withPart } from './condition.ts';
import { ConditionPart } from './condition-part.tsx';
import { most } from './draft.ts';
import type { FieldsProps } from './fields.ts';
import { SegmentPreview } from './segment-preview.tsx';

/** Whoever is of a segment: the condition, chosen or written; codes each; places. */
export const SegmentFields = ({ subject, draft, onChange, errorOf }: FieldsProps & { subject: string }) => {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <ConditionPart onAdd={(part) => onChange({ segment: withPart(draft.segment, part) })} />
      <Textarea
        label={t('console.grants.segment')}
        description={t('console.grants.segmentHint')}
        value={draft.segment}
        onChange={(event) => onChange({ segment: event.currentTarget.value })}
        error={errorOf('segment')}
        autosize
        minRows={2}
        maxLength={1000}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 14 } }}
      />
      <SegmentPreview subject={subject} segment={draft.segment} codes={draft.codes} places={draft.places} />
      <NumberInput
        label={t('console.grants.codesEach')}
        value={draft.codes}
        onChange={(codes) => onChange({ codes })}
        allowDecimal={false}
        allowNegative={false}
        max={most.codes}
        error={errorOf('codes')}
        maw={320}
      />
      <NumberInput
        label={t('console.grants.places')}
        description={t('console.grants.placesHint')}
        value={draft.places}
        onChange={(places) => onChange({ places })}
        allowDecimal={false}
        allowNegative={false}
        max={most.places}
        thousandSeparator=","
        error={errorOf('places')}
        maw={420}
      />
    </Stack>
  );
};
