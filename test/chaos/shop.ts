import type { CodeMint } from '@fcode/codes';
import type { Role } from '@fcode/http';
import { until } from '@fcode/testkit';
import { callingWith } from '../support/calling.ts';
import { type Definition, grantBatch, publishDrop } from '../support/drop.ts';
import type { Fleet, Member } from './fleet.ts';
import { claimableSeconds, type LoadOptions, offerSeconds, shortHoldSeconds } from './load.ts';

/** More than shoppers can take in a second. */
const codesASecond = 150;

/** Opens the campaigns of a run, and grants what shoppers buy with; resolves when every checkout knows their codes. */
export const openShop = async (
  fleet: Fleet,
  token: (role: Role, subject: string) => Promise<string>,
  mint: CodeMint,
  seconds: number,
): Promise<Pick<LoadOptions, 'campaigns' | 'batches'> & { quotas: Map<string, number> }> => {
  const ops = callingWith(await token('ops', 'ops_1'));
  const shop = callingWith(await token('checkout', 'shop_1'));
  const urlOf = ({ wire }: Member) => `http://127.0.0.1:${wire.port}`;
  const issuance = urlOf(fleet.of('issuance')[0] as Member);
  const bearerCodes = Math.max(5000, codesASecond * seconds);
  const quotas = new Map<string, number>();
  const campaign = async ({ quota = bearerCodes + 5000, ...definition }: Definition) => {
    const campaignId = await publishDrop(ops, issuance, { quota, ...definition });
    quotas.set(campaignId, quota);
    return campaignId;
  };
  // So few codes that leases run dry, and are fetched back from whoever has them.
  const small = { quota: 500, allotment: { angel: 8, core: 8, loyal: 8, fan: 6 }, holdSeconds: 60 };
  const claimed: string[] = [];
  for (let from = 0; from < seconds; from += claimableSeconds) claimed.push(await campaign(small));
  const campaigns = {
    long: await campaign({ holdSeconds: 3600 }),
    short: await campaign({ holdSeconds: shortHoldSeconds }),
    strict: await campaign({ holdSeconds: 20, buyerLimit: 2 }),
    claimed,
    queue: await campaign({ allotment: {}, waitlist: { offerSeconds } }),
  };
  const grant = async (campaignId: string) => {
    const batch = await grantBatch(
      async (role, subject) => callingWith(await token(role, subject)),
      issuance,
      campaignId,
      {
        bearer: bearerCodes,
      },
    );
    const code = mint.mint({ batch, index: 0 });
    for (const member of fleet.of('redemption')) {
      const isKnown = async () =>
        (await shop(urlOf(member), 'POST', '/v1/checkout/check', { code, sku: 'PHONE-1' })).status === 200;
      await until(isKnown, 'checkout to know the batch', 30);
    }
    return { batch, size: bearerCodes };
  };
  const { long, short, strict } = campaigns;
  return {
    campaigns,
    quotas,
    batches: { long: await grant(long), short: await grant(short), strict: await grant(strict) },
  };
};
