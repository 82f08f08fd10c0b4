import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WaitlistPlace } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { PlaceOffered } from './place-offered.tsx';

/** So many are counted; there may be more. */
const countedAtMost = 1000;

/** Where a member stands on a waitlist; nothing of a place that is not wanted, or taken. */
export const PlaceTold = ({ place, isPaused }: { place: WaitlistPlace; isPaused: boolean }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { status, since, until, ahead } = place;
  const aheadText = (members: number): string => {
    if (members === 0) return t('waitlist.next');
    const number = format.number(members);
    return members >= countedAtMost
      ? t('waitlist.aheadAtLeast', { number })
      : t('waitlist.ahead', { count: members, number });
  };
  switch (status) {
    case 'waiting':
      return (
        <>
          {since !== undefined && <Text size="sm">{t('waitlist.since', { date: format.moment(since) })}</Text>}
          {ahead !== undefined && (
            <Text size="sm" fw={600} data-testid="ahead">
              {aheadText(ahead)}
            </Text>
          )}
        </>
      );
    case 'offered':
      return (
        <Alert color="teal" variant="light" role="group" title={t('waitlist.offered')}>
          {until !== undefined && <PlaceOffered until={until} isPaused={isPaused} />}
        </Alert>
      );
    case 'lapsed':
      return <Text size="sm">{t('waitlist.lapsed')}</Text>;
    default:
      return null;
  }
};
