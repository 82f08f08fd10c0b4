import { join } from 'node:path';
import { openEmbeddedLog } from '@fcode/event-log';
import { topics } from '@fcode/infra/topics';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, key } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { everything } from '../support/log-reading.ts';

const kills = 10;
const shoppers = 12;
const claimers = 4;
const toldARound = 50;

let system: Embedded;
beforeAll(async () => {
  system = await startEmbedded();
});
afterAll(() => system.stop());

/** What somebody was told, and must stay true. */
interface Told {
  kind: 'redeemed' | 'released' | 'claimed';
  code: string;
  orderId: string;
  text: string;
  again: () => Promise<Answer>;
}

describe('the embedded system, killed in the middle of its work', () => {
  it(`keeps everything it acknowledged, doubles nothing, and publishes every redemption, ${kills} times`, async () => {
    const { as, url } = system;
    const ops = await as('ops', 'ops_1');
    const shop = await as('checkout', 'shop_1');
    const members = await Promise.all(Array.from({ length: claimers }, (_, n) => as('member', `m_${n}`)));
    const campaign = await publishDrop(ops, url, { allotment: { fan: 100 } });
    const limited = await publishDrop(ops, url, { buyerLimit: 1 });
    const codes = await grantCodes(as, url, [url], campaign, 10_000);
    codes.push(...(await grantCodes(as, url, [url], limited, 10_000)));
    const told: Told[] = [];
    let orders = 0;
    const post = (verb: string, body: object) => shop(url, 'POST', `/v1/checkout/${verb}`, body);

    const shopping = async (stop: { now: boolean }) => {
      while (!stop.now) {
        orders += 1;
        const orderId = `o${orders}`;
        const code = codes.splice(Math.floor(Math.random() * codes.length), 1)[0] as string;
        const order = { code, orderId, sku: 'PHONE-1', buyer: { email: `${orderId}@example.com` } };
        try {
          if (orders % 3 === 0) {
            const redeemed = await post('redeem', order);
            if (redeemed.status === 200) {
              told.push({ kind: 'redeemed', code, orderId, text: redeemed.text, again: () => post('redeem', order) });
            }
            continue;
          }
          const held = await post('hold', order);
          if (held.status !== 200) continue;
          const settle = { holdId: held.body.holdId, orderId };
          const verb = orders % 3 === 1 ? 'confirm' : 'release';
          const settled = await post(verb, settle);
          if (settled.status === 200) {
            const kind = verb === 'confirm' ? 'redeemed' : 'released';
            told.push({ kind, code, orderId, text: settled.text, again: () => post(verb, settle) });
          }
        } catch {
          // The process was killed under this request: nobody was told anything.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const claiming = async (member: Calling, stop: { now: boolean }) => {
      for (let wishes = 0; !stop.now && wishes < 9; wishes += 1) {
        const headers = key();
        const again = () => member(url, 'POST', `/v1/campaigns/${campaign}/claims`, {}, headers);
        try {
          const claimed = await again();
          if (claimed.status === 201) {
            told.push({ kind: 'claimed', code: String(claimed.body.code), orderId: '', text: claimed.text, again });
          }
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };

    let checked = 0;
    for (let round = 0; round < kills; round += 1) {
      const stop = { now: false };
      const load = [
        ...Array.from({ length: shoppers }, () => shopping(stop)),
        ...members.map((member) => claiming(member, stop)),
      ];
      // In the middle of the work, however fast the machine is: not before much was told, and at no chosen moment.
      await until(() => told.length >= checked + toldARound, 'the load to get going', 30);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      await system.kill();
      stop.now = true;
      await Promise.all(load);
      await system.resume();

      // What was told is still so, to the letter, for everything since the last kill.
      const since = told.slice(checked);
      const answers = await Promise.all(
        since.map(({ again }) =>
          until(async () => {
            const given = await again();
            return given.status === 503 ? undefined : given;
          }),
        ),
      );
      expect(answers.map(({ text }) => text)).toEqual(since.map(({ text }) => text));
      checked = told.length;
    }

    expect(told.length).toBeGreaterThanOrEqual(kills * toldARound);
    const owned = told.filter(({ kind }) => kind !== 'released').map(({ kind, code }) => `${kind} ${code}`);
    expect(new Set(owned).size).toBe(owned.length);

    // A clean stop publishes what this process knows; the relay has seen to what the killed ones left.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await system.end();
    const log = openEmbeddedLog({ file: join(system.folder, 'events.sqlite'), topics });
    const events = await everything(log);
    await log.close();
    const redemptions = new Map<string, Set<string>>();
    const orderOf = new Map<string, string>();
    for (const { type, subject, id, data } of events) {
      if (type !== 'fcode.code.redeemed.v1') continue;
      const { order, redemptionId } = data as { order: { orderId: string }; redemptionId: string };
      redemptions.set(subject, (redemptions.get(subject) ?? new Set()).add(`${order.orderId} ${redemptionId}`));
      orderOf.set(order.orderId, id);
    }
    // However often an event was appended, a code has one owner, and every redemption that was told is there.
    expect([...redemptions.values()].filter((owners) => owners.size !== 1)).toEqual([]);
    const missing = told.filter(({ kind, orderId }) => kind === 'redeemed' && !orderOf.has(orderId));
    expect(missing).toEqual([]);
  });
});
