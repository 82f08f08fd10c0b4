import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Calling, key } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let url: string;
let ops: Calling;
beforeAll(async () => {
  system = await startSystem({
    membership: true,
    insights: true,
    gateway: true,
    issuance: [{}, {}],
    redemption: [{}, {}],
  });
  url = system.gateway?.url as string;
  ops = await system.as('ops', 'ops_1');
});
afterAll(() => system.stop());

const claim = async (memberId: string, campaign: string) =>
  (await system.as('member', memberId))(url, 'POST', `/v1/campaigns/${campaign}/claims`, {}, key());
const allotted = async (memberId: string, campaign: string) =>
  (await (await system.as('member', memberId))(url, 'GET', `/v1/campaigns/${campaign}/allotment`)).body;

describe('a drop by rules, every service a process of its own', () => {
  it('keeps places for who has a badge, asks orders its conditions, and counts the day', async () => {
    const campaign = await publishDrop(ops, url, {
      quota: 4,
      allotment: [
        { when: '"early" in badges', codes: 2, places: 2 },
        { when: 'true', codes: 1 },
      ],
      dayLimit: 1,
      eligible: 'order.amount >= 10000 && member != ""',
    });
    const award = { members: ['m_early'], reason: 'Had 100 points before August 2011' };
    expect((await ops(url, 'POST', '/v1/badges/early/awards', award)).status).toBe(200);
    await until(async () => (await allotted('m_early', campaign)).allotted === 2, 'the badge is heard', 20);

    const others = await Promise.all(['m_1', 'm_2', 'm_3', 'm_4'].map((member) => claim(member, campaign)));
    expect(others.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(others.filter(({ word }) => word === 'sold_out')).toHaveLength(2);
    const codes = [await claim('m_early', campaign), await claim('m_early', campaign)];
    expect(codes.map(({ status }) => status)).toEqual([201, 201]);
    expect(codes[0]?.body.decision).toMatchObject({
      reasons: [{ code: 'tier_open' }, { code: 'rule_holds', rule: 1, codes: 2 }, { code: 'claimed', codes: 0 }],
    });
    expect((await claim('m_early', campaign)).word).toBe('allotment_used');

    const shop = await system.as('checkout', 'shop_1');
    const redemption = system.redemption.map(({ url: at }) => at);
    const [first, second] = codes.map(({ body }) => String(body.code));
    const order = (code: string | undefined, orderId: string, amount: number) => ({
      code,
      orderId,
      sku: 'PHONE-1',
      buyer: { memberId: 'm_early' },
      price: { amount, currency: 'EUR' },
    });
    const hold = (at: number, body: object) => shop(redemption[at] as string, 'POST', '/v1/checkout/hold', body);
    await until(
      async () => (await hold(0, order(first, 'cheap', 9999))).word === 'order_not_eligible',
      'checkout knows the terms',
      20,
    );
    expect((await hold(0, order(first, 'o1', 10_000))).status).toBe(200);
    expect((await hold(1, order(second, 'o2', 10_000))).word).toBe('day_limit_reached');
  });

  it('grants the rows of a file when somebody else has approved it, and the members have their codes', async () => {
    const campaign = await publishDrop(ops, url, { quota: 5000 });
    const send = (reference: string) =>
      fetch(`${url}/v1/campaigns/${campaign}/grants/csv?reason=contest&reference=${reference}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
        body: `member_id,codes\n${Array.from({ length: 1200 }, (_, n) => `m_f${n},${1 + (n % 2)}`).join('\n')}\nnobody here,1\n`,
      });
    const token = await system.token('ops', 'ops_1');
    const asked = (await (await send('PR-1')).json()) as { grantId: string };
    expect((await (await send('PR-1')).json()) as object).toEqual(asked);
    const path = `/v1/campaigns/${campaign}/grants/${asked.grantId}`;
    expect((await ops(url, 'POST', `${path}/approve`, {})).word).toBe('approver_asked');
    const other = await system.as('ops', 'ops_2');
    expect((await other(url, 'POST', `${path}/approve`, {})).body.status).toBe('running');
    const done = await until(
      async () => {
        const { body } = await ops(url, 'GET', path);
        return body.status === 'done' ? body : undefined;
      },
      'the grant is done',
      30,
    );
    expect(done).toMatchObject({ codes: 1800, progress: { rows: 1201, granted: 1200, percent: 100 } });
    const rows = (await ops(url, 'GET', `${path}/rows?page=1`)).body.items as { result: string }[];
    expect(rows.at(-1)).toMatchObject({ row: 1201, result: 'no_member' });
    const mine = (await (await system.as('member', 'm_f7'))(url, 'GET', '/v1/me/codes')).body.items as object[];
    expect(mine).toHaveLength(2);
  });
});
