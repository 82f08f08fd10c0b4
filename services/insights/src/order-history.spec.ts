import { type CloudEvent, type Heard, hear } from '@fcode/events';
import { ordersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type Bench, iso, lifeOf, noon, startBench } from './fixtures/bench.ts';
import { pagesBy, queryOf } from './fixtures/paging.ts';
import { campaignOf, referralOf } from './fixtures/sharing.ts';
import { onRedeemed } from './on-code-event.ts';
import { onReferralMade } from './on-referral-event.ts';
import { onOrderEvent } from './on-timeline-event.ts';
import type { OrderEntry } from './order-history.ts';
import { lookedAtMost } from './timeline.ts';

let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
});
afterAll(() => bench.stop());

type Wanted = Record<string, string | number | undefined>;
const pageOf = (orderId: string, wanted: Wanted = {}, as = 'ops:olga') =>
  insights.get<{ items: OrderEntry[]; cursor?: string }>(
    `/v1/orders/${encodeURIComponent(orderId)}/history${queryOf(wanted)}`,
    as,
  );
const allOf = async (orderId: string, wanted: Wanted = {}) =>
  (await pagesBy((cursor) => pageOf(orderId, { limit: 100, ...wanted, cursor }))).flat();
const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);

let stories = 0;
/** The life of a code that shop-a and shop-b each want for an order of the same id, and what the purchase of shop-b's earned. */
const story = ({ buyer = 'm:m_bob' }: { buyer?: string } = {}) => {
  stories += 1;
  const orderId = `order ${stories}/ä`;
  const code = { batch: 7, index: stories };
  const redemptionId = `rdm_7_${stories}_1`;
  const told = (event: CloudEvent): CloudEvent => ({
    ...event,
    data: JSON.parse(
      JSON.stringify(event.data)
        .replaceAll('"orderId":"1"', JSON.stringify({ orderId }).slice(1, -1))
        .replaceAll('"rdm_1"', JSON.stringify(redemptionId))
        .replaceAll('"m:b"', JSON.stringify(buyer)),
    ),
  });
  const life = lifeOf(code, campaignOf('DROP'));
  // The purchase is some minutes after noon, as its life tells it.
  const { made, pending, vested, reduced, reversed } = referralOf(code, {
    campaignId: campaignOf('DROP'),
    inviter: 'm_mia',
  });
  return {
    orderId,
    code,
    life: Object.fromEntries(Object.entries(life).map(([name, event]) => [name, told(event)])) as typeof life,
    earned: { made: { ...made, time: life.redeemed.time }, pending, vested, reduced, reversed },
  };
};
const typesOf = (entries: OrderEntry[]) => entries.map(({ type }) => type);

const ofShopA = ['code.held', 'code.hold_extended', 'code.released', 'code.hold_lost'];
const ofShopB = [
  'code.held',
  'code.redeemed',
  'code.refunded',
  'code.cancelled',
  'code.held',
  'code.revoked',
  'reward.vested',
  'reward.reduced',
  'reward.reversed',
];

