import { codeHoldLost, codeRedeemed, toCloudEvent } from '@fcode/events';
import { ordersOf, startStoreProxy, startTestStore, type TestStore, until } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type Bench, iso, lifeOf, noon, startBench } from './fixtures/bench.ts';
import { type LostHold, readLostHolds } from './lost-holds.ts';

let engine: TestStore;
let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  engine = await startTestStore();
});
afterAll(() => engine.stop());
// Each test has lost holds of its own: the list is of all that there are.
beforeEach(async () => {
  bench = await startBench(engine);
  insights = bench.open();
  return () => bench.stop();
});

interface Page {
  items: LostHold[];
  cursor?: string;
}
const pageOf = (query = '', as = 'ops:olga') => insights.get<Page>(`/v1/lost-holds${query}`, as);
/** All pages of so many. */
const allBy = async (limit: number) => {
  const pages: LostHold[][] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const query = `?limit=${limit}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const { status, body } = await pageOf(query);
    expect(status).toBe(200);
    pages.push(body.items);
    cursor = body.cursor;
    more = cursor !== undefined;
  }
  return pages;
};

const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);

/** The order `number` of a shop that lost its hold of code 7.`number`, as redemption announces it. */
const lostBy = (number: number, lostAt: string, sequence = 3) => {
  const data = {
    batch: 7,
    index: number,
    campaignId: 'cmp_drop',
    order: { shop: 'shop-a', orderId: `${number}` },
    holdId: `hold_7_${number}_1`,
    cause: 'expired' as const,
    lostAt,
  };
  return toCloudEvent(`code/7.${number}#life`, {
    ...codeHoldLost.of(data),
    sequence,
    time: lostAt,
    correlationId: 'req-1',
    causationId: 'req-1',
  });
};
const numbersOf = (items: LostHold[]) => items.map(({ orderId }) => Number(orderId));

describe('paid orders without a code', () => {
  it('are listed with all that ops need, the newest first', async () => {
    await insights.service.start();
    const { lost } = lifeOf({ batch: 1, index: 3 }, 'cmp_drop');
    await bench.log.append([lost, lostBy(1, iso(noon)), ...Object.values(lifeOf({ batch: 1, index: 4 }))]);
    await until(async () => (await bench.logged()).unheard === 0);
    const { body } = await pageOf();
    expect(body.items[0]).toEqual({
      holdId: 'hold_1',
      batch: 1,
      index: 4,
      campaignId: 'cmp_1',
      shop: 'shop-a',
      orderId: '1',
      cause: 'expired',
      lostAt: lost.time,
    });
    expect(body.items.map(({ batch, index }) => `${batch}.${index}`)).toEqual(['1.4', '1.3', '7.1']);
    expect(body).not.toHaveProperty('cursor');
  });

  it('come in pages of any length, over months of which some have none', async () => {
    const listen = instance();
    const times = [
      '2026-12-31T23:59:59.999Z',
      '2027-01-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
      '2027-01-31T23:59:59.999Z',
      // Nothing in February.
      '2027-03-01T00:00:00.000Z',
      '2028-02-29T12:00:00.000Z',
      '2028-02-29T12:00:00.001Z',
    ];
    for (const [number, lostAt] of times.entries()) await listen(lostBy(number, lostAt));
    for (const limit of [1, 2, 3, 4, 6, 7, 100]) {
      const pages = await allBy(limit);
      expect([limit, numbersOf(pages.flat())]).toEqual([limit, [6, 5, 4, 3, 2, 1, 0]]);
      // Where a page is not full, there is no more.
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }
  });

  it('cost a look into those months only that have any, and no more than the page needs', async () => {
    const listen = instance();
    const store = bench.openStore();
    const costOf = async (limit: number) => {
      const { queries } = store.table.sent;
      await readLostHolds(store, { limit });
      return store.table.sent.queries - queries;
    };
    // Which months have any.
    expect(await costOf(50)).toBe(1);
    for (const [number, month] of ['2026-12', '2027-06', '2029-01'].entries()) {
      await listen(lostBy(number, `${month}-15T12:00:00.000Z`));
    }
    expect(await costOf(50)).toBe(1 + 3);
    expect(await costOf(1)).toBe(1 + 1);
  });

  it('are none where there are none', async () => {
    expect(await pageOf()).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('are shown to ops only, from a place that is one', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await pageOf('', as)).status).toBe(403);
    }
    for (const query of ['?cursor=', '?cursor=2026-12', '?cursor=2027-01/x', '?limit=0', '?limit=101', '?surprise=1']) {
      const { status, body } = await pageOf(query);
      expect([query, status, body.type]).toEqual([query, 422, 'urn:fcode:problem:invalid_request']);
    }
    // Well-formed, and of nothing that there is: what is older than that.
    await instance()(lostBy(1, iso(noon)));
    const from = (at: string) => pageOf(`?cursor=${encodeURIComponent(`${at}/1.1/000000000001`)}`);
    expect((await from('2030-01-01T00:00:00.000Z')).body.items).toHaveLength(1);
    expect((await from('2020-01-01T00:00:00.000Z')).body.items).toHaveLength(0);
  });
});

