import { z } from 'zod';

/** An amount of money in minor units of its currency (ISO 4217), as cents. */
export const moneySchema = z.strictObject({
  amount: z.int().min(0).max(1e12),
  currency: z.string().regex(/^[A-Z]{3}$/, 'A currency as ISO 4217 has it, such as EUR.'),
});
export type Money = z.infer<typeof moneySchema>;

/** What a code does to the price of what it is used for, besides letting it be bought at all. */
const none = z.strictObject({ kind: z.literal('none') });
const amountOff = z.strictObject({ kind: z.literal('amount'), off: moneySchema });
const percentage = z.strictObject({ kind: z.literal('percentage'), percent: z.int().min(1).max(100) });
const gift = z.strictObject({ kind: z.literal('gift'), sku: z.string().min(1).max(64) });

export const effectSchema = z.discriminatedUnion('kind', [none, amountOff, percentage, gift]);
export type Effect = z.infer<typeof effectSchema>;

const discount = moneySchema.optional();
/** An effect on one price: `discount` where there is one, and the price is known. */
export const appliedSchema = z.discriminatedUnion('kind', [
  none.strip(),
  amountOff.extend({ discount }).strip(),
  percentage.extend({ discount }).strip(),
  gift.strip(),
]);
export type Applied = z.infer<typeof appliedSchema>;

/**
 * An effect on a price; undefined where it is an amount of another currency. Never more than the price; a percentage is
 * rounded to the nearest minor unit, halves up: round(price × percent ÷ 100).
 */
export const effectOn = (effect: Effect, price: Money | undefined): Applied | undefined => {
  if (effect.kind === 'none' || effect.kind === 'gift' || price === undefined) return effect;
  const { amount, currency } = price;
  if (effect.kind === 'percentage') {
    return { ...effect, discount: { amount: Math.floor((amount * effect.percent + 50) / 100), currency } };
  }
  if (effect.off.currency !== currency) return undefined;
  return { ...effect, discount: { amount: Math.min(amount, effect.off.amount), currency } };
};
