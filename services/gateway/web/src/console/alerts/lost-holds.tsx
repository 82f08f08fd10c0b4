import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { AlertSection } from './alert-section.tsx';
import { LostHoldRow } from './lost-hold-row.tsx';
import { lostHoldsQuery } from './queries.ts';

/** Paid orders that came too late for their code. */
export const LostHolds = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  return (
    <AlertSection
      title={t('console.alerts.lost')}
      about={t('console.alerts.lostAbout')}
      none={t('console.alerts.noLost')}
      noneText={t('console.alerts.noLostText')}
      list={useInfiniteQuery(lostHoldsQuery(subject))}
      row={(lost) => <LostHoldRow key={`${lost.holdId} ${lost.shop} ${lost.orderId}`} subject={subject} lost={lost} />}
    />
  );
};
