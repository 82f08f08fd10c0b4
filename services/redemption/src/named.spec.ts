import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchOf, type Bench, batchAnnounced, mint, startBench } from './fixtures/bench.ts';
import { seconds } from './fixtures/story.ts';
import { placeRef } from './places.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
let other: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  [shop, other] = [bench.open(), bench.open()];
  await Promise.all([shop.service.start(), other.service.start()]);
});
afterAll(() => bench.stop());

let batches = 100;
const announce = async ({ size = 5, perBuyer = 0, ...rest }: BatchOf & { perBuyer?: number } = {}) => {
  batches += 1;
  const batch = batches;
  const name = `SPRING-${batch}`;
  await bench.log.append([batchAnnounced(batch, { size, named: { name, perBuyer }, ...rest })]);
  for (const instance of [shop, other]) {
    await until(async () => (await instance.ask('check', { code: name, sku: 'PHONE-1' })).body.outcome === 'accepted');
  }
  return { batch, name };
};
let orders = 0;
const wish = (code: string, memberId = `m_${orders}`, orderId?: string) => {
  orders += 1;
  return { code, orderId: orderId ?? `n${orders}`, sku: 'PHONE-1', buyer: { memberId } };
};
const wordsOf = (answers: { status: number; body: { type?: string } }[]) =>
  Object.groupBy(answers, ({ status, body }) => (status === 200 ? 'ok' : (String(body.type).split(':').at(-1) ?? '')));
const uses = async (name: string) => {
  const answer = await shop.service.app.request(`/v1/checkout/names/${encodeURIComponent(name)}`, {
    headers: { authorization: 'Bearer ops:olga' },
  });
  return (await answer.json()) as { held: number; redeemed: number; uses: number; type?: string };
};

