// The text of a refusal tells a guesser which codes exist, and nothing stops the guessing.
// Seen at Setono/SyliusGiftCardPlugin issue 297.
import { expect } from 'vitest';
import type { Answer } from '../../support/calling.ts';
import { buys, type Defect, fresh, orderOf, type Shop, times } from './shop.ts';

const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const guess = (): string => times(16, () => symbols[Math.floor(Math.random() * symbols.length)]).join('');
/** As a customer who cannot type would spell it. */
const mistyped = (code: string): string => code.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

/** All that an answer says, but for the number of the request. */
const wordsOf = ({ status, body: { instance: _, ...said } }: Answer): string => JSON.stringify({ status, ...said });

const answersTo = async (shop: Shop, code: string): Promise<string> => {
  const verbs = ['check', 'hold', 'redeem'] as const;
  return (await Promise.all(verbs.map((verb) => shop.ask(verb, orderOf(code))))).map(wordsOf).join('\n');
};

export const defect: Defect = {
  says: 'the text of a refusal tells a guesser which codes exist',
  shows: 'what a stranger is told of codes that others have',
  check: async (shop) => {
    const [held = '', redeemed = ''] = await shop.codes('unlimited', 2);
    await shop.ask('hold', orderOf(held));
    await buys(shop, orderOf(redeemed));
    const ofOthers = await Promise.all([held, redeemed].map((code) => answersTo(shop, code)));
    expect(new Set(ofOthers).size, defect.shows).toBe(1);
    // Nor is a guess that is close to a code told from one that is not.
    const ofNobody = await Promise.all(
      [mistyped(held), mistyped(redeemed), guess()].map((text) => answersTo(shop, text)),
    );
    expect(new Set(ofNobody).size).toBe(1);

    // Whoever tries on is not listened to, on either process and whatever the text; others at the same shop are.
    const shopper = { id: fresh('guesser') };
    const tries: Answer[] = [];
    for (let n = 0; n < 60 && tries.at(-1)?.status !== 429; n += 1) {
      tries.push(await shop.ask('check', { code: guess(), sku: 'PHONE-1', shopper }));
    }
    expect(tries.at(-1)?.word).toBe('too_many_attempts');
    expect(Number(tries.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    const [good = ''] = await shop.codes('unlimited', 1);
    expect((await shop.ask('hold', { ...orderOf(good), shopper: { id: fresh('customer') } })).status).toBe(200);
  },
};
