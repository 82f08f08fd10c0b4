import { Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../page-heading.tsx';
import { PersonaPicker } from '../personas/persona-picker.tsx';
import { usePersona } from '../personas/use-persona.ts';
import { usePersonaName } from '../personas/use-persona-name.ts';
import { demoQuery } from '../queries.ts';
import { CampaignList } from './campaign-list.tsx';
import { CodesForPoints } from './codes-for-points.tsx';
import { MyCodes } from './my-codes.tsx';
import { ReferralList } from './referral-list.tsx';
import { ShareTables } from './share-tables.tsx';
import { StandingCard } from './standing-card.tsx';
import { TransferList } from './transfer-list.tsx';

const FanPage = () => {
  const { t } = useTranslation();
  const nameOf = usePersonaName();
  const { persona } = usePersona();
  const { data: demo, isLoading } = useQuery(demoQuery);

  if (isLoading) return <Skeleton height={420} />;
  if (!persona) {
    return (
      <Stack gap="lg">
        <Stack gap={6}>
          <PageHeading page="fan">{demo === null ? t('layout.fan') : t('fan.who')}</PageHeading>
          {demo && <Text c="dimmed">{t('fan.whoText')}</Text>}
        </Stack>
        <PersonaPicker />
      </Stack>
    );
  }
  // Another member is another page: nothing of one may show for a moment under the other's name.
  return (
    <Stack gap={40} key={persona.subject}>
      <PageHeading page="fan">{t('fan.title', { name: nameOf(persona) })}</PageHeading>
      <StandingCard subject={persona.subject} />
      <CampaignList subject={persona.subject} name={nameOf(persona)} />
      <CodesForPoints subject={persona.subject} />
      <MyCodes subject={persona.subject} name={nameOf(persona)} />
      <TransferList subject={persona.subject} name={nameOf(persona)} direction="received" />
      <TransferList subject={persona.subject} name={nameOf(persona)} direction="given" />
      <ShareTables subject={persona.subject} />
      <ReferralList subject={persona.subject} />
    </Stack>
  );
};

export default FanPage;
