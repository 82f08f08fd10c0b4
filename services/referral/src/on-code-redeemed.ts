import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { Referrals } from './referrals.ts';

/** A friend bought, perhaps: once however often it is heard, by the purchase's own item. */
export const onCodeRedeemed =
  (referrals: Referrals, clock: () => number) =>
  async (heard: Heard<'code.redeemed'>): Promise<void> =>
    referrals.hear(heard.data, causedBy(heard, clock));