describe('the history of an order', () => {
  it('tells all that happened to it, with its shop, its code and its causes, the newest first', async () => {
    await insights.service.start();
    const { orderId, code, life, earned } = story();
    await bench.log.append([...Object.values(life), ...Object.values(earned)]);
    const told = await until(async () => {
      const found = await allOf(orderId, { shop: 'shop-b' });
      return found.length === ofShopB.length + 2 ? found : undefined;
    });
    expect(typesOf(told).filter((type) => !['referral.made', 'reward.pending'].includes(type))).toEqual(
      ofShopB.toReversed(),
    );
    expect(typesOf(told)).toEqual(expect.arrayContaining(['referral.made', 'reward.pending']));
    expect(told.find(({ type }) => type === 'code.redeemed')).toEqual({
      type: 'code.redeemed',
      at: life.redeemed.time,
      data: life.redeemed.data,
      eventId: life.redeemed.id,
      correlationId: 'req-1',
      causationId: 'req-1',
      shop: 'shop-b',
      code: `7.${code.index}`,
    });
    expect(told.find(({ type }) => type === 'reward.reduced')).toEqual({
      type: 'reward.reduced',
      at: earned.reduced.time,
      data: earned.reduced.data,
      eventId: earned.reduced.id,
      correlationId: 'req-2',
      causationId: 'req-2',
      shop: 'shop-b',
      code: `7.${code.index}`,
    });
    expect(await allOf(orderId, { shop: 'shop-b', order: 'oldest' })).toEqual(told.toReversed());
    await insights.service.stop();
  });

  it('is of the orders of that id of all shops, or of one', async () => {
    const { orderId, life, earned } = story();
    const listen = instance();
    for (const event of [...Object.values(life), ...Object.values(earned)]) await listen(event);
    const all = await allOf(orderId, { order: 'oldest' });
    expect(all).toHaveLength(ofShopA.length + ofShopB.length + 2);
    expect(typesOf(all.filter(({ shop }) => shop === 'shop-a'))).toEqual(ofShopA);
    for (const shop of ['shop-a', 'shop-b']) {
      for (const limit of [1, 3, 100]) {
        const pages = await pagesBy((cursor) => pageOf(orderId, { shop, limit, cursor }));
        expect(pages.flat()).toEqual(all.filter((entry) => entry.shop === shop).toReversed());
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      }
    }
    expect(await allOf(orderId, { shop: 'shop-c' })).toEqual([]);
    for (const order of ['newest', 'oldest']) {
      for (const limit of [1, 2, 7, 100]) {
        const pages = await pagesBy((cursor) => pageOf(orderId, { order, limit, cursor }));
        expect(pages.flat()).toEqual(order === 'oldest' ? all : all.toReversed());
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
      }
    }
  });

  it('looks at so many entries for those of a shop and no more, and goes on where it stopped', async () => {
    const { orderId, life } = story();
    const listen = onOrderEvent(bench.openStore(), () => noon);
    const count = lookedAtMost + 50;
    const holds = Array.from({ length: count }, (_, number) => ({
      ...life.held,
      id: `${life.held.id}-${number}`,
      sequence: String(number + 100).padStart(12, '0'),
      time: iso(noon + 1000 + number),
    }));
    for (let from = 0; from < count; from += 100) {
      await Promise.all(holds.slice(from, from + 100).map((event) => listen(hear(event) as Heard<'code.held'>)));
    }
    await instance()({ ...life.redeemed, time: iso(noon) });
    const pages = await pagesBy((cursor) => pageOf(orderId, { shop: 'shop-b', cursor }));
    expect(pages.map((page) => page.length)).toEqual([0, 1]);
    expect(await allOf(orderId, { shop: 'shop-a' })).toHaveLength(count);
  });

  it('is empty where there is none', async () => {
    expect(await pageOf('nobody')).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('is shown to ops only, and takes what is asked of it and nothing else', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await pageOf('1', {}, as)).status).toBe(403);
    }
    const wrong: Wanted[] = [
      { limit: 0 },
      { limit: 101 },
      { cursor: '2026-12' },
      { cursor: `${iso(noon)}/1/x` },
      { order: 'random' },
      { shop: '' },
      { shop: ' shop' },
      { surprise: 1 },
    ];
    for (const wanted of wrong) {
      const { status, body } = await pageOf('1', wanted);
      expect([wanted, status, (body as { type?: string }).type]).toEqual([
        wanted,
        422,
        'urn:fcode:problem:invalid_request',
      ]);
    }
    expect((await pageOf('x'.repeat(129))).status).toBe(422);
  });
});

