import { randomUUID } from 'node:crypto';
import { until } from '@fcode/testkit';
import { type Answer, type Calling, key, persistently } from './calling.ts';

const day = 86_400_000;

export interface Definition {
  quota?: number;
  allotment?: Record<string, number> | object[];
  dayLimit?: number;
  timeZone?: string;
  eligible?: string;
  buyerLimit?: number;
  orderLimit?: number;
  holdSeconds?: number;
  waitlist?: { offerSeconds: number };
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

/** Whoever calls, by role and name. */
export type Cast = (role: 'ops' | 'checkout', subject: string) => Promise<Calling>;

/** One operator asks for a grant and others approve it, until enough have or it is refused; the last of their answers. */
export const askForGrant = async (as: Cast, issuanceUrl: string, campaignId: string, to: object): Promise<Answer> => {
  const grants = `/v1/campaigns/${campaignId}/grants`;
  const wish = { to, reason: 'test', reference: randomUUID() };
  const ops = await as('ops', 'ops_1');
  let last = await persistently(() => ops(issuanceUrl, 'POST', grants, wish));
  for (const subject of ['ops_2', 'ops_3']) {
    if (last.body.status !== 'waiting') break;
    const other = await as('ops', subject);
    const path = `${grants}/${String(last.body.grantId)}/approve`;
    last = await persistently(() => other(issuanceUrl, 'POST', path, {}));
  }
  return last;
};

/** The batch of a grant that was asked for and approved. */
export const grantBatch = async (as: Cast, issuanceUrl: string, campaignId: string, to: object): Promise<number> => {
  const granted = await askForGrant(as, issuanceUrl, campaignId, to);
  if (granted.status !== 200) throw new Error(granted.text);
  const ops = await as('ops', 'ops_1');
  const { body } = await ops(issuanceUrl, 'GET', `/v1/campaigns/${campaignId}/grants/${String(granted.body.grantId)}`);
  return Number(body.batch);
};

export interface Granting {
  as: Cast;
  issuance: string;
  redemption: string[];
  campaignId: string;
}

/** Grants codes, exports them, and waits until checkout knows their batch on every given process; a row of the file a code. */
const exported = async (
  { as, issuance, redemption, campaignId }: Granting,
  to: object,
): Promise<[code: string, ...rest: string[]][]> => {
  const batch = await grantBatch(as, issuance, campaignId, to);
  const [ops, shop] = await Promise.all([as('ops', 'ops_1'), as('checkout', 'shop_1')]);
  const file = await ops(issuance, 'GET', `/v1/campaigns/${campaignId}/batches/${batch}/codes.csv`);
  const lines = file.text.trim().split('\r\n').slice(1);
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
  as: Cast,
  issuance: string,
  redemption: string[],
  campaignId: string,
  count: number,
): Promise<string[]> =>
  (await exported({ as, issuance, redemption, campaignId }, { bearer: count })).map(([code]) => code);

/** Codes of members, by member; whose they are, checkout hears later. */
export const grantToMembers = async (
  granting: Granting,
  members: { memberId: string; codes: number }[],
): Promise<Map<string, string[]>> => {
  const rows = await exported(granting, { members });
  const byMember = Map.groupBy(rows, (row) => row[3] as string);
  return new Map([...byMember].map(([memberId, theirs]) => [memberId, theirs.map(([code]) => code)]));
};
