import { until } from '@fcode/testkit';
import { type Calling, key } from './calling.ts';

const day = 86_400_000;

export interface Definition {
  quota?: number;
  allotment?: Record<string, number> | object[];
  dayLimit?: number;
  eligible?: string;
  buyerLimit?: number;
  orderLimit?: number;
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

export interface Granting {
  ops: Calling;
  shop: Calling;
  issuance: string;
  redemption: string[];
  campaignId: string;
}

/** Grants codes, exports them, and waits until checkout knows their batch on every given process; a row of the file a code. */
const grant = async (
  { ops, shop, issuance, redemption, campaignId }: Granting,
  to: object,
): Promise<[code: string, ...rest: string[]][]> => {
  const batches = `/v1/campaigns/${campaignId}/batches`;
  const granted = await ops(issuance, 'POST', batches, { to, reason: 'test' }, key());
  if (granted.status !== 201) throw new Error(granted.text);
  const exported = await ops(issuance, 'GET', `${batches}/${String(granted.body.batch)}/codes.csv`);
  const lines = exported.text.trim().split('\r\n').slice(1);
  const rows = lines.map((line) => line.split(',') as [string, ...string[]]);
  for (const url of redemption) {
    await until(
      async () =>
        (await shop(url, 'POST', '/v1/checkout/check', { code: rows[0]?.[0], sku: 'PHONE-1' })).status === 200,
      'checkout to know the batch',
    );
  }
  return rows;
};

/** Bearer codes. */
export const grantCodes = async (
  ops: Calling,
  shop: Calling,
  issuanceUrl: string,
  redemptionUrls: string[],
  campaignId: string,
  count: number,
): Promise<string[]> => {
  const granting = { ops, shop, issuance: issuanceUrl, redemption: redemptionUrls, campaignId };
  return (await grant(granting, { bearer: count })).map(([code]) => code);
};

/** Codes of members, by member; whose they are, checkout hears later. */
export const grantToMembers = async (
  granting: Granting,
  members: { memberId: string; codes: number }[],
): Promise<Map<string, string[]>> => {
  const rows = await grant(granting, { members });
  const byMember = Map.groupBy(rows, (row) => row[3] as string);
  return new Map([...byMember].map(([memberId, theirs]) => [memberId, theirs.map(([code]) => code)]));
};
