import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { PageHeading } from '../page-heading.tsx';
import { PersonaPicker } from '../personas/persona-picker.tsx';
import { usePersona } from '../personas/use-persona.ts';
import { usePersonaName } from '../personas/use-persona-name.ts';
import { demoQuery } from '../queries.ts';
import { Acceptance } from './acceptance.tsx';

/** Where a one-time link leads. What opens it stays behind the `#`, and is sent only when somebody accepts. */
const AcceptPage = () => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const { persona } = usePersona();
  const token = useLocation().hash.slice(1);
  const { data: demo, isLoading } = useQuery(demoQuery);

  if (isLoading) return <Skeleton height={420} maw={640} mx="auto" />;
  if (token === '') {
    return (
      <Stack gap="lg" maw={640} mx="auto">
        <PageHeading page="accept">{t('accept.missing')}</PageHeading>
        <Alert variant="light" data-testid="no-token">
          {t('accept.missingText')}
        </Alert>
      </Stack>
    );
  }
  if (persona) {
    // Another member, or another link, is another matter.
    return (
      <Acceptance key={`${persona.subject} ${token}`} subject={persona.subject} name={nameOf(persona)} token={token} />
    );
  }
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <PageHeading page="accept">{t('accept.title')}</PageHeading>
        <Text fz="lg">{t('accept.what')}</Text>
        {demo && <Text c="dimmed">{t('accept.who')}</Text>}
      </Stack>
      <PersonaPicker />
    </Stack>
  );
};

export default AcceptPage;
