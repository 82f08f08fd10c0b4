import { Code, MultiSelect, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import { useRegionNames } from './use-region-names.ts';
import { tiers, type Who } from './who.ts';

interface WhoFieldsProps {
  who: Who;
  onChange: (who: Who) => void;
  error: string | undefined;
}

/** What a member had at a date, conditions do not know; a badge that was awarded for it, they do. */
const awardBadge = 'npx fcode badge award early --points 100 --before 2026-01-01T00:00:00Z --reason "As promised"';

/** What a common form is filled with, or the text of a condition. */
export const WhoFields = ({ who, onChange, error }: WhoFieldsProps) => {
  const { t } = useTranslation();
  const { countries } = useRegionNames();
  switch (who.kind) {
    case 'everybody':
      return null;
    case 'tier':
      return (
        <NativeSelect
          label={t('console.who.tier')}
          value={who.tier}
          onChange={(event) => {
            const tier = tiers.find((one) => one === event.currentTarget.value);
            if (tier !== undefined) onChange({ ...who, tier });
          }}
          data={tiers.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))}
          error={error}
        />
      );
    case 'points':
      return (
        <CountInput
          label={t('console.who.points')}
          value={who.points}
          onChange={(points) => onChange({ ...who, points })}
          error={error}
          max={1_000_000_000}
        />
      );
    case 'badge':
      return (
        <TextInput
          label={t('console.who.badge')}
          placeholder={t('console.who.badgePlaceholder')}
          description={
            <>
              {t('console.who.badgeHint')} <Code>{awardBadge}</Code>
            </>
          }
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={who.badge}
          onChange={(event) => onChange({ ...who, badge: event.currentTarget.value })}
          error={error}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
        />
      );
    case 'region':
      return (
        <MultiSelect
          label={t('console.who.regions')}
          placeholder={who.regions.length === 0 ? t('console.who.searchRegions') : ''}
          data={countries}
          value={who.regions}
          onChange={(regions) => onChange({ ...who, regions })}
          error={error}
          searchable
          limit={30}
        />
      );
    case 'own':
      return (
        <Textarea
          label={t('console.who.condition')}
          description={t('console.who.conditionHint')}
          value={who.text}
          onChange={(event) => onChange({ ...who, text: event.currentTarget.value })}
          error={error}
          maxLength={1000}
          autosize
          minRows={2}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      );
  }
};
