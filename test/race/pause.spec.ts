import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Calling } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let ops: Calling;
let shop: Calling;
let urls: string[];
let issuance: string;

beforeAll(async () => {
  system = await startSystem({ redemption: [{}, {}, {}, {}] });
  ops = await system.as('ops', 'ops_1');
  shop = await system.as('checkout', 'shop_1');
  urls = system.redemption.map(({ url }) => url);
  issuance = system.issuance[0]?.url as string;
});
afterAll(() => system.stop());

describe('a pause at one of four checkouts, one of which stands still', () => {
  it('lets no request succeed that any of them receives after the pause was answered', async () => {
    const campaign = await publishDrop(ops, issuance);
    const codes = await grantCodes(system.as, issuance, urls, campaign, 4000);
    let next = 0;
    let sold = 0;
    const asked: { at: number; sleeper: boolean; answer: Promise<Answer> }[] = [];
    const take = (url: string) => {
      const at = performance.now();
      const code = codes[next++] as string;
      const wish = { code, orderId: `o${next}`, sku: 'PHONE-1', buyer: { memberId: `m_${next}` } };
      const verb = next % 2 ? 'hold' : 'redeem';
      const answer = shop(url, 'POST', `/v1/checkout/${verb}`, wish).then((given) => {
        if (given.status === 200) sold += 1;
        return given;
      });
      asked.push({ at, sleeper: url === urls[3], answer });
      return answer;
    };
    const isStopped = new AbortController();
    const shopping = urls.slice(0, 3).map(async (url) => {
      while (!isStopped.signal.aborted) {
        await take(url);
        await sleep(5);
      }
    });
    // By what is done, not by the clock: on a slow machine as much is under way.
    await until(() => sold > 50, 'the checkouts to be busy', 30);
    await take(urls[3] as string);

    const sleeper = system.redemption[3]?.process;
    sleeper?.kill('SIGSTOP');
    const queued = Array.from({ length: 10 }, () => take(urls[3] as string));
    const paused = await ops(urls[0] as string, 'POST', `/v1/checkout/campaigns/${campaign}/pause`, {
      reason: 'a leak',
    });
    const answeredAt = performance.now();
    expect(paused.body).toEqual({ campaignId: campaign, checkout: 'paused' });
    // What comes now, comes after the answer: also to the one that does not look yet.
    const late = Array.from({ length: 10 }, () => take(urls[3] as string));
    await sleep(500);
    sleeper?.kill('SIGCONT');
    await Promise.all([...queued, ...late]);
    for (let round = 0; round < 20; round += 1) {
      await take(urls[3] as string);
      await sleep(100);
    }
    isStopped.abort();
    await Promise.all(shopping);

    const answers = await Promise.all(asked.map(async ({ answer, ...rest }) => ({ ...rest, ...(await answer) })));
    const after = answers.filter(({ at }) => at > answeredAt);
    expect(after.filter(({ status }) => status === 200)).toEqual([]);
    // Refused for the reason, or not answered while it is not known: on a busy machine who wakes may look before it answers.
    expect(after.filter(({ status, word }) => word !== 'campaign_paused' && status !== 503)).toEqual([]);
    expect(after.filter(({ sleeper: slept }) => slept).length).toBeGreaterThan(late.length);
    expect(after.filter(({ sleeper: slept, word }) => slept && word === 'campaign_paused').length).toBeGreaterThan(0);
    expect(answers.filter(({ at, status }) => at < answeredAt && status === 200).length).toBeGreaterThan(50);

    const resumed = await ops(urls[1] as string, 'POST', `/v1/checkout/campaigns/${campaign}/resume`, {
      reason: 'mended',
    });
    expect(resumed.status).toBe(200);
    for (const url of urls) expect((await take(url)).status).toBe(200);
  });
});
