import { canaryTouched, toCloudEvent } from '@fcode/events';
import { ordersOf, startStoreProxy, startTestStore, type TestStore, until } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type CanaryTouch, readCanaryTouches } from './canary-touches.ts';
import { type Bench, iso, noon, startBench } from './fixtures/bench.ts';
import { goldenOf } from './fixtures/ops.ts';
import { pagesBy, queryOf } from './fixtures/paging.ts';

let engine: TestStore;
let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  engine = await startTestStore();
});
afterAll(() => engine.stop());
// Each test has touches of its own: the list is of all that there are.
beforeEach(async () => {
  bench = await startBench(engine);
  insights = bench.open();
  return () => bench.stop();
});

const pageOf = (wanted: Record<string, string | number | undefined> = {}, as = 'ops:olga') =>
  insights.get<{ items: CanaryTouch[]; cursor?: string }>(`/v1/canary-touches${queryOf(wanted)}`, as);
const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);

/** That code 7.`number` was tried at a shop, as redemption announces it. */
const touchOf = (number: number, touchedAt: string, sequence = 1) =>
  toCloudEvent(`code/7.${number}#canary`, {
    ...canaryTouched.of({ batch: 7, index: number, campaignId: 'cmp_drop', verb: 'check', shop: 'shop-a', touchedAt }),
    sequence,
    time: touchedAt,
    correlationId: 'req-1',
    causationId: 'req-1',
  });
const numbersOf = (items: CanaryTouch[]) => items.map(({ index }) => index);

describe('codes that nobody was given and somebody tried', () => {
  it('are listed with when, what and who, as far as it is known, the newest first', async () => {
    await insights.service.start();
    const golden = goldenOf('canary.touched');
    await bench.log.append([golden, touchOf(3, iso(noon))]);
    await until(async () => (await pageOf()).body.items.length === 2);
    expect((await pageOf()).body).toEqual({
      items: [
        { batch: 7, index: 3, campaignId: 'cmp_drop', verb: 'check', shop: 'shop-a', touchedAt: iso(noon) },
        golden.data,
      ],
    });
  });

  it('come in pages of any length, over months of which some have none', async () => {
    const listen = instance();
    const times = [
      '2026-12-31T23:59:59.999Z',
      '2027-01-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
      // Nothing in February.
      '2027-03-01T00:00:00.000Z',
      '2028-02-29T12:00:00.001Z',
    ];
    for (const [number, touchedAt] of times.entries()) await listen(touchOf(number, touchedAt));
    for (const limit of [1, 2, 4, 5, 100]) {
      const pages = await pagesBy((cursor) => pageOf({ limit, cursor }));
      expect([limit, numbersOf(pages.flat())]).toEqual([limit, [4, 3, 2, 1, 0]]);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }
    const store = bench.openStore();
    const { queries } = store.table.sent;
    await readCanaryTouches(store, { limit: 1 });
    expect(store.table.sent.queries - queries).toBe(2);
  });

  it('are shown to ops only, from a place that is one', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await pageOf({}, as)).status).toBe(403);
    }
    for (const wanted of [{ cursor: '' }, { cursor: '2026-12' }, { limit: 0 }, { limit: 101 }, { surprise: 1 }]) {
      expect([wanted, (await pageOf(wanted)).status]).toEqual([wanted, 422]);
    }
  });
});

describe('touches that are told twice, late or in any order', () => {
  const times = ['2026-12-31T23:59:59.000Z', '2027-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z'] as const;
  it.each(ordersOf([0, 1, 2] as const))('are listed once, in their order: %i %i %i', async (...order) => {
    const listen = instance();
    for (const number of [...order, ...order]) await listen(touchOf(number, times[number]));
    expect(numbersOf((await pageOf()).body.items)).toEqual([2, 1, 0]);
  });

  it('are listed once by two instances that hear each of them twice at the same time', async () => {
    const events = Array.from({ length: 12 }, (_, number) => touchOf(number, iso(noon + number)));
    const instances = [instance(), instance()];
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect(numbersOf((await pageOf()).body.items)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('are two when one code is tried twice within a millisecond', async () => {
    const listen = instance();
    for (const sequence of [1, 2]) await listen(touchOf(1, iso(noon), sequence));
    expect((await pageOf()).body.items).toHaveLength(2);
  });

  it.each([1, 2])('are listed by the next delivery when the store refused write %i of the first', async (refused) => {
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
    await expect(listen(touchOf(1, iso(noon)))).rejects.toThrow('no');
    expect((await pageOf()).body.items).toHaveLength(0);
    await listen(touchOf(1, iso(noon)));
    expect((await pageOf()).body.items).toHaveLength(1);
    await proxy.stop();
  });
});
