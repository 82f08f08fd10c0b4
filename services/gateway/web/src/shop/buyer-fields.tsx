import { Group, NativeSelect, Radio, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Persona } from '../demo.ts';
import { usePersonaName } from '../personas/use-persona-name.ts';
import type { BuyerChoice } from './use-buyer.ts';

interface BuyerFieldsProps {
  choice: BuyerChoice;
  people: Persona[];
  /** The form was sent without a buyer. */
  isMissing: boolean;
  onChange: (choice: BuyerChoice) => void;
}

export const BuyerFields = ({ choice, people, isMissing, onChange }: BuyerFieldsProps) => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const become = (who: string) => {
    const memberId = choice.memberId || (people[0]?.subject ?? '');
    onChange(who === 'member' ? { ...choice, who, memberId } : { ...choice, who: 'guest' });
  };
  return (
    <Stack gap="sm">
      <Radio.Group label={t('shop.whoBuys')} value={choice.who} onChange={become}>
        <Group mt={6}>
          <Radio value="guest" label={t('shop.guest')} />
          <Radio value="member" label={t('shop.member')} />
        </Group>
      </Radio.Group>
      {choice.who === 'guest' ? (
        <TextInput
          label={t('shop.email')}
          type="email"
          autoComplete="email"
          placeholder={t('shop.emailPlaceholder')}
          value={choice.email}
          error={isMissing && t('shop.emailNeeded')}
          onChange={(event) => onChange({ ...choice, email: event.currentTarget.value })}
        />
      ) : (
        <NativeSelect
          label={t('shop.whichMember')}
          value={choice.memberId}
          onChange={(event) => onChange({ ...choice, memberId: event.currentTarget.value })}
          data={people.map((person) => ({ value: person.subject, label: nameOf(person) }))}
        />
      )}
    </Stack>
  );
};
