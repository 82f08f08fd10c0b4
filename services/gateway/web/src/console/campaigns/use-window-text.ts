import { useTranslation } from 'react-i18next';
import { languageOf, languages } from '../../language/language.ts';
import { ownZone } from '../common/zone.ts';

interface Window {
  startsAt: string;
  endsAt: string;
  timeZone?: string | undefined;
}

/** A campaign's window by the reader's clocks; and by its own, where those show something else. Each says whose they are. */
export const useWindowText = () => {
  const { t, i18n } = useTranslation();
  const tag = languages[languageOf(i18n.resolvedLanguage)];
  const momentIn = (iso: string, timeZone: string): string =>
    new Intl.DateTimeFormat(tag, { timeZone, dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
  return ({ startsAt, endsAt, timeZone = 'UTC' }: Window): { ours: string; theirs: string | undefined } => {
    const textIn = (zone: string) =>
      t('console.campaigns.range', { from: momentIn(startsAt, zone), to: momentIn(endsAt, zone) });
    const [own, window] = [textIn(ownZone()), textIn(timeZone)];
    const theirs = t('console.campaigns.inZone', { window, zone: timeZone });
    return own === window
      ? { ours: theirs, theirs: undefined }
      : { ours: t('console.campaigns.inOwnZone', { window: own, zone: ownZone() }), theirs };
  };
};
