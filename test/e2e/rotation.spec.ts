import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Calling } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let ops: Calling;
let shop: Calling;

beforeAll(async () => {
  system = await startSystem();
  [ops, shop] = await Promise.all([system.as('ops', 'ops_1'), system.as('checkout', 'shop_1')]);
});
afterAll(() => system.stop());

const redeem = (url: string, code: string, orderId: string) =>
  shop(url, 'POST', '/v1/checkout/redeem', { code, orderId, sku: 'PHONE-1', buyer: { memberId: 'm_1' } });
const versionOf = (code: string): string => code.slice(0, 1);

describe('a new code key', () => {
  it('is given to every process first and used then; codes of the old one live on', async () => {
    const [oldIssuance, oldRedemption] = [system.issuance[0]?.url as string, system.redemption[0]?.url as string];
    const before = await publishDrop(ops, oldIssuance);
    const oldCodes = await grantCodes(system.as, oldIssuance, [oldRedemption], before, 4);
    expect(oldCodes.map(versionOf)).toEqual(['1', '1', '1', '1']);

    // Every process gets the new key, and goes on with the old one.
    const both = { FCODE_CODE_KEYS: `${system.codeKeys},2:${Buffer.alloc(32, 9).toString('base64url')}` };
    const [spreadIssuance, redemption] = [
      await system.add('issuance', { ...both, FCODE_CODE_KEY: '1' }),
      await system.add('redemption', { ...both, FCODE_CODE_KEY: '1' }),
    ];
    const spread = await grantCodes(system.as, spreadIssuance.url, [redemption.url], before, 1);
    expect(spread.map(versionOf)).toEqual(['1']);

    // Then new batches take it.
    const issuance = await system.add('issuance', both);
    const newCodes = await grantCodes(system.as, issuance.url, [redemption.url], before, 2);
    expect(newCodes.map(versionOf)).toEqual(['2', '2']);
    expect((await redeem(redemption.url, newCodes[0] as string, 'n1')).status).toBe(200);
    expect((await redeem(redemption.url, oldCodes[0] as string, 'o1')).status).toBe(200);

    // A batch pins its version: a text of another version is none of its codes. A key that is not here is unknown.
    const forged = `1${(newCodes[1] as string).slice(1)}`;
    expect((await redeem(redemption.url, forged, 'f1')).word).toBe('code_not_valid');
    expect((await redeem(oldRedemption, newCodes[1] as string, 'f2')).word).toBe('code_not_valid');
    // An instance without the key of a campaign takes no claim of it that it could not hand over.
    const after = await publishDrop(ops, issuance.url);
    const mia = await system.as('member', 'm_mia');
    const claim = (url: string) => mia(url, 'POST', `/v1/campaigns/${after}/claims`, {}, { 'idempotency-key': 'once' });
    expect((await claim(oldIssuance)).word).toBe('unavailable');
    expect(versionOf(String((await claim(issuance.url)).body.code))).toBe('2');
  });
});
