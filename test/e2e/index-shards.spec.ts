import { Tables } from '@fcode/reconcile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let tables: Tables;
beforeAll(async () => {
  system = await startSystem({ redemption: [{}, { FCODE_INDEX_SHARDS: '64' }] });
  tables = new Tables({ endpoint: system.engines.storeEndpoint, prefix: system.engines.tablePrefix });
});
afterAll(async () => {
  tables.close();
  await system.stop();
});

it('a process of a service can be told to use more shards of the indexes while others use what there were', async () => {
  await expect.poll(() => tables.indexShards()).toMatchObject({ redemption: 64, issuance: 2 });
  const issuance = system.issuance[0]?.url as string;
  const redemption = system.redemption.map(({ url }) => url);
  const campaignId = await publishDrop(await system.as('ops', 'ops_1'), issuance);
  const codes = await grantCodes(system.as, issuance, redemption, campaignId, 40);
  const shop = await system.as('checkout', 'shop_1');
  for (const [n, code] of codes.entries()) {
    const order = { code, orderId: `o-${n}`, sku: 'PHONE-1', buyer: { memberId: `m_${n}` } };
    expect((await shop(redemption[n % 2] as string, 'POST', '/v1/checkout/redeem', order)).status).toBe(200);
  }
  await expect.poll(() => tables.unpublished()).toBe(0);
});
