import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectOn, effectSchema } from './effect.ts';

const price = { amount: 49_999, currency: 'EUR' };
const discountOf = (applied: ReturnType<typeof effectOn>) =>
  applied && 'discount' in applied ? applied.discount?.amount : undefined;

describe('the effect of a code on a price', () => {
  it.each([
    ['nothing', { kind: 'none' }, undefined],
    ['an amount', { kind: 'amount', off: { amount: 5000, currency: 'EUR' } }, 5000],
    ['never more than the price', { kind: 'amount', off: { amount: 60_000, currency: 'EUR' } }, 49_999],
    ['a percentage, to the nearest cent', { kind: 'percentage', percent: 33 }, 16_500],
    ['all of it', { kind: 'percentage', percent: 100 }, 49_999],
    ['a gift', { kind: 'gift', sku: 'CASE-1' }, undefined],
  ] as const)('is %s', (_, effect, discount) => {
    expect(discountOf(effectOn(effect, price))).toBe(discount);
    expect(effectOn(effect, price)).toMatchObject(effect);
  });

  it('rounds halves up', () => {
    expect(discountOf(effectOn({ kind: 'percentage', percent: 50 }, { amount: 1, currency: 'EUR' }))).toBe(1);
    expect(discountOf(effectOn({ kind: 'percentage', percent: 5 }, { amount: 9, currency: 'EUR' }))).toBe(0);
    expect(discountOf(effectOn({ kind: 'percentage', percent: 5 }, { amount: 10, currency: 'EUR' }))).toBe(1);
  });

  it('is none for an amount of another currency, and not known without a price', () => {
    const effect = { kind: 'amount', off: { amount: 5000, currency: 'EUR' } } as const;
    expect(effectOn(effect, { amount: 100, currency: 'CNY' })).toBeUndefined();
    expect(effectOn(effect, undefined)).toEqual(effect);
  });

  it('is a whole number from 0 to the price, whatever the price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 100 }), (amount, percent) => {
        const discount = discountOf(effectOn({ kind: 'percentage', percent }, { amount, currency: 'EUR' })) ?? -1;
        expect(Number.isInteger(discount) && discount >= 0 && discount <= amount).toBe(true);
        expect(Math.abs(discount - (amount * percent) / 100)).toBeLessThanOrEqual(0.5);
      }),
      { seed: 20261124 },
    );
  });

  it.each([
    { kind: 'percentage', percent: 101 },
    { kind: 'percentage', percent: 0.5 },
    { kind: 'amount', off: { amount: -1, currency: 'EUR' } },
    { kind: 'amount', off: { amount: 1, currency: 'eur' } },
    { kind: 'gift', sku: '' },
    { kind: 'half' },
  ])('is nothing like %o', (effect) => {
    expect(effectSchema.safeParse(effect).success).toBe(false);
  });
});
