import type { CodeMint } from '@fcode/codes';
import type { Role } from '@fcode/http';
import { until } from '@fcode/testkit';
import { callingWith, key } from '../support/calling.ts';
import { type Definition, publishDrop } from '../support/drop.ts';
import type { Fleet, Member } from './fleet.ts';
import { type LoadOptions, shortHoldSeconds } from './load.ts';

const bearerCodes = 40_000;

/** Opens the campaigns of a run, and grants what shoppers buy with; resolves when every checkout knows their codes. */
export const openShop = async (
  fleet: Fleet,
  token: (role: Role, subject: string) => Promise<string>,
  mint: CodeMint,
): Promise<Pick<LoadOptions, 'campaigns' | 'batches'>> => {
  const ops = callingWith(await token('ops', 'ops_1'));
  const shop = callingWith(await token('checkout', 'shop_1'));
  const urlOf = ({ port }: Member) => `http://127.0.0.1:${port}`;
  const issuance = urlOf(fleet.of('issuance')[0] as Member);
  const campaign = (definition: Definition) => publishDrop(ops, issuance, { quota: bearerCodes + 5000, ...definition });
  const campaigns = {
    long: await campaign({ holdSeconds: 3600 }),
    short: await campaign({ holdSeconds: shortHoldSeconds }),
    strict: await campaign({ holdSeconds: 20, buyerLimit: 2 }),
    // So few that leases run dry, and are fetched back from whoever has them.
    claimed: await campaign({ quota: 500, allotment: { angel: 8, core: 8, loyal: 8, fan: 6 }, holdSeconds: 60 }),
  };
  const grant = async (campaignId: string) => {
    const to = { bearer: bearerCodes };
    const made = await ops(issuance, 'POST', `/v1/campaigns/${campaignId}/batches`, { to, reason: 'chaos' }, key());
    if (made.status !== 201) throw new Error(made.text);
    const batch = Number(made.body.batch);
    const code = mint.mint({ batch, index: 0 });
    for (const member of fleet.of('redemption')) {
      const isKnown = async () =>
        (await shop(urlOf(member), 'POST', '/v1/checkout/check', { code, sku: 'PHONE-1' })).status === 200;
      await until(isKnown, 'checkout to know the batch', 30);
    }
    return { batch, size: bearerCodes };
  };
  const { long, short, strict } = campaigns;
  return { campaigns, batches: { long: await grant(long), short: await grant(short), strict: await grant(strict) } };
};
