import { codeSubject, type Heard } from '@fcode/events';
import { atRest, each, type Family } from '../check.ts';
import { after } from '../names.ts';

interface PurchaseState {
  status: string;
  outcome?: string;
}

const heardWithinMs = 120_000;

/** Each purchase comes to its end in referral, one of them as the referral that it made. */
export const purchases: Family = (open) => {
  const finding = open('purchases', 'referral has heard of each redemption, and of no other');
  const settled = open(
    'purchases-settled',
    'each purchase is settled, and those that made a referral are those with one',
  );
  const known = new Map<string, PurchaseState>();
  const told = new Set<string>();
  const unknown: { redemptionId: string; code: string; at: number }[] = [];
  const referred = new Set<string>();

  return {
    items: {
      referral: ({ sk, state }) => {
        const redemptionId = after('purchase/', sk);
        if (redemptionId !== undefined) known.set(redemptionId, state as unknown as PurchaseState);
      },
    },
    events: {
      'code.redeemed': ({ data }: Heard<'code.redeemed'>) => {
        finding.looked();
        const { redemptionId, redeemedAt } = data;
        if (known.has(redemptionId)) told.add(redemptionId);
        else unknown.push({ redemptionId, code: codeSubject(data), at: Date.parse(redeemedAt) });
      },
      'referral.made': ({ data }) => {
        referred.add(data.redemptionId);
      },
    },
    conclude: async (system) => {
      const { tables, unsettled } = system;
      const now = system.now();
      for (const redemptionId of known.keys()) {
        if (!told.has(redemptionId)) {
          finding.differs(redemptionId, `referral has a purchase for redemption ${redemptionId}, which nobody told`);
        }
      }
      if (system.isThrough('referral')) {
        const late = unknown.filter(({ at }) => unsettled === undefined || at + heardWithinMs < now);
        await each(late, async ({ redemptionId, code }) => {
          if (await tables.item('referral', { pk: code, sk: `purchase/${redemptionId}` })) return;
          finding.differs(code, `redemption ${redemptionId} of ${code} is unknown in referral`);
        });
      }
      atRest(settled, system, () => {
        for (const [redemptionId, { status, outcome }] of known) {
          settled.looked();
          if (status !== 'settled') {
            settled.differs(redemptionId, `redemption ${redemptionId} is ${status} in referral`);
          } else if ((outcome === 'referred') !== referred.has(redemptionId)) {
            const made = referred.has(redemptionId) ? 'made a referral' : 'made no referral';
            settled.differs(
              redemptionId,
              `redemption ${redemptionId} is settled as ${outcome} in referral, and ${made}`,
            );
          }
        }
      });
    },
  };
};
