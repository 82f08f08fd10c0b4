import { useTranslation } from 'react-i18next';
import type { Reason, Tier } from '../api.ts';
import { en } from './en.ts';
import { useFormat } from './use-format.ts';

const isTier = (tier: unknown): tier is Tier => typeof tier === 'string' && Object.hasOwn(en.tier, tier);

/** What a decision rested on, as a sentence; undefined for a reason that these pages have no sentence for. */
export const useReasonText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  const points = (value: unknown) => format.points(Number(value ?? 0));
  return (reason: Reason): string | undefined => {
    const tier = isTier(reason.tier) ? t(`tier.${reason.tier}`) : '';
    switch (reason.code) {
      case 'tier_pinned':
        return t('reason.tier_pinned', { tier });
      case 'tier_by_score':
        // The lowest cut-off is nought: "you reach 0" explains nothing.
        return reason.minScore === 0
          ? t('reason.tier_open', { tier })
          : t('reason.tier_by_score', { tier, score: points(reason.score), minScore: points(reason.minScore) });
      case 'tier_by_share':
        return t('reason.tier_by_share', {
          tier,
          count: Number(reason.places),
          places: format.number(Number(reason.places)),
          minScore: points(reason.minScore),
        });
      case 'tier_open':
        return t('reason.tier_open', { tier });
      case 'allotted_by_tier':
        return t('reason.allotted_by_tier', { tier, count: Number(reason.codes) });
      case 'waited':
        return t('reason.waited', { date: format.moment(String(reason.since)) });
      case 'rule_holds':
        return t('reason.rule_holds', { count: Number(reason.codes) });
      default:
        return undefined;
    }
  };
};
