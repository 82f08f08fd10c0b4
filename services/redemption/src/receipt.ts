import type { Applied, Money } from '@fcode/policy';

const money = ({ amount, currency }: Money): Money => ({ amount, currency });

/** In one order: the store's maps have none, and the same answer is the same to the letter. */
export const applied = (effect: Applied = { kind: 'none' }): Applied => {
  switch (effect.kind) {
    case 'none':
      return { kind: 'none' };
    case 'gift':
      return { kind: 'gift', sku: effect.sku };
    case 'amount': {
      const { off, discount } = effect;
      return { kind: 'amount', off: money(off), ...(discount === undefined ? {} : { discount: money(discount) }) };
    }
    case 'percentage': {
      const { percent, discount } = effect;
      return { kind: 'percentage', percent, ...(discount === undefined ? {} : { discount: money(discount) }) };
    }
  }
};
