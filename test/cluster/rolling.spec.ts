import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@fcode/infra/tables';
import { services } from '@fcode/infra/tables';
import { type Processes, type Running, startProcesses } from '@fcode/processes';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Balanced } from '../support/balanced.ts';
import { type Calling, callingWith, key } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { startEngines } from '../support/engines.ts';
import { allDead, allHeard, everything, outOfOrder } from '../support/log-reading.ts';

const twice = [{}, {}];
let system: Processes;
let as: (role: Parameters<Processes['token']>[0], subject: string) => Promise<Calling>;

beforeAll(async () => {
  system = await startProcesses({
    engines: await startEngines(),
    services: { membership: twice, issuance: twice, redemption: twice, referral: twice, insights: twice },
  });
  as = async (role, subject) => callingWith(await system.token(role, subject));
});
afterAll(() => system.stop());

describe('a rolling restart of every service under load', () => {
  it('fails no request that one retry within a second does not cure, and loses nothing', async () => {
    const [ops, shop, connector] = await Promise.all([
      as('ops', 'ops_1'),
      as('checkout', 'shop_1'),
      as('connector', 'forum'),
    ]);
    const issuance = system.issuance[0]?.url as string;
    const campaignId = await publishDrop(ops, issuance, { allotment: { fan: 100 } });
    const codes = await grantCodes(
      as,
      issuance,
      system.redemption.map(({ url }) => url),
      campaignId,
      5000,
    );
    const members = await Promise.all(Array.from({ length: 4 }, (_, n) => as('member', `m_${n}`)));
    const link = { campaignId, channel: 'messenger' };
    for (const { url } of system.referral) {
      const ready = async () => (await members[0]?.(url, 'POST', '/v1/me/links', link))?.status === 201;
      await until(ready, 'referral to know the campaign');
    }

    const balanced = new Balanced();
    const running: Record<ServiceName, Running[]> = system;
    const redeemed: string[] = [];
    const strange: string[] = [];
    const expectStatus = (what: string, status: number, wanted: number) => {
      if (status !== wanted) strange.push(`${what}: ${status}`);
    };
    let count = 0;
    let stopped = false;
    /** Everything that customers, fans, connectors and ops do, over and over. */
    const work: Record<ServiceName, () => Promise<void>> = {
      redemption: async () => {
        count += 1;
        const orderId = `order-${count}`;
        const order = { code: codes[count], orderId, sku: 'PHONE-1', buyer: { email: `${orderId}@example.com` } };
        const answer = await balanced.ask('redeem', running.redemption, (url) =>
          shop(url, 'POST', '/v1/checkout/redeem', order),
        );
        expectStatus('redeem', answer.status, 200);
        redeemed.push(orderId);
      },
      issuance: async () => {
        count += 1;
        const member = members[count % members.length] as Calling;
        const wish = key();
        const answer = await balanced.ask('claim', running.issuance, (url) =>
          member(url, 'POST', `/v1/campaigns/${campaignId}/claims`, {}, wish),
        );
        // A hundred each, and then they are refused.
        if (answer.word !== 'allotment_used') expectStatus('claim', answer.status, 201);
      },
      membership: async () => {
        count += 1;
        const ref = `post-${count}`;
        const row = {
          memberId: `m_${count % 50}`,
          source: 'forum',
          ref,
          kind: 'fix',
          occurredAt: new Date().toISOString(),
        };
        const answer = await balanced.ask('contribution', running.membership, (url) =>
          connector(url, 'POST', '/v1/contributions', { contributions: [row] }),
        );
        expectStatus('contribution', answer.status, 200);
      },
      referral: async () => {
        count += 1;
        const member = members[count % members.length] as Calling;
        const answer = await balanced.ask('link', running.referral, (url) => member(url, 'POST', '/v1/me/links', link));
        expectStatus('link', answer.status, 201);
      },
      insights: async () => {
        const answer = await balanced.ask('funnel', running.insights, (url) =>
          ops(url, 'GET', `/v1/funnels/${campaignId}`),
        );
        expectStatus('funnel', answer.status, 200);
      },
    };
    const load = services.flatMap((service) =>
      Array.from({ length: 2 }, async () => {
        while (!stopped) {
          await work[service]();
          await sleep(250);
        }
      }),
    );
    const troubled = Promise.all(load);
    troubled.catch(() => undefined);

    await sleep(1_000);
    const exits: (number | null)[] = [];
    for (const service of services) {
      for (const [position, old] of running[service].entries()) {
        exits.push(await old.stop());
        running[service][position] = await system.add(service, {}, { port: Number(new URL(old.url).port) });
        await sleep(500);
      }
    }
    stopped = true;
    await troubled;

    expect(exits).toEqual(services.flatMap(() => [0, 0]));
    expect(balanced.uncured).toEqual([]);
    expect(strange).toEqual([]);
    // Each process is away for a moment, and the other one of its service has half of the requests.
    expect(balanced.failures.length).toBeLessThan(balanced.answers * 0.15);
    process.stderr.write(
      `rolling restart: ${balanced.answers} requests, ${balanced.failures.length} failed and were cured by one retry\n`,
    );
    const log = system.engines.openLog();
    const published = async () => {
      const told = (await everything(log)).filter(({ type }) => type.startsWith('fcode.code.redeemed.'));
      return new Set(told.map(({ data }) => (data as { order: { orderId: string } }).order.orderId));
    };
    await until(async () => (await published()).size >= redeemed.length, 'every redemption to be published', 30);
    const orders = await published();
    expect(redeemed.filter((orderId) => !orders.has(orderId))).toEqual([]);
    await allHeard(log);
    expect(outOfOrder(await everything(log))).toEqual([]);
    expect(await allDead(log)).toEqual([]);
    await log.close();
  });
});
