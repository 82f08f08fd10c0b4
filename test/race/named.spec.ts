import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, persistently } from '../support/calling.ts';
import { grantBatch, publishDrop } from '../support/drop.ts';
import { onCluster } from '../support/engines.ts';
import { type System, startSystem } from '../support/system.ts';

const rounds = onCluster ? 2 : 4;
const uses = 30;
let system: System;
let shop: Calling;
let ops: Calling;
let urls: string[];

beforeAll(async () => {
  system = await startSystem({ redemption: [{}, {}] });
  [shop, ops] = await Promise.all([system.as('checkout', 'shop_1'), system.as('ops', 'ops_1')]);
  urls = system.redemption.map(({ url }) => url);
});
afterAll(() => system.stop());

const at = (position: number): string => urls[position % urls.length] as string;
const ask = (position: number, verb: string, body: object): Promise<Answer> =>
  persistently(() => shop(at(position), 'POST', `/v1/checkout/${verb}`, body));
const wish = (code: string, orderId: string, memberId: string) => ({
  code,
  orderId,
  sku: 'PHONE-1',
  buyer: { memberId },
});
const times = <Result>(count: number, job: (position: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, position) => job(position)));

const named = async (campaign: string, to: { name: string; uses: number; perBuyer?: number }) => {
  const issuance = system.issuance[0]?.url as string;
  await grantBatch(system.as, issuance, campaign, to);
  for (const url of urls) {
    await until(async () => {
      const { body } = await shop(url, 'POST', '/v1/checkout/check', { code: to.name, sku: 'PHONE-1' });
      return body.outcome === 'accepted';
    });
  }
};
const used = async (name: string) => {
  const { body } = await persistently(() => ops(at(0), 'GET', `/v1/checkout/names/${name}`));
  const { held, redeemed } = body;
  return Number(held) + Number(redeemed);
};

describe('a code by name, at two redemption processes on one store', () => {
  it(`is used ${uses} times by ${2 * uses} orders at once, and once more for each that gives its use back, ${rounds} times`, async () => {
    const campaign = await publishDrop(ops, system.issuance[0]?.url as string, { quota: 10_000 });
    for (let round = 0; round < rounds; round += 1) {
      const name = `TOTAL-${round}`;
      await named(campaign, { name, uses });
      const take = (n: number) => ask(n, (n + round) % 2 ? 'hold' : 'redeem', wish(name, `t${round}-${n}`, `m_${n}`));
      const answers = await times(2 * uses, take);
      const won = answers.filter(({ status }) => status === 200);
      const lost = answers.filter(({ word }) => word === 'code_used_up');
      expect({ round, won: won.length, lost: lost.length }).toEqual({ round, won: uses, lost: uses });
      expect(await used(name)).toBe(uses);
      const held = won.filter(({ body }) => body.status === 'held').slice(0, 5);
      const back = await times(held.length, (n) =>
        ask(n, 'release', { holdId: held[n]?.body.holdId, orderId: held[n]?.body.orderId }),
      );
      expect(back.map(({ status }) => status)).toEqual(held.map(() => 200));
      const more = await times(20, (n) => ask(n, 'hold', wish(name, `u${round}-${n}`, `m_${n}`)));
      expect(more.filter(({ status }) => status === 200)).toHaveLength(held.length);
      expect(await used(name)).toBe(uses);
    }
  });

  it(`is used by one buyer as often as one buyer may, from 20 carts at once, ${rounds} times`, async () => {
    const campaign = await publishDrop(ops, system.issuance[0]?.url as string, { quota: 10_000 });
    for (let round = 0; round < rounds; round += 1) {
      const name = `BUYER-${round}`;
      await named(campaign, { name, uses: 100, perBuyer: 2 });
      const answers = await times(20, (n) =>
        ask(n, n % 3 ? 'hold' : 'redeem', wish(name, `b${round}-${n}`, 'm_greedy')),
      );
      const won = answers.filter(({ status }) => status === 200).length;
      const lost = answers.filter(({ word }) => word === 'name_limit_reached').length;
      expect({ round, won, lost }).toEqual({ round, won: 2, lost: 18 });
      expect(await used(name)).toBe(2);
    }
  });

  it(`is one use for an order that asks 32 times, and the same answer, ${rounds} times`, async () => {
    const campaign = await publishDrop(ops, system.issuance[0]?.url as string, { quota: 10_000 });
    for (let round = 0; round < rounds; round += 1) {
      const name = `ORDER-${round}`;
      await named(campaign, { name, uses });
      const answers = await times(32, (n) => ask(n, round % 2 ? 'hold' : 'redeem', wish(name, `o${round}`, 'm_1')));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, `round ${round}`).toBe(1);
      expect(answers[0]?.status).toBe(200);
      expect(await used(name)).toBe(1);
    }
  });
});
