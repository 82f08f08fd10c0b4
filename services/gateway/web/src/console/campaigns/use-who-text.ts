import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { useRegionNames } from './use-region-names.ts';
import type { Who } from './who.ts';
import { isoOf } from './zone.ts';

/** For whom a rule is, in plain words; those of somebody's own condition end with a colon, and the condition follows. */
export const useWhoText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useRegionNames();
  return (who: Who, timeZone: string): string => {
    switch (who.kind) {
      case 'everybody':
      case 'own':
        return t(`console.campaigns.who.${who.kind}`);
      case 'tier':
        if (who.tier === 'fan') return t('console.campaigns.who.everybody');
        return t(who.tier === 'angel' ? 'console.campaigns.who.tierTop' : 'console.campaigns.who.tier', {
          tier: t(`tier.${who.tier}`),
        });
      case 'points': {
        const points = format.number(who.points ?? 0);
        const before = isoOf(who.before, timeZone);
        return before === undefined
          ? t('console.campaigns.who.points', { points })
          : t('console.campaigns.who.pointsBefore', { points, date: format.moment(before) });
      }
      case 'badge':
        return t('console.campaigns.who.badge', { badge: who.badge });
      case 'region':
        return t('console.campaigns.who.region', { regions: format.list(who.regions.map(nameOf)) });
    }
  };
};
