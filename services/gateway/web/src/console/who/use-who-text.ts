import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { useRegionNames } from './use-region-names.ts';
import type { Who } from './who.ts';

/** For whom a rule is, in plain words; those of somebody's own condition end with a colon, and the condition follows. */
export const useWhoText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useRegionNames();
  return (who: Who): string => {
    switch (who.kind) {
      case 'everybody':
      case 'own':
        return t(`console.who.text.${who.kind}`);
      case 'tier':
        if (who.tier === 'fan') return t('console.who.text.everybody');
        return t(who.tier === 'angel' ? 'console.who.text.tierTop' : 'console.who.text.tier', {
          tier: t(`tier.${who.tier}`),
        });
      case 'points':
        return t('console.who.text.points', { points: format.number(who.points ?? 0) });
      case 'badge':
        return t('console.who.text.badge', { badge: who.badge });
      case 'region':
        return t('console.who.text.region', { regions: format.list(who.regions.map(nameOf)) });
    }
  };
};
