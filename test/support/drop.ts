import { until } from '@fcode/testkit';
import { type Calling, key } from './calling.ts';

const day = 86_400_000;

export interface Definition {
  quota?: number;
  allotment?: Record<string, number>;
  buyerLimit?: number;
  holdSeconds?: number;
}

/** A published campaign that is open now. */
export const publishDrop = async (ops: Calling, issuanceUrl: string, definition: Definition = {}): Promise<string> => {
  const now = Date.now();
  const created = await ops(
    issuanceUrl,
    'POST',
    '/v1/campaigns',
    {
      name: 'Drop',
      skus: ['PHONE-1'],
      // Wide enough for processes whose clocks differ.
      startsAt: new Date(now - day).toISOString(),
      endsAt: new Date(now + day).toISOString(),
      quota: 100_000,
      allotment: { fan: 1 },
      buyerLimit: 0,
      holdSeconds: 60,
      ...definition,
    },
    key(),
  );
  if (created.status !== 201) throw new Error(created.text);
  const campaignId = String(created.body.campaignId);
  const published = await ops(issuanceUrl, 'POST', `/v1/campaigns/${campaignId}/publish`, {});
  if (published.status !== 200) throw new Error(published.text);
  return campaignId;
};

/** Grants bearer codes, exports them, and waits until checkout knows their batch on every given process. */
export const grantCodes = async (
  ops: Calling,
  shop: Calling,
  issuanceUrl: string,
  redemptionUrls: string[],
  campaignId: string,
  count: number,
): Promise<string[]> => {
  const grant = await ops(
    issuanceUrl,
    'POST',
    `/v1/campaigns/${campaignId}/batches`,
    { to: { bearer: count }, reason: 'test' },
    key(),
  );
  if (grant.status !== 201) throw new Error(grant.text);
  const exported = await ops(
    issuanceUrl,
    'GET',
    `/v1/campaigns/${campaignId}/batches/${String(grant.body.batch)}/codes.csv`,
  );
  const codes = exported.text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0] as string);
  for (const url of redemptionUrls) {
    await until(
      async () => (await shop(url, 'POST', '/v1/checkout/check', { code: codes[0], sku: 'PHONE-1' })).status === 200,
      'checkout to know the batch',
    );
  }
  return codes;
};
