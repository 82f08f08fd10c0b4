import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { AlertSection } from './alert-section.tsx';
import { CanaryTouchRow } from './canary-touch-row.tsx';
import { touchesQuery } from './queries.ts';
import { useRevokedBatches } from './use-open-alerts.ts';

/** Codes that nobody was given, and somebody tried. */
export const CanaryTouches = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const revoked = useRevokedBatches(subject);
  return (
    <AlertSection
      title={t('console.alerts.touched')}
      about={t('console.alerts.touchedAbout')}
      none={t('console.alerts.noTouch')}
      noneText={t('console.alerts.noTouchText')}
      list={useInfiniteQuery(touchesQuery(subject))}
      row={(touch) => (
        <CanaryTouchRow
          key={`${touch.batch}.${touch.index} ${touch.touchedAt}`}
          subject={subject}
          touch={touch}
          isRevoked={revoked.has(touch.batch)}
        />
      )}
    />
  );
};
