// Of 64 requests in one burst each is checked before any is written, and more than one gets through.
// Seen at shopware/shopware issue 11245.
import { expect } from 'vitest';
import { type Defect, fresh, orderOf, times } from './shop.ts';

export const defect: Defect = {
  says: 'a single-packet attack, of 64 requests in one burst, gets more than one through',
  shows: 'requests of one burst that got through',
  check: async (shop) => {
    const wordsOf = (answers: { status: number; word: string | undefined }[]) =>
      answers.filter(({ status }) => status !== 200).map(({ word }) => word);
    for (let round = 0; round < 2; round += 1) {
      // On one code.
      const [code = ''] = await shop.codes('unlimited', 1);
      const onCode = await shop.burst(
        'redeem',
        times(64, () => orderOf(code)),
      );
      expect(onCode.filter(({ status }) => status === 200).length, defect.shows).toBe(1);
      expect(wordsOf(onCode)).toEqual(times(63, () => 'code_not_usable'));
      // By one buyer who has one use.
      const buyer = { email: `${fresh('guest')}@example.com` };
      const codes = await shop.codes('oncePerBuyer', 64);
      const byBuyer = await shop.burst(
        'redeem',
        codes.map((one) => orderOf(one, buyer)),
      );
      expect(byBuyer.filter(({ status }) => status === 200).length, defect.shows).toBe(1);
      expect(wordsOf(byBuyer)).toEqual(times(63, () => 'buyer_limit_reached'));
    }
  },
};
