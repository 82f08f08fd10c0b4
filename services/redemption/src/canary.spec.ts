import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, mint, startBench } from './fixtures/bench.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
const mined = { batch: 1, size: 110, canaries: 10 };
const [canary = 0, second = 0] = mint.canaries(2).all(mined);
const good = [0, 1, 2].find((index) => !mint.canaries(2).has(mined, index)) as number;
const text = (index: number) => mint.mint({ batch: 1, index }, 2);

beforeAll(async () => {
  bench = await startBench();
  shop = bench.open();
  await shop.service.start();
  await bench.log.append([batchAnnounced(1, mined)]);
  await until(async () => (await shop.ask('check', { code: text(good), sku: 'PHONE-1' })).body.outcome === 'accepted');
});
afterAll(() => bench.stop());

const wish = (index: number) => ({
  code: text(index),
  sku: 'PHONE-1',
  orderId: 'c1',
  buyer: { email: 'thief@example.com' },
  shopper: { id: 'session-1', network: '203.0.113.7' },
});
/** Of one code, each once. */
const alarms = async (index: number) => {
  const all = (await bench.logged('redemption', 'canary.touched')).filter(
    ({ subject }) => subject === `code/1.${index}`,
  );
  return [...new Map(all.map(({ id, data }) => [id, data as Record<string, string>])).values()];
};

describe('a code that nobody was given', () => {
  it.each(['hold', 'redeem'])('is answered by %s as no code is, and counts as a guess', async (verb) => {
    const forged = await shop.ask(verb, { ...wish(canary), code: '1ABC-DEFG-HJKM-NPQR', shopper: { id: `f-${verb}` } });
    const tried = await shop.ask(verb, { ...wish(canary), shopper: { id: `c-${verb}` } });
    const said = ({ status, body: { instance: _, ...body }, rateLimit }: typeof tried) => ({ status, body, rateLimit });
    expect(said(tried)).toEqual(said(forged));
  });

  it('raises the alarm with what is known of who tried it, and nothing that names anybody', async () => {
    await shop.ask('hold', wish(second));
    await shop.ask('check', wish(second));
    const mine = await until(async () => {
      const all = await alarms(second);
      return all.length === 2 ? all : undefined;
    });
    expect(new Set(mine.map(({ verb }) => verb))).toEqual(new Set(['check', 'hold']));
    expect(mine[0]).toMatchObject({ batch: 1, campaignId: 'cmp_1', shop: 'shop-a', orderId: 'c1' });
    for (const { buyer, shopper, network } of mine) {
      expect([buyer, shopper, network]).toEqual([
        expect.stringMatching(/^g:[\w-]{24}$/),
        expect.stringMatching(/^[\w-]{16}$/),
        expect.stringMatching(/^[\w-]{16}$/),
      ]);
    }
    expect(JSON.stringify(mine)).not.toMatch(/thief|session|203\.0/);
  });

  it('is none of those that were given', async () => {
    expect((await shop.ask('hold', wish(good))).status).toBe(200);
    // What comes after it in the log is there, and no alarm.
    await until(async () => (await bench.logged('redemption', 'code.held')).length > 0);
    expect(await alarms(good)).toEqual([]);
  });
});
