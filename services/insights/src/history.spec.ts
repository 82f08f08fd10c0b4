import { type Heard, hear } from '@fcode/events';
import { startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, holdUntil, iso, lifeOf, mint, noon, startBench } from './fixtures/bench.ts';
import { entryKind, historyOf } from './history.ts';
import { onBatchCreated, onCodeEvent } from './on-code-event.ts';

let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
  await insights.service.start();
});
afterAll(() => bench.stop());

let batches = 10;
const announce = async (size = 100) => {
  batches += 1;
  const batch = batches;
  await bench.log.append([batchAnnounced(batch, size)]);
  await until(async () => (await insights.ask(`${batch}.0`)).status === 200);
  return batch;
};
const typesOf = ({ body }: Awaited<ReturnType<typeof insights.ask>>) => body.entries?.map(({ type }) => type);
type CodeHeard = Parameters<ReturnType<typeof onCodeEvent>>[0];

const story = ['code.claimed', 'code.held', 'code.released', 'code.held', 'code.redeemed', 'code.hold_lost'];

describe('the history of a code', () => {
  it('tells claim, holds, releases and redemption in order, with times and causes', async () => {
    const batch = await announce();
    const life = lifeOf({ batch, index: 3 });
    await bench.log.append(Object.values(life));
    const code = mint.mint({ batch, index: 3 }, 2);
    const told = await until(async () => {
      const answer = await insights.ask(code);
      return answer.body.entries?.length === 6 ? answer : undefined;
    });
    expect(told.body).toMatchObject({
      batch,
      index: 3,
      campaignId: `cmp_${batch}`,
      origin: { kind: 'grant', to: 'bearer', reason: 'press', grantedBy: 'olga' },
      entries: [
        { type: 'code.claimed', at: iso(noon - 10), data: { memberId: 'm_mia', how: 'claimed' } },
        {
          type: 'code.held',
          at: iso(noon),
          data: { order: { shop: 'shop-a', orderId: '1' }, holdUntil: iso(holdUntil) },
        },
        { type: 'code.released', at: iso(holdUntil + 5000), data: { cause: 'expired', holdId: 'hold_1' } },
        { type: 'code.held', data: { order: { shop: 'shop-b' } } },
        { type: 'code.redeemed', at: iso(holdUntil + 6000), data: { holdId: 'hold_2' } },
        { type: 'code.hold_lost', at: iso(holdUntil + 7000), data: { cause: 'expired', holdId: 'hold_1' } },
      ],
    });
    for (const [position, entry] of (told.body.entries ?? []).entries()) {
      expect(entry).toMatchObject({ eventId: Object.values(life)[position]?.id, correlationId: 'req-1' });
    }
    // By number it is the same history, for where proxies log addresses.
    expect((await insights.ask(`${batch}.3`)).body).toEqual(told.body);
  });

  it('comes in pages, and its status is of the whole', async () => {
    const batch = await announce();
    await bench.log.append(Object.values(lifeOf({ batch, index: 0 })));
    await until(async () => typesOf(await insights.ask(`${batch}.0`))?.length === 6);
    const types: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await insights.ask(`${batch}.0`, `?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      expect(page.body.status).toBe('redeemed');
      types.push(...(typesOf(page) ?? []));
      cursor = page.body.cursor;
    } while (cursor);
    expect(types).toEqual(story);
  });

  it('of an untouched code is empty', async () => {
    const batch = await announce();
    expect((await insights.ask(`${batch}.7`)).body).toMatchObject({ status: 'unused', entries: [] });
  });
});

describe('the status after each thing that happened', () => {
  it.each([
    [['claimed'], noon, 'unused'],
    [['claimed', 'held'], noon, 'held'],
    [['claimed', 'held'], holdUntil - 1, 'held'],
    [['claimed', 'held'], holdUntil, 'unused'],
    [['claimed', 'held', 'expired'], noon, 'unused'],
    [['held', 'expired', 'taken'], holdUntil + 6000, 'held'],
    [['held', 'expired', 'taken', 'redeemed'], holdUntil + 6000, 'redeemed'],
    // A paid order that lost its hold says nothing of who has the code now.
    [['held', 'expired', 'taken', 'redeemed', 'lost'], holdUntil + 8000, 'redeemed'],
    [['held', 'expired', 'taken', 'lost'], holdUntil + 8000, 'held'],
    [['held', 'expired', 'lost'], holdUntil + 8000, 'unused'],
  ] as const)('%j at %i: %s', async (names, at, status) => {
    batches += 1;
    const batch = batches;
    const store = bench.openStore();
    await onBatchCreated(store, () => noon)(hear(batchAnnounced(batch)) as Heard<'batch.created'>);
    const life = lifeOf({ batch, index: 0 });
    for (const name of names) await onCodeEvent(store, () => noon)(hear(life[name]) as CodeHeard);
    bench.time.now = at;
    const { body } = await insights.ask(`${batch}.0`);
    bench.time.now = noon;
    expect(body.status).toBe(status);
  });
});

describe('events that come twice, late or in any order', () => {
  it('make the same history: two instances, everything backwards and twice', async () => {
    const batch = await announce();
    const events = Object.values(lifeOf({ batch, index: 1 }));
    const listeners = [bench.openStore(), bench.openStore()].map((store) => onCodeEvent(store, () => noon));
    for (const event of [...events].reverse()) {
      await Promise.all(listeners.map((listen) => listen(hear(event) as CodeHeard)));
    }
    await Promise.all(events.flatMap((event) => listeners.map((listen) => listen(hear(event) as CodeHeard))));
    const told = await insights.ask(`${batch}.1`);
    expect(typesOf(told)).toEqual(story);
    expect(told.body.status).toBe('redeemed');
  });

  it('are kept once when the answer of the store was lost and the event is delivered again', async () => {
    const batch = await announce();
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = onCodeEvent(bench.openStore(proxy.endpoint), () => noon);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'BatchExecuteStatement' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    const { held } = lifeOf({ batch, index: 2 });
    await listen(hear(held) as CodeHeard);
    await listen(hear(held) as CodeHeard);
    expect(lost).toBe(1);
    const { items } = await bench.openStore().query({ pk: historyOf({ batch, index: 2 }), limit: 10 }, entryKind);
    expect(items).toHaveLength(1);
    await proxy.stop();
  });

  it('are kept by the next delivery when the store refused the first', async () => {
    const batch = await announce();
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = onCodeEvent(bench.openStore(proxy.endpoint), () => noon);
    proxy.fault = ({ operation }) =>
      operation === 'BatchExecuteStatement'
        ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
        : 'pass';
    const { held } = lifeOf({ batch, index: 2 });
    await expect(listen(hear(held) as CodeHeard)).rejects.toThrow('no');
    expect((await insights.ask(`${batch}.2`)).body.entries).toEqual([]);
    proxy.fault = () => 'pass';
    await listen(hear(held) as CodeHeard);
    expect(typesOf(await insights.ask(`${batch}.2`))).toEqual(['code.held']);
    await proxy.stop();
  });

  it('are announced by nobody again: insights emits nothing', async () => {
    const batch = await announce();
    await bench.log.append(Object.values(lifeOf({ batch, index: 0 })));
    await until(async () => typesOf(await insights.ask(`${batch}.0`))?.length === 6);
    // Long enough for an outbox to publish what it should not have.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const events = [...(await bench.logged('issuance')), ...(await bench.logged('redemption'))];
    expect(events.filter(({ subject }) => subject === `batch/${batch}`)).toHaveLength(1);
    expect(events.filter(({ subject }) => subject === `code/${batch}.0`)).toHaveLength(6);
  });
});

describe('a code that was asked for', () => {
  it('whose batch is not known yet is answered 503 with Retry-After, and not called unknown', async () => {
    const { status, retryAfter, body } = await insights.ask(mint.mint({ batch: 777_777, index: 0 }, 2));
    expect([status, retryAfter, body.type]).toEqual([503, '1', 'urn:fcode:problem:unavailable']);
  });

  it('was never issued when it is no code, beyond its batch, of another key, or of no batch by number', async () => {
    const batch = await announce(10);
    for (const code of [
      'HELLO',
      mint.mint({ batch, index: 10 }, 2),
      mint.mint({ batch, index: 0 }, 1),
      `${batch}.10`,
      '777777.0',
    ]) {
      expect((await insights.ask(code)).status).toBe(404);
    }
    expect((await insights.ask(mint.mint({ batch, index: 9 }, 2).toLowerCase().replaceAll('-', ''))).status).toBe(200);
  });

  it('is shown to ops only', async () => {
    const batch = await announce();
    for (const as of ['member:m_mia', 'checkout:shop-a']) {
      expect((await insights.ask(`${batch}.0`, '', as)).status).toBe(403);
    }
  });
});
