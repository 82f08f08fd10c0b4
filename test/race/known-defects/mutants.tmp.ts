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
import { startShops } from './shops.tmp.ts';
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


import { makeRelease, replacing } from '../../support/release.ts';
const R='services/redemption/src/';
const mutants: Record<string, ReturnType<typeof replacing>[]> = {
  none: [replacing(R+'limits.ts','isFull: taken >= limit','isFull: taken >= limit ')],
  offByOne: [replacing(R+'limits.ts','isFull: taken >= limit','isFull: taken > limit')],
  cancelKeepsSlot: [replacing(R+'limits.ts',"        case 'code.cancelled':\n","")],
  releaseKeepsSlot: [replacing(R+'limits.ts',"        case 'code.released':\n","")],
  endless: [replacing(R+'code.ts','at >= Date.parse(holdUntil) + graceMs','at >= Date.parse(holdUntil) + 1e12')],
  noGrace: [replacing(R+'code.ts','graceMs = 5000','graceMs = -5000')],
  ownSlot: [replacing(R+'limits.ts','!(code === mine.code && sameOrder(order, mine.order)) &&','')],
  reopened: [replacing(R+'redeem.rule.ts',"if (cancelled) return","if (cancelled && false) return")],
  ownerless: [replacing(R+'code.ts',"past.holdId === holdId" ,"past.holdId === holdId"), ],
  tells: [replacing(R+'take.rule.ts',"byOps || owner?.buyer === buyer ?","true ?")],
  guesses: [replacing(R+'guesses.ts','shopper: 10,','shopper: 100000,')],
  emailCase: [replacing(R+'buyer.ts','.toLowerCase()','')],
  rewardStands: [replacing('services/referral/src/reward.rule.ts','if (!returned) return [];','return [];')],
  cancelRewardStands: [replacing('services/referral/src/reward.rule.ts','if (isCancelled) return','if (false) return')],
  returnsTwice: [replacing(R+'return.rule.ts','if (refunds && before) {','if (refunds && before && false) {')],
  extendForever: [replacing(R+'extend.rule.ts','if (extendedAt !== undefined) {','if (extendedAt === "x") {')],
  noSlots: [replacing(R+'code-store.ts','const scopes = user ? scopesOf(terms) : [];','const scopes: ("buyer"|"order")[] = [];')],
  unguarded: [replacing('libs/dynamo/src/table.ts',`WHERE "pk"=? AND "sk"=? AND "seq"=?`,`WHERE "pk"=? AND "sk"=?`)],
};
delete mutants.ownerless;
for (const [name, patches] of Object.entries(mutants)) {
  it(name, async () => {
    const release = await makeRelease(...patches);
    const found: string[] = [];
    try {
      const shops = await startShops(release.root);
      for (const d of defects) {
        await d.check(shops.ours).catch((e: Error) => { found.push(`${d.says}: ${e.message.split('\n')[0]}`); });
      }
      await shops.stop();
    } finally { await release.remove(); }
    console.log(`== ${name}\n  ${found.join('\n  ')}`);
    expect(1).toBe(1);
  });
}
