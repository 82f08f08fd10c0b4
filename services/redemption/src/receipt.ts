import type { CodeHeld } from '@fcode/events';
import type { Applied, Money, Reason } from '@fcode/policy';

type Kept = NonNullable<CodeHeld['data']['receipt']>;

/** What an answer rested on, as it goes out with it. */
export interface Decided {
  outcome: 'accepted';
  reasons: Reason[];
  /** How many terms and switches of campaigns and batches were known to who decided. */
  termsVersion: number;
}

/** The store's maps have no order: written the same way each time, so that the same answer is the same to the letter. */
const inOrder = ({ code, ...figures }: Reason): Reason => ({
  code,
  ...Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1))),
});

/** Codes that were taken before receipts were kept have none. */
export const decided = (receipt: Kept | undefined): Decided => ({
  outcome: 'accepted',
  reasons: (receipt?.reasons ?? []).map(inOrder),
  termsVersion: receipt?.termsVersion ?? 0,
});

const money = ({ amount, currency }: Money): Money => ({ amount, currency });

/** In one order as well. */
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
