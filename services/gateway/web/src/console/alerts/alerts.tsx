import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PartHeading } from '../common/part-heading.tsx';
import { CanaryTouches } from './canary-touches.tsx';
import { LostHolds } from './lost-holds.tsx';
import { WaitingGrants } from './waiting-grants.tsx';

/** What somebody must look at: grants to approve, paid orders without a code, and files of codes in wrong hands. */
export const Alerts = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  return (
    <Stack gap="xl">
      <Stack gap={4}>
        <PartHeading>{t('console.alerts.title')}</PartHeading>
        <Text c="dimmed">{t('console.alerts.lead')}</Text>
      </Stack>
      <WaitingGrants subject={subject} />
      <LostHolds subject={subject} />
      <CanaryTouches subject={subject} />
    </Stack>
  );
};
