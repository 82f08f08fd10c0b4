import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defect as aborted } from './aborted.ts';
import { defect as cancelledCounts } from './cancelled-counts.ts';
import { defect as declined } from './declined.ts';
import { defect as discountTwice } from './discount-twice.ts';
import { defect as endlessHold } from './endless-hold.ts';
import { defect as jobDidNotRun } from './job-did-not-run.ts';
import { defect as neverCounted } from './never-counted.ts';
import { defect as newGuests } from './new-guests.ts';
import { defect as ownHold } from './own-hold.ts';
import { defect as parallelCarts } from './parallel-carts.ts';
import { defect as reopened } from './reopened.ts';
import { defect as returned } from './returned.ts';
import { defect as secondConfirm } from './second-confirm.ts';
import type { Defect } from './shop.ts';
import { startShops } from './shops.ts';
import { defect as singlePacket } from './single-packet.ts';
import { defect as tellingRefusals } from './telling-refusals.ts';
import { defect as twoAtPayment } from './two-at-payment.ts';
import { defect as usageLimitTwice } from './usage-limit-twice.ts';

const defects: Defect[] = [
  usageLimitTwice,
  parallelCarts,
  newGuests,
  discountTwice,
  declined,
  aborted,
  ownHold,
  endlessHold,
  twoAtPayment,
  cancelledCounts,
  reopened,
  returned,
  secondConfirm,
  neverCounted,
  jobDidNotRun,
  tellingRefusals,
  singlePacket,
];

let shops: Awaited<ReturnType<typeof startShops>>;
beforeAll(async () => {
  shops = await startShops();
});
afterAll(() => shops?.stop());

describe.each(defects)('elsewhere $says', ({ check, shows }) => {
  it('which passes here', async () => {
    expect.hasAssertions();
    await check(shops.ours);
  });

  it('which is found in a naive store', async () => {
    const found = await check(shops.naive).then(
      () => undefined,
      (error: unknown) => error,
    );
    // By what the check is about, and not by something that broke on the way.
    expect(found).toMatchObject({ name: 'AssertionError', message: expect.stringContaining(shows) });
  });
});
