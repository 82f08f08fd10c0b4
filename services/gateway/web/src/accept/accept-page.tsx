import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { PageHeading } from '../page-heading.tsx';
import { PersonaPicker } from '../personas/persona-picker.tsx';
import { usePersona } from '../personas/use-persona.ts';
import { usePersonaName } from '../personas/use-persona-name.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { demoQuery, offerQuery } from '../queries.ts';
import { isUnknownLink } from '../unknown-link.ts';
import { Acceptance } from './acceptance.tsx';
import { NothingToAccept, whyNotOf } from './nothing-to-accept.tsx';
import { Offered } from './offered.tsx';
import { WhatAcceptingMeans } from './what-accepting-means.tsx';

/** What a one-time link offers: to whoever has it, and to the member who accepts. */
const Opened = ({ token }: { token: string }) => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const { persona } = usePersona();
  const { data: demo, isLoading: isAsking } = useQuery(demoQuery);
  const { data: offer, error, refetch, isLoading } = useQuery(offerQuery(token));

  if (isLoading || isAsking) return <Skeleton height={420} maw={640} mx="auto" />;
  if (isUnknownLink(error)) return <NothingToAccept why="transfer_not_found" />;
  if (!offer) {
    return (
      <Stack gap="lg" maw={640} mx="auto">
        <PageHeading page="accept">{t('accept.title')}</PageHeading>
        <ProblemAlert error={error} onRetry={refetch} />
      </Stack>
    );
  }
  if (persona) {
    const { subject } = persona;
    // Another member is another matter.
    return <Acceptance key={subject} subject={subject} name={nameOf(persona)} token={token} offer={offer} />;
  }
  const why = whyNotOf(offer);
  if (why) return <NothingToAccept why={why} offer={offer} />;
  return (
    <Stack gap="lg">
      <Stack gap="lg" maw={640} mx="auto" w="100%">
        <Stack gap="sm">
          <PageHeading page="accept">{t('accept.title')}</PageHeading>
          <Text fz="lg">{t('accept.what')}</Text>
        </Stack>
        <Offered offer={offer}>
          <WhatAcceptingMeans until={offer.until} />
        </Offered>
        {demo && <Text c="dimmed">{t('accept.who')}</Text>}
      </Stack>
      <PersonaPicker />
    </Stack>
  );
};

/** Where a one-time link leads. What opens it stays behind the `#`, and is sent in a body only. */
const AcceptPage = () => {
  const { t } = useTranslation();
  const token = useLocation().hash.slice(1);
  // Another link is another matter.
  if (token !== '') return <Opened key={token} token={token} />;
  return (
    <Stack gap="lg" maw={640} mx="auto">
      <PageHeading page="accept">{t('accept.missing')}</PageHeading>
      <Alert variant="light" data-testid="no-token">
        {t('accept.missingText')}
      </Alert>
    </Stack>
  );
};

export default AcceptPage;
