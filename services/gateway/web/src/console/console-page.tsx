import { Skeleton, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Navigate, NavLink, Route, Routes } from 'react-router';
import { NotFoundPage } from '../not-found-page.tsx';
import { PageHeading } from '../page-heading.tsx';
import { AlertCount } from './alerts/alert-count.tsx';
import { Alerts } from './alerts/alerts.tsx';
import { AuditLog } from './audit/audit-log.tsx';
import { CampaignPage } from './campaigns/campaign-page.tsx';
import { Campaigns } from './campaigns/campaigns.tsx';
import { NewCampaign } from './campaigns/new-campaign.tsx';
import classes from './console-page.module.css';
import { GrantPage } from './grants/grant-page.tsx';
import { NewGrant } from './grants/new-grant.tsx';
import { LookUp } from './look-up/look-up.tsx';
import { SignIn } from './sign-in.tsx';
import { useOps } from './use-ops.ts';

const parts = [
  { path: '/ops/campaigns', word: 'campaigns' },
  { path: '/ops/look-up', word: 'lookUp' },
  { path: '/ops/alerts', word: 'alerts' },
  { path: '/ops/audit', word: 'audit' },
] as const;

/** What ops run a drop with. Each part asks as whoever is signed in: another operator is another page. */
const ConsolePage = () => {
  const { t } = useTranslation();
  const { subject, isLoading } = useOps();
  if (isLoading) return <Skeleton height={420} />;
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <PageHeading page="console">{t('console.title')}</PageHeading>
        <Text c="dimmed">{t('console.lead')}</Text>
      </Stack>
      {subject === undefined ? (
        <SignIn />
      ) : (
        <>
          <nav aria-label={t('console.nav')} className={classes.parts}>
            {parts.map(({ path, word }) => (
              <NavLink key={path} to={path} className={classes.part ?? ''}>
                {t(`console.part.${word}`)}
                {word === 'alerts' && <AlertCount subject={subject} />}
              </NavLink>
            ))}
          </nav>
          <Routes key={subject}>
            <Route index element={<Navigate to="/ops/campaigns" replace />} />
            <Route path="campaigns" element={<Campaigns subject={subject} />} />
            <Route path="campaigns/new" element={<NewCampaign subject={subject} />} />
            <Route path="campaigns/:campaignId" element={<CampaignPage subject={subject} />} />
            <Route path="campaigns/:campaignId/grants/new" element={<NewGrant subject={subject} />} />
            <Route path="campaigns/:campaignId/grants/:grantId" element={<GrantPage subject={subject} />} />
            <Route path="look-up" element={<LookUp subject={subject} />} />
            <Route path="alerts" element={<Alerts subject={subject} />} />
            <Route path="audit" element={<AuditLog subject={subject} />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </>
      )}
    </Stack>
  );
};

export default ConsolePage;