describe('lost holds that are told twice, late or in any order', () => {
  const times = ['2026-12-31T23:59:59.000Z', '2027-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z'] as const;
  it.each(ordersOf([0, 1, 2] as const))(
    'are listed once, in the order in which they were lost: %i %i %i',
    async (...order) => {
      const listen = instance();
      for (const number of [...order, ...order]) await listen(lostBy(number, times[number]));
      expect(numbersOf((await pageOf()).body.items)).toEqual([2, 1, 0]);
    },
  );

  it('are listed once by two instances that hear each of them twice at the same time', async () => {
    const events = Array.from({ length: 12 }, (_, number) => lostBy(number, iso(noon + number)));
    const instances = [instance(), instance()];
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect(numbersOf((await pageOf()).body.items)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('are two when one order lost two holds of a code at one instant', async () => {
    const listen = instance();
    for (const sequence of [3, 4]) await listen(lostBy(1, iso(noon), sequence));
    expect((await pageOf()).body.items).toHaveLength(2);
  });

  it('are listed when the answer of the store to each write was lost', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = instance(proxy.endpoint);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'BatchExecuteStatement' || lost >= 3) return 'pass';
      lost += 1;
      return 'lose';
    };
    await listen(lostBy(1, iso(noon)));
    expect(lost).toBe(3);
    expect((await pageOf()).body.items).toHaveLength(1);
    await proxy.stop();
  });

  it.each([1, 2, 3])(
    'are listed by the next delivery when the store refused write %i of the first',
    async (refused) => {
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
      await expect(listen(lostBy(1, iso(noon)))).rejects.toThrow('no');
      expect((await pageOf()).body.items).toHaveLength(0);
      await listen(lostBy(1, iso(noon)));
      expect((await pageOf()).body.items).toHaveLength(1);
      await proxy.stop();
    },
  );
});

describe('a lost hold that ops made good', () => {
  const code = { batch: 8, index: 0, campaignId: 'cmp_drop', redemptionId: 'rdm_8_0_1' };
  const good = (number: number) =>
    toCloudEvent('code/8.0#life', {
      ...codeRedeemed.of({
        ...code,
        order: { shop: 'shop-a', orderId: `${number}` },
        buyer: 'm:m_mia',
        sku: 'PHONE-1',
        redeemedAt: iso(noon + 5000),
        goodwill: { by: 'olga', reason: 'paid too late', holdId: `hold_7_${number}_1` },
      }),
      sequence: 1,
      time: iso(noon + 5000),
      correlationId: 'req-2',
      causationId: 'req-2',
    });

  it.each([
    ['after it was lost', false],
    ['before that is heard', true],
  ] as const)('says so, heard %s and twice', async (_, isFirst) => {
    const hear = instance();
    const told = [lostBy(1, iso(noon)), lostBy(2, iso(noon + 1))];
    const all = isFirst ? [good(1), ...told] : [...told, good(1)];
    for (const event of [...all, ...all]) await hear(event);
    const { body } = await pageOf();
    expect(body.items).toMatchObject([{ orderId: '2' }, { orderId: '1', madeGoodAt: iso(noon + 5000) }]);
    expect(body.items[0]).not.toHaveProperty('madeGoodAt');
  });
});
