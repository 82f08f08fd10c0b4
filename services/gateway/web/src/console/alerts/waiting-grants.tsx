import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { GrantJob } from '../api.ts';
import { GrantRow } from '../grants/grant-row.tsx';
import { campaignQuery, waitingGrantsQuery } from '../grants/queries.ts';
import { yoursFirst } from '../grants/use-waiting-grants.ts';
import { AlertSection } from './alert-section.tsx';

const WaitingGrantRow = ({ subject, grant }: { subject: string; grant: GrantJob }) => {
  const { data: campaign } = useQuery(campaignQuery(subject, grant.campaignId));
  return <GrantRow subject={subject} grant={grant} campaign={campaign?.name ?? grant.campaignId} />;
};

/** Grants of all campaigns that nobody is given before somebody else approves; those first for which it is this operator. */
export const WaitingGrants = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    ...waitingGrantsQuery(subject),
    select: ({ pages, pageParams }) => ({
      pageParams,
      pages: [
        {
          items: yoursFirst(
            subject,
            pages.flatMap(({ items }) => items),
          ),
        },
      ],
    }),
  });
  return (
    <AlertSection
      title={t('console.alerts.waiting')}
      about={t('console.alerts.waitingAbout')}
      none={t('console.alerts.noWaiting')}
      noneText={t('console.alerts.noWaitingText')}
      list={list}
      row={(grant) => <WaitingGrantRow key={grant.grantId} subject={subject} grant={grant} />}
    />
  );
};
