import type { AppEnv, Context, requestOf } from '@fcode/http';
import { type Buyer, pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import type { Shopper } from './guesses.ts';
import { type Located, locate } from './locate.ts';

interface Asked {
  code: string;
  orderId?: string | undefined;
  buyer?: Buyer | undefined;
  shopper?: Shopper | undefined;
}

/**
 * The code that a shopper typed, if it is one: who brings too many that are none is refused before anything is looked at.
 * A canary is answered as what is no code, and raises the alarm.
 */
export const findFor = async (
  c: Context<AppEnv>,
  { mint, book, guesses, alarm, buyerKey }: Checkout,
  verb: 'check' | 'hold' | 'redeem',
  { code: text, orderId, buyer, shopper }: Asked,
  request: ReturnType<typeof requestOf>,
): Promise<{ located: Located | undefined; buyer: string | undefined }> => {
  const known = buyer && pseudonym(buyer, buyerKey);
  const keys = guesses.guard(c, shopper, known);
  const located = await locate(mint, book, text, request.deadline);
  if (located && !located.isCanary) return { located, buyer: known };
  guesses.count(c, keys, text);
  if (located) {
    const { campaignId } = located.terms;
    const shop = c.get('caller').subject;
    const told = { ...(orderId === undefined ? {} : { orderId }), ...(known === undefined ? {} : { buyer: known }) };
    await alarm({ ...located.code, index: located.code.index ?? 0, campaignId, verb, shop, ...told, ...keys }, request);
  }
  return { located: undefined, buyer: known };
};