describe('an order of a guest', () => {
  it('is nobody’s history but the inviter’s, and names no person of its own', async () => {
    const guest = 'g:Zm9yIGEgZ3Vlc3QncyBlLW1h';
    const { orderId, life, earned } = story({ buyer: guest });
    const listen = instance();
    for (const event of [...Object.values(life), ...Object.values(earned)]) await listen(event);
    const mine = await allOf(orderId, { shop: 'shop-b' });
    expect(typesOf(mine)).toContain('code.redeemed');
    const own = mine.filter(({ type }) => type.startsWith('code.')).map(({ data }) => data);
    expect(JSON.stringify(own)).not.toMatch(/"m:|"m_|@/);
    const historyOf = async (memberId: string) =>
      (await insights.get<{ items: object[] }>(`/v1/members/${encodeURIComponent(memberId)}/history`, 'ops:olga')).body
        .items;
    expect(await historyOf(guest)).toEqual([]);
    expect(await historyOf(guest.slice(2))).toEqual([]);
  });
});

describe('an order of which is told twice, late or in any order', () => {
  const names = ['redeemed', 'made', 'pending', 'reversed'] as const;

  it.each(ordersOf(names))('has the same history: %s %s %s %s', async (...order) => {
    const { orderId, life, earned } = story();
    const events = { redeemed: life.redeemed, ...earned };
    const listen = instance();
    for (const name of [...order, ...order]) await listen(events[name]);
    expect(typesOf(await allOf(orderId, { order: 'oldest' })).sort()).toEqual([
      'code.redeemed',
      'referral.made',
      'reward.pending',
      'reward.reversed',
    ]);
    const entries = await allOf(orderId, { order: 'oldest' });
    for (const { eventId, correlationId, causationId, shop } of entries) {
      expect([eventId, correlationId, causationId, shop]).toEqual([
        eventId,
        ...(eventId === life.redeemed.id ? ['req-1', 'req-1'] : ['req-2', 'req-2']),
        'shop-b',
      ]);
    }
  });

  it('has its referral when one instance hears of the purchase while another hears of that', {
    timeout: 120_000,
  }, async () => {
    const [one, other] = [instance(), instance()];
    for (let round = 0; round < 25; round += 1) {
      const { orderId, life, earned } = story();
      const events = [earned.made, earned.pending];
      await Promise.all([one(life.redeemed), ...events.map((event) => other(event))]);
      expect(typesOf(await allOf(orderId)).sort()).toEqual(['code.redeemed', 'referral.made', 'reward.pending']);
    }
  });

  it('has each entry once, by two instances that hear everything twice at the same time, backwards', async () => {
    const { orderId, life, earned } = story();
    const instances = [instance(), instance()];
    const events = [...Object.values(life), ...Object.values(earned)].reverse();
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect(await allOf(orderId)).toHaveLength(ofShopA.length + ofShopB.length + 2);
  });

  // The order's entry; which order the redemption is of; what its referral told before, twice; the member's history.
  it.each([1, 2, 3, 4, 5])(
    'is whole by the next delivery when the store refused write %i of the first',
    async (refused) => {
      const { orderId, life, earned } = story();
      const before = instance();
      for (const event of [earned.made, earned.pending]) await before(event);
      const proxy = await startStoreProxy(bench.engine.endpoint);
      const listen = instance(proxy.endpoint);
      let writes = 0;
      proxy.fault = ({ operation }) => {
        if (operation !== 'BatchExecuteStatement') return 'pass';
        writes += 1;
        return writes === refused
          ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
          : 'pass';
      };
      await expect(listen(life.redeemed)).rejects.toThrow('no');
      await listen(life.redeemed);
      expect(typesOf(await allOf(orderId)).sort()).toEqual(['code.redeemed', 'referral.made', 'reward.pending']);
      await proxy.stop();
    },
  );
});

it('of which another release heard is found by replay, its referral included', async () => {
  const { orderId, life, earned } = story();
  // What a release of before kept: the code's history alone.
  const store = bench.openStore();
  await onRedeemed(store, () => noon)(hear(life.redeemed) as Heard<'code.redeemed'>);
  await onReferralMade(store, () => noon)(hear(earned.made) as Heard<'referral.made'>);
  const listen = instance();
  await listen(earned.pending);
  expect(await allOf(orderId)).toEqual([]);
  for (const event of [earned.made, earned.pending, life.redeemed]) await listen(event);
  expect(typesOf(await allOf(orderId)).sort()).toEqual(['code.redeemed', 'referral.made', 'reward.pending']);
});
