import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, forger, mint, startBench } from './fixtures/bench.ts';
import { seconds } from './fixtures/story.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
let other: ReturnType<Bench['open']>;
const batch = 1;
beforeAll(async () => {
  bench = await startBench();
  [shop, other] = [bench.open(), bench.open()];
  await Promise.all([shop.service.start(), other.service.start()]);
  await bench.log.append([batchAnnounced(batch)]);
  for (const instance of [shop, other]) {
    await until(
      async () =>
        (await instance.ask('check', { code: mint.mint({ batch, index: 0 }), sku: 'PHONE-1' })).status === 200,
    );
  }
});
afterAll(() => bench.stop());

let guesses = 0;
/** Well-formed, and of another key. */
const guess = () => {
  guesses += 1;
  return forger.mint({ batch, index: guesses });
};
const sku = 'PHONE-1';
const tried = (instance: typeof shop, shopper: object, code = guess()) => instance.ask('check', { code, sku, shopper });

describe('a shopper who brings texts that are no codes', () => {
  it('is told how many tries are left, and is not listened to after ten, not even with a code', async () => {
    const shopper = { id: 'session-1' };
    for (let left = 9; left >= 0; left -= 1) {
      const { status, body, rateLimit, ratePolicy } = await tried(shop, shopper);
      expect([status, body.refusal]).toEqual([200, 'code_not_valid']);
      expect(ratePolicy).toBe('"shopper";q=10;w=600');
      expect(rateLimit).toMatch(new RegExp(`^"shopper";r=${left};t=\\d+$`));
    }
    const good = mint.mint({ batch, index: 1 });
    for (const verb of ['check', 'hold', 'redeem']) {
      const asked = await shop.ask(verb, { code: good, sku, shopper, orderId: 'g1', buyer: { memberId: 'm_mia' } });
      expect([asked.status, asked.body.type]).toEqual([429, 'urn:fcode:problem:too_many_attempts']);
      expect(Number(asked.retryAfter)).toBeGreaterThan(0);
      expect(Number(asked.retryAfter)).toBeLessThanOrEqual(600);
    }
    // Nobody else pays for it.
    const another = await shop.ask('hold', {
      code: good,
      sku,
      shopper: { id: 'session-2' },
      orderId: 'g2',
      buyer: { memberId: 'm_bob' },
    });
    expect(another.status).toBe(200);
  });

  it('is listened to again in the next ten minutes', async () => {
    const shopper = { id: 'session-3' };
    for (let tries = 0; tries < 10; tries += 1) await tried(shop, shopper);
    expect((await tried(shop, shopper)).status).toBe(429);
    bench.time.now += seconds(600);
    expect((await tried(shop, shopper)).status).toBe(200);
  });

  it('is known to the other instance within a second or two', async () => {
    const shopper = { id: 'session-4' };
    for (let tries = 0; tries < 10; tries += 1) await tried(shop, shopper);
    const refused = await until(async () => {
      const answer = await tried(other, shopper, 'HELLO');
      return answer.status === 429 ? answer : undefined;
    });
    expect(refused.rateLimit).toMatch(/r=0/);
  });

  it('is counted by whom they buy for, where the shop does not tell', async () => {
    const wish = () => ({ code: guess(), sku, orderId: 'g3', buyer: { email: 'guesser@example.com' } });
    for (let tries = 0; tries < 10; tries += 1) expect((await shop.ask('hold', wish())).status).toBe(404);
    expect((await shop.ask('redeem', wish())).status).toBe(429);
  });
});

describe('a network', () => {
  it('has a hundred, however many shoppers there are, and an IPv6 network is its first half', async () => {
    const asked = (n: number) =>
      tried(shop, { id: `net-${n}`, network: n % 2 ? `2001:db8:1:2::${n.toString(16)}` : `2001:DB8:1:2:0:0:0:${n}` });
    const answers = await Promise.all(Array.from({ length: 99 }, (_, n) => asked(n)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const last = await asked(99);
    expect(last.rateLimit).toMatch(/^"shopper";r=9;t=\d+, "network";r=0;t=\d+$/);
    expect((await asked(100)).status).toBe(429);
    expect((await tried(shop, { network: '2001:db8:1:3::1' })).status).toBe(200);
  });
});

describe('no guess is', () => {
  it.each([
    ['a text that has not even the form of a code', () => 'HELLO'],
    ['a code that is in use', () => mint.mint({ batch, index: 1 })],
    ['a code whose batch is not known here yet', () => mint.mint({ batch: 999_999, index: 1 })],
  ])('%s', async (_, code) => {
    const shopper = { id: `honest ${_}` };
    for (let tries = 0; tries < 12; tries += 1) await tried(shop, shopper, code());
    expect((await tried(shop, shopper)).rateLimit).toMatch(/r=9/);
  });
});

describe('the shop', () => {
  it('is never locked out itself: without a shopper there is nobody to count', async () => {
    for (let tries = 0; tries < 12; tries += 1) {
      const { status, rateLimit } = await shop.ask('check', { code: guess(), sku });
      expect([status, rateLimit]).toEqual([200, null]);
    }
  });

  it.each([{ id: '' }, { network: 'here' }, { id: 'x', who: 'y' }])('may not tell %o', async (shopper) => {
    expect((await tried(shop, shopper)).status).toBe(422);
  });
});
