import { useTranslation } from 'react-i18next';
import type { TransferLook } from '../api.ts';
import { useFormat } from './use-format.ts';

/** What a code does to the price, in a few words; undefined where it does nothing. */
export const useEffectText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  return (effect: TransferLook['effect']): string | undefined => {
    switch (effect.kind) {
      case 'none':
        return undefined;
      case 'amount':
        return t('effect.amount', { amount: format.money(effect.off) });
      case 'percentage':
        return t('effect.percentage', { percent: format.percent(effect.percent) });
      case 'gift':
        return t('effect.gift', { sku: effect.sku });
    }
  };
};