describe('a code by name', () => {
  it('is held, paid, cancelled and held anew like any other, however its name is written', async () => {
    const { name, batch } = await announce();
    const order = wish(name);
    const held = await shop.ask('hold', { ...order, code: ` ${name.toLowerCase().replace('-', ' – ')} ` });
    expect([held.status, held.body.status]).toEqual([200, 'held']);
    const again = await other.ask('hold', order);
    expect(again.body).toEqual(held.body);
    const paid = await other.ask('confirm', { holdId: held.body.holdId, orderId: order.orderId });
    expect(paid.body.status).toBe('redeemed');
    expect(await uses(name)).toMatchObject({ name, batch, uses: 5, held: 0, redeemed: 1 });
    const { redemptionId } = paid.body;
    expect((await shop.ask('cancel', { redemptionId, orderId: order.orderId })).status).toBe(200);
    expect((await shop.ask('redeem', order)).body.type).toContain('order_cancelled');
    expect((await shop.ask('hold', order)).status).toBe(200);
    expect(await uses(name)).toMatchObject({ held: 1, redeemed: 0 });
  });

  it('has as many uses as it has, for orders at once through two instances: not one more, and used up is said', async () => {
    const { name } = await announce({ size: 120 });
    const answers: Awaited<ReturnType<typeof shop.ask>>[] = [];
    let left = Array.from({ length: 200 }, () => wish(name));
    // Who was told to ask again asks again: a refusal is said only when it is so.
    for (let round = 0; round < 20 && left.length > 0; round += 1) {
      const asked = await Promise.all(
        left.map((order, position) =>
          (position % 2 ? shop : other).ask(Number(order.orderId.slice(1)) % 3 ? 'hold' : 'redeem', order),
        ),
      );
      answers.push(...asked.filter(({ status }) => status !== 503));
      left = left.filter((_, position) => asked[position]?.status === 503);
    }
    const words = wordsOf(answers);
    expect(words.ok).toHaveLength(120);
    expect(words.code_used_up).toHaveLength(80);
    const { held, redeemed } = await uses(name);
    expect(held + redeemed).toBe(120);
    const check = await shop.ask('check', wish(name));
    expect(check.body).toMatchObject({ outcome: 'refused', refusal: 'code_used_up' });
  });

  it('gives one order one use, however often and wherever it asks', async () => {
    const { name } = await announce();
    const order = wish(name);
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, position) => (position % 2 ? shop : other).ask('hold', order)),
    );
    const holds = new Set(asked.filter(({ status }) => status === 200).map(({ body }) => body.holdId));
    expect(holds.size).toBe(1);
    expect(await uses(name)).toMatchObject({ held: 1 });
  });

  it('is used by one buyer as often as one buyer may, whatever their carts', async () => {
    const { name } = await announce({ size: 60, perBuyer: 2 });
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, position) => (position % 2 ? shop : other).ask('hold', wish(name, 'm_greedy'))),
    );
    const words = wordsOf(asked);
    expect(words.ok).toHaveLength(2);
    expect(Object.keys(words).filter((word) => !/^ok$|name_limit_reached|unavailable|outcome/.test(word))).toEqual([]);
    const held = words.ok?.[0]?.body as { holdId: string; orderId: string };
    expect((await shop.ask('release', { holdId: held.holdId, orderId: held.orderId })).status).toBe(200);
    expect((await shop.ask('hold', wish(name, 'm_greedy'))).status).toBe(200);
    expect((await shop.ask('redeem', wish(name, 'm_greedy'))).body.type).toContain('name_limit_reached');
    expect((await shop.ask('hold', wish(name, 'm_modest'))).status).toBe(200);
  });

  it('gives a use back whose hold has expired, without anybody sweeping', async () => {
    const { name } = await announce({ size: 2, holdSeconds: 5 });
    const [first, second] = [wish(name), wish(name)];
    const held = await shop.ask('hold', first);
    expect([held.status, (await shop.ask('hold', second)).status]).toEqual([200, 200]);
    expect((await shop.ask('hold', wish(name))).body.type).toContain('code_used_up');
    bench.time.now += seconds(9);
    expect((await shop.ask('hold', wish(name))).body.type).toContain('code_used_up');
    bench.time.now += seconds(1);
    expect((await shop.ask('hold', wish(name))).status).toBe(200);
    expect((await other.ask('hold', wish(name))).status).toBe(200);
    expect((await other.ask('hold', wish(name))).body.type).toContain('code_used_up');
    // Their orders come late: both places are gone.
    const late = await shop.ask('confirm', { holdId: held.body.holdId, orderId: first.orderId });
    expect(late.body.type).toContain('hold_lost');
    // Who gave up its place finds another when there is one.
    bench.time.now += seconds(10);
    expect((await shop.ask('hold', first)).status).toBe(200);
  });

  it('answers a late duplicate as it was answered first, though the use went to another order since', async () => {
    const { name } = await announce({ size: 2 });
    const order = wish(name);
    const held = await shop.ask('hold', order, { key: 'named-1' });
    await shop.ask('release', { holdId: held.body.holdId, orderId: order.orderId });
    // Both uses are taken by others, one of them at that place; then the other place is free.
    const takers = [wish(name), wish(name)];
    const taken = await Promise.all(takers.map((taker) => shop.ask('hold', taker)));
    const [, batch, index] = String(held.body.holdId).split('_');
    const elsewhere = taken.find(({ body }) => !String(body.holdId).startsWith(`hold_${batch}_${index}_`));
    await shop.ask('release', { holdId: elsewhere?.body.holdId, orderId: elsewhere?.body.orderId });
    const anew = await shop.ask('hold', order, { key: 'named-2' });
    expect(anew.status).toBe(200);
    expect(anew.body.holdId).not.toBe(held.body.holdId);
    const late = await other.ask('hold', order, { key: 'named-1' });
    expect([late.status, late.body]).toEqual([200, held.body]);
    expect(await uses(name)).toMatchObject({ held: 2 });
    const reused = await other.ask('hold', { ...order, sku: 'PHONE-2' }, { key: 'named-1' });
    expect(reused.body.type).toContain('idempotency_key_reused');
  });

  it('has no place for anybody where a use was taken out, and none at all once its batch is revoked', async () => {
    const { name, batch } = await announce({ size: 2 });
    const held = await shop.ask('hold', wish(name));
    const index = Number.parseInt(String(held.body.holdId).split('_')[2] ?? '', 36);
    const revoke = { code: `${batch}.${index}`, reason: 'a test' };
    expect((await shop.ask('codes/revoke', revoke, { as: 'ops:olga' })).status).toBe(200);
    expect((await shop.ask('hold', wish(name))).status).toBe(200);
    expect((await shop.ask('hold', wish(name))).body.type).toContain('code_used_up');
    expect(await uses(name)).toMatchObject({ held: 1 });
    const [{ state }] = await shop.store.read([placeRef({ batch, index }, 2)]);
    expect(state.slots).toHaveLength(2);
    expect((await shop.ask(`batches/${batch}/revoke`, { reason: 'a test' }, { as: 'ops:olga' })).status).toBe(200);
    for (const verb of ['hold', 'redeem']) {
      expect((await shop.ask(verb, wish(name))).body.type).toMatch(/code_not_usable|code_used_up/);
    }
  });

  it('is good for a paid order that lost its hold', async () => {
    const { name } = await announce({ size: 1 });
    const reissue = { ...wish(name), holdId: 'hold_1_1_1', shop: 'shop-a', reason: 'paid late' };
    expect((await shop.ask('reissue', reissue, { as: 'ops:olga' })).body.status).toBe('redeemed');
    expect((await shop.ask('reissue', reissue, { as: 'ops:olga' })).body.status).toBe('redeemed');
    const next = { ...reissue, orderId: 'another' };
    expect((await shop.ask('reissue', next, { as: 'ops:olga' })).body.type).toContain('code_used_up');
  });

  it('has no other texts: what would be the printed form of a use is no code', async () => {
    const { batch } = await announce();
    const { body } = await shop.ask('check', { code: mint.mint({ batch, index: 0 }), sku: 'PHONE-1' });
    expect(body.refusal).toBe('code_not_valid');
  });

  it('is not valid where there is none of that name, which the store is not asked for', async () => {
    const before = { ...shop.store.table.sent };
    const { body } = await shop.ask('check', { code: 'SUMMER-2026', sku: 'PHONE-1' });
    expect(body.refusal).toBe('code_not_valid');
    expect(shop.store.table.sent.statements).toBe(before.statements);
    expect((await uses('SUMMER-2026')).type).toContain('code_not_found');
    expect((await uses('!')).type).toContain('code_not_found');
  });
});
