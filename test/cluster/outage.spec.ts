import { setTimeout as sleep } from 'node:timers/promises';
import { services } from '@fcode/infra/tables';
import { type Processes, startProcesses } from '@fcode/processes';
import { type KafkaEngine, startKafka, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Calling, callingWith } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { startEngines } from '../support/engines.ts';
import { allDead, allHeard, everything, outOfOrder } from '../support/log-reading.ts';

const outageSeconds = 20;
const shoppers = 4;
const twice = [{}, {}];

let kafka: KafkaEngine | undefined;
let system: Processes;

beforeAll(async () => {
  // One of its own, which may be stopped, whatever broker is given for the others.
  vi.stubEnv('KAFKA_BROKERS', '');
  kafka = await startKafka();
  vi.unstubAllEnvs();
  if (!kafka) return;
  system = await startProcesses({
    engines: await startEngines(kafka.brokers),
    services: { membership: twice, issuance: twice, redemption: twice, referral: twice, insights: twice },
  });
});
afterAll(async () => {
  for (const { process: child, log, url } of services.flatMap((service) => system?.[service] ?? [])) {
    // It says why it ended; nobody else does.
    if (child.exitCode !== null) process.stderr.write(`${url} ended with ${child.exitCode}:\n${log()}\n`);
  }
  await system?.stop();
  await kafka?.stop();
});

describe('a broker that is stopped for a while under checkout load', () => {
  it('fails no checkout; afterwards every event arrives, in order', async (test) => {
    const { halt, resume } = kafka ?? {};
    // Where Kafka is required, that there is none was an error before.
    if (!halt || !resume) return test.skip('no broker that may be stopped: neither Docker nor Java');
    const as = async (role: 'ops' | 'checkout', subject: string): Promise<Calling> =>
      callingWith(await system.token(role, subject));
    const [ops, shop] = await Promise.all([as('ops', 'ops_1'), as('checkout', 'shop_1')]);
    const issuance = system.issuance[0]?.url as string;
    const campaignId = await publishDrop(ops, issuance);
    const urls = system.redemption.map(({ url }) => url);
    const codes = await grantCodes(as, issuance, urls, campaignId, 5000);

    const failed: string[] = [];
    const owned = new Map<string, string>();
    const released: string[] = [];
    let orders = 0;
    let stopped = false;
    const checkout = async () => {
      while (!stopped) {
        orders += 1;
        const url = urls[orders % urls.length] as string;
        const orderId = `order-${orders}`;
        const code = codes[orders] as string;
        const post = async (verb: string, body: object) => {
          const answer = await shop(url, 'POST', `/v1/checkout/${verb}`, body);
          if (answer.status !== 200) failed.push(`${verb} ${orderId}: ${answer.status} ${answer.word}`);
          return answer.body;
        };
        const order = { code, orderId, sku: 'PHONE-1', buyer: { email: `${orderId}@example.com` } };
        const kind = orders % 4;
        if (kind === 0) await post('redeem', order);
        else {
          const { holdId } = await post('hold', order);
          if (kind === 3) {
            await post('release', { holdId, orderId });
            released.push(orderId);
          } else await post('confirm', { holdId, orderId });
        }
        if (kind !== 3) owned.set(orderId, code);
        await sleep(200);
      }
    };
    const load = Promise.all(Array.from({ length: shoppers }, checkout)).catch((error: unknown) => {
      failed.push(String(error));
    });
    await sleep(2_000);
    await halt();
    const [before, ready] = [orders, await Promise.all(urls.map(async (url) => (await fetch(`${url}/readyz`)).status))];
    await sleep(outageSeconds * 1_000);
    const during = orders - before;
    await resume();
    await sleep(2_000);
    stopped = true;
    await load;
    process.stderr.write(
      `broker away for ${outageSeconds} s: ${during} checkouts meanwhile, ${failed.length} failed\n`,
    );
    expect(failed).toEqual([]);
    expect(ready).toEqual([200, 200]);
    expect(during).toBeGreaterThan(outageSeconds * 4);

    const log = system.engines.openLog();
    const told = async (type: string) => {
      const events = (await everything(log)).filter((event) => event.type === `fcode.code.${type}.v1`);
      return new Set(events.map(({ data }) => (data as { order: { orderId: string } }).order.orderId));
    };
    await until(async () => (await told('redeemed')).size >= owned.size, 'every redemption to arrive', 60);
    const [redeemedOrders, releasedOrders] = [await told('redeemed'), await told('released')];
    expect([...owned.keys()].filter((orderId) => !redeemedOrders.has(orderId))).toEqual([]);
    expect(released.filter((orderId) => !releasedOrders.has(orderId))).toEqual([]);
    expect(outOfOrder(await everything(log))).toEqual([]);
    await allHeard(log, 120);
    expect(await allDead(log)).toEqual([]);
    await log.close();
  });
});
