import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { usePersona } from '../personas/use-persona.ts';
import { usePersonaName } from '../personas/use-persona-name.ts';
import { demoQuery } from '../queries.ts';

/** Who the visitor is, and the way to be somebody else. */
export const MemberSelect = () => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const { persona, choose } = usePersona();
  const { data } = useQuery(demoQuery);
  if (!data) return null;
  return (
    <NativeSelect
      size="xs"
      aria-label={t('layout.member')}
      data-testid="member"
      value={persona?.subject ?? ''}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: '', label: t('layout.chooseMember'), disabled: true },
        ...data.personas.map((other) => ({
          value: other.subject,
          // Not with the tier: it is the demo's first one, and rises.
          label: nameOf(other),
        })),
      ]}
    />
  );
};
