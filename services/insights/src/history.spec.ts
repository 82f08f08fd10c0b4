import { codeAccepted, codeOffered, codeWithdrawn, type Heard, hear, toCloudEvent } from '@fcode/events';
import { ordersOf, someOrdersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { entryKind } from './entry.ts';
import {
  type Bench,
  batchAnnounced,
  extendedUntil,
  holdUntil,
  iso,
  lifeOf,
  mint,
  noon,
  startBench,
} from './fixtures/bench.ts';
import { campaignOf, clickOn, type Link, linkMade, referralOf } from './fixtures/sharing.ts';
import { historyOf } from './history.ts';
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

const story = [
  'code.claimed',
  'code.held',
  'code.hold_extended',
  'code.released',
  'code.held',
  'code.redeemed',
  'code.hold_lost',
  'code.refunded',
  'code.cancelled',
  'code.held',
  'code.revoked',
];

describe('the history of a code', () => {
  it('tells all of its life in order, with times and causes', async () => {
    const batch = await announce();
    const life = lifeOf({ batch, index: 3 });
    await bench.log.append(Object.values(life));
    const code = mint.mint({ batch, index: 3 }, 2);
    const told = await until(async () => {
      const answer = await insights.ask(code);
      return answer.body.entries?.length === story.length ? answer : undefined;
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
        { type: 'code.hold_extended', at: iso(noon + 600_000), data: { holdUntil: iso(extendedUntil) } },
        { type: 'code.released', at: iso(extendedUntil + 5000), data: { cause: 'expired', holdId: 'hold_1' } },
        { type: 'code.held', data: { order: { shop: 'shop-b' } } },
        { type: 'code.redeemed', at: iso(extendedUntil + 6000), data: { holdId: 'hold_2' } },
        { type: 'code.hold_lost', at: iso(extendedUntil + 7000), data: { cause: 'expired', holdId: 'hold_1' } },
        { type: 'code.refunded', data: { returnId: 'return_1', refunded: 100, paid: 400, currency: 'EUR' } },
        { type: 'code.cancelled', data: { redemptionId: 'rdm_1' } },
        { type: 'code.held', data: { holdId: 'hold_3' } },
        { type: 'code.revoked', data: { by: 'olga', reason: 'leaked', hold: { holdId: 'hold_3' } } },
      ],
    });
    for (const [position, entry] of (told.body.entries ?? []).entries()) {
      const { id: eventId } = Object.values(life)[position] ?? {};
      expect(entry).toMatchObject({ eventId, correlationId: 'req-1', causationId: 'req-1' });
    }
    // By number it is the same history, and the number may stand in an address.
    expect((await insights.ask(`${batch}.3`)).body).toEqual(told.body);
    expect((await insights.get(`/v1/codes/${batch}.3/history`, 'ops:olga')).body).toEqual(told.body);
  });

  it('comes in pages, and its status is of the whole', async () => {
    const batch = await announce();
    await bench.log.append(Object.values(lifeOf({ batch, index: 0 })));
    await until(async () => typesOf(await insights.ask(`${batch}.0`))?.length === story.length);
    const types: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await insights.ask(`${batch}.0`, `?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      expect(page.body.status).toBe('revoked');
      types.push(...(typesOf(page) ?? []));
      cursor = page.body.cursor;
    } while (cursor);
    expect(types).toEqual(story);
  });

  it('comes backwards too, in pages, and its status is the same', async () => {
    const batch = await announce();
    await bench.log.append(Object.values(lifeOf({ batch, index: 0 })));
    await until(async () => typesOf(await insights.ask(`${batch}.0`))?.length === story.length);
    for (const [order, expected] of [
      ['oldest', story],
      ['newest', story.toReversed()],
    ] as const) {
      const types: unknown[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const at = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
        const page = await insights.ask(`${batch}.0`, `?order=${order}&limit=3${at}`);
        expect(page.body.status).toBe('revoked');
        types.push(...(typesOf(page) ?? []));
        cursor = page.body.cursor;
        more = cursor !== undefined;
      }
      expect([order, types]).toEqual([order, expected]);
    }
    expect((await insights.ask(`${batch}.0`, '?order=random')).status).toBe(422);
  });

  it('has a status that is not older than the entries beside it', async () => {
    const batch = await announce();
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const behindProxy = bench.open(proxy.endpoint);
    // All that is read at first is read while the code is untouched, but for the entries: they wait for its life.
    proxy.fault = async ({ operation, body }) => {
      if (operation === 'Query' && !body.includes('begins_with')) {
        await bench.log.append(Object.values(lifeOf({ batch, index: 0 })));
        await until(async () => typesOf(await insights.ask(`${batch}.0`))?.length === story.length);
      }
      return 'pass' as const;
    };
    const { body } = await behindProxy.ask(`${batch}.0`);
    expect(body.entries).toHaveLength(story.length);
    expect(body.status).toBe('revoked');
    await proxy.stop();
  });

  it('tells how the code was passed on, which is nothing of its status', async () => {
    const batch = await announce();
    const code = { batch, index: 0, campaignId: `cmp_${batch}`, transferId: 'tr_1', from: 'm_mia' };
    const until = iso(noon + 86_400_000);
    const passes = [
      codeOffered.of({ ...code, offeredAt: iso(noon), until }),
      codeWithdrawn.of({ ...code, withdrawnAt: iso(noon) }),
      codeOffered.of({ ...code, transferId: 'tr_2', offeredAt: iso(noon), until }),
      codeAccepted.of({ ...code, transferId: 'tr_2', to: 'm_bob', acceptedAt: iso(noon), until }),
    ].map((fact, position) =>
      toCloudEvent(`code/${batch}.0#life`, {
        ...fact,
        sequence: 20 + position,
        time: iso(noon),
        correlationId: 'req-1',
        causationId: 'req-1',
      }),
    );
    const { held } = lifeOf({ batch, index: 0 });
    const listen = listenerOf(bench.openStore(), () => noon);
    for (const event of [...passes, ...passes]) await listen(event);
    expect((await insights.ask(`${batch}.0`)).body.status).toBe('unused');
    await listen(held);
    const told = await insights.ask(`${batch}.0`);
    expect(told.body.status).toBe('held');
    expect(typesOf(told)).toEqual(['code.held', 'code.offered', 'code.withdrawn', 'code.offered', 'code.accepted']);
  });

  it('of an untouched code is empty', async () => {
    const batch = await announce();
    expect((await insights.ask(`${batch}.7`)).body).toMatchObject({ status: 'unused', entries: [] });
  });
});

describe('a code that was shared', () => {
  const linkTo = (batch: number, linkId: string): Link => ({
    linkId,
    memberId: 'm_mia',
    campaignId: campaignOf(batch),
    channel: 'microblog',
    code: { batch, index: 0 },
  });

  it('tells its shares and clicks after the claim, and after its life what the purchase earned', async () => {
    const batch = await announce();
    const code = { batch, index: 0 };
    const [first, second] = [linkTo(batch, `a${batch}`), linkTo(batch, `z${batch}`)];
    const { made, pending, vested, reduced, reversed } = referralOf(code, {
      campaignId: first.campaignId,
      inviter: 'm_mia',
      channel: 'microblog',
      linkId: first.linkId,
    });
    const elsewhere = { ...first, linkId: `none${batch}`, code: { batch, index: 1 } };
    await bench.log.append([
      reversed,
      reduced,
      vested,
      pending,
      made,
      clickOn(elsewhere, 1),
      clickOn(second, 1),
      clickOn(first, 1, noon - 3),
      clickOn(first, 2, noon - 2),
      linkMade(second),
      linkMade(first),
      ...Object.values(lifeOf(code, first.campaignId)).reverse(),
    ]);
    await until(async () => (await bench.logged()).unheard === 0);
    const told = await insights.ask(`${batch}.0`);
    expect(told.body.status).toBe('revoked');
    expect(told.body.entries).toMatchObject([
      { type: 'code.claimed' },
      { type: 'link.created', data: { linkId: first.linkId, memberId: 'm_mia', channel: 'microblog' } },
      {
        type: 'link.clicked',
        at: iso(noon - 2),
        data: {
          linkId: first.linkId,
          channel: 'microblog',
          clicks: 2,
          firstAt: iso(noon - 3),
          lastAt: iso(noon - 2),
        },
        eventId: clickOn(first, 2).id,
        causationId: 'req-2',
      },
      { type: 'link.created', data: { linkId: second.linkId } },
      { type: 'link.clicked', data: { linkId: second.linkId, clicks: 1 } },
      ...story.slice(1).map((type) => ({ type })),
      { type: 'referral.made', data: { inviter: 'm_mia', via: 'link', linkId: first.linkId } },
      { type: 'reward.pending', data: { points: 20, vestsAt: iso(noon + 7 * 86_400_000) } },
      { type: 'reward.vested', data: { points: 20 } },
      { type: 'reward.reduced', data: { points: 20, returnId: 'return_1', taken: 2, left: 18 } },
      { type: 'reward.reversed', data: { points: 20, reason: 'returned', by: 'ops_olga' } },
    ]);
  });

  it('has its status from its life alone, however much is told besides', async () => {
    const batch = await announce();
    const listen = listenerOf(bench.openStore(), () => noon);
    const { held } = lifeOf({ batch, index: 0 });
    await listen(held);
    // More than are read for the status, before and after the life.
    const purchases = Array.from({ length: 7 }, (_, number) => {
      const { made, ...reward } = referralOf(
        { batch, index: number },
        { campaignId: `cmp_${batch}`, inviter: 'm_mia' },
      );
      return [made, ...Object.values(reward)].map((event) => ({
        ...event,
        data: { ...(event.data as object), index: 0 },
      }));
    });
    for (const event of purchases.flat()) await listen(event);
    for (let number = 0; number < 28; number += 1) await listen(linkMade(linkTo(batch, `many${number}-${batch}`)));
    const { body } = await insights.ask(`${batch}.0`, '?limit=100');
    expect([body.status, body.entries?.length]).toEqual(['held', 71]);
  });

  it('has one entry of a link that was clicked 200 times, and told of each click twice', async () => {
    const batch = await announce();
    const link = linkTo(batch, `public-${batch}`);
    const clicks = Array.from({ length: 200 }, (_, number) => clickOn(link, number, noon + number));
    const late = listenerOf(bench.openStore(), () => noon);
    await bench.log.append([...clicks, ...clicks]);
    // Another instance is told of some of them at the same time.
    for (const click of clicks.slice(0, 50)) await late(click);
    await until(async () => (await bench.logged()).unheard === 0, 'all clicks to be heard', 25);
    const { body } = await insights.ask(`${batch}.0`);
    for (const click of clicks.slice(-10)) await late(click);
    expect(body.entries).toHaveLength(1);
    expect(body.entries?.[0]?.data).toMatchObject({ clicks: 200, firstAt: iso(noon), lastAt: iso(noon + 199) });
    expect((await insights.ask(`${batch}.0`)).body.entries).toEqual(body.entries);
    const funnel = await insights.get<{ channels: object[] }>(`/v1/funnels/${link.campaignId}`, 'ops:olga');
    expect(funnel.body.channels).toMatchObject([{ channel: 'microblog', clicks: 200 }]);
  });

  it('has the same entry of its clicks in whatever order they are told', async () => {
    const batch = await announce();
    const listen = listenerOf(bench.openStore(), () => noon);
    const told: unknown[] = [];
    for (const [index, order] of ordersOf([1, 2, 3, 4]).entries()) {
      const link = { ...linkTo(batch, `link-${batch}`), code: { batch, index } };
      // The last two at one instant: the event's id decides which of them the entry names.
      for (const number of order)
        await listen({ ...clickOn(link, number, noon + Math.min(number, 3)), id: `${index}/${number}` });
      told.push(
        (await insights.ask(`${batch}.${index}`)).body.entries?.map((entry) => ({
          ...entry,
          eventId: entry.eventId.split('/')[1],
        })),
      );
    }
    expect(told).toHaveLength(24);
    for (const entries of told) expect(entries).toEqual(told[0]);
    expect(told[0]).toMatchObject([
      { eventId: '4', data: { clicks: 4, firstAt: iso(noon + 1), lastAt: iso(noon + 3) } },
    ]);
  });

  it('is not told of links that give no code away', async () => {
    const batch = await announce();
    const listen = listenerOf(bench.openStore(), () => noon);
    const { code: _, ...link } = linkTo(batch, `open-${batch}`);
    for (const event of [linkMade(link), clickOn(link, 1)]) await listen(event);
    expect((await insights.ask(`${batch}.0`)).body.entries).toEqual([]);
    const funnel = await insights.get<{ channels: object[] }>(`/v1/funnels/${link.campaignId}`, 'ops:olga');
    expect(funnel.body.channels).toMatchObject([{ channel: 'microblog', links: 1, clicks: 1 }]);
  });
});

describe('the status after each thing that happened', () => {
  it.each([
    [['claimed'], noon, 'unused'],
    [['claimed', 'held'], noon, 'held'],
    [['claimed', 'held'], holdUntil - 1, 'held'],
    [['claimed', 'held'], holdUntil, 'unused'],
    [['held', 'extended'], extendedUntil - 1, 'held'],
    [['held', 'extended'], extendedUntil, 'unused'],
    [['claimed', 'held', 'expired'], noon, 'unused'],
    [['held', 'expired', 'taken'], extendedUntil + 6000, 'held'],
    [['held', 'expired', 'taken', 'redeemed'], extendedUntil + 6000, 'redeemed'],
    // A paid order that lost its hold says nothing of who has the code now.
    [['held', 'expired', 'taken', 'redeemed', 'lost'], extendedUntil + 8000, 'redeemed'],
    [['held', 'expired', 'taken', 'lost'], extendedUntil + 8000, 'held'],
    [['held', 'expired', 'lost'], extendedUntil + 8000, 'unused'],
    // Lines that came back leave the code used; an order that is cancelled does not.
    [['taken', 'redeemed', 'refunded'], extendedUntil + 9000, 'redeemed'],
    [['taken', 'redeemed', 'refunded', 'cancelled'], extendedUntil + 9000, 'unused'],
    [['taken', 'redeemed', 'cancelled', 'heldAgain'], extendedUntil + 10_000, 'held'],
    [['revoked'], extendedUntil + 20_000, 'revoked'],
    [['cancelled', 'heldAgain', 'revoked'], extendedUntil + 20_000, 'revoked'],
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

describe('the status of a code of which much was told that says nothing of it', () => {
  const lateOrders = (batch: number, count: number) =>
    Array.from({ length: count }, (_, number) => {
      const { lost } = lifeOf({ batch, index: 0 });
      const sequence = 20 + number;
      const data = { ...(lost.data as object), order: { shop: 'shop-a', orderId: `late-${number}` } };
      return { ...lost, id: `${lost.id}-${number}`, sequence: String(sequence).padStart(12, '0'), data };
    });

  // As many as a code keeps holds, that many with the entry before on one page, and more than that.
  it.each([24, 25, 60])('is found behind %i paid orders that lost their hold', async (count) => {
    const batch = await announce();
    const listen = listenerOf(bench.openStore(), () => noon);
    for (const event of lateOrders(batch, count)) await listen(event);
    expect((await insights.ask(`${batch}.0`)).body.status).toBe('unused');
    const { redeemed, refunded, cancelled } = lifeOf({ batch, index: 0 });
    const statuses: (string | undefined)[] = [];
    for (const event of [redeemed, refunded, cancelled]) {
      await listen(event);
      statuses.push((await insights.ask(`${batch}.0`)).body.status);
    }
    expect(statuses).toEqual(['redeemed', 'redeemed', 'unused']);
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
    expect(told.body.status).toBe('revoked');
  });

  it('make the same history and status in every order of any four events of a purchase that ends', async () => {
    const batch = await announce(1000);
    const listen = listenerOf(bench.openStore(), () => noon);
    const names = ['held', 'extended', 'redeemed', 'refunded', 'cancelled'] as const;
    const told = await Promise.all(
      someOrdersOf(names, 4).map(async (order, index) => {
        const events = lifeOf({ batch, index });
        for (const name of [...order, ...order]) await listen(events[name]);
        const { body } = await insights.ask(`${batch}.${index}`);
        return { status: body.status, types: body.entries?.map(({ type }) => type) };
      }),
    );
    const types = names.map((name) => story[Object.keys(lifeOf({ batch, index: 0 })).indexOf(name)]);
    for (const one of told) expect(one).toEqual({ status: 'unused', types });
  });

  // What is counted besides is a transaction; what only the history tells is a statement.
  const written = [
    ['held', 'TransactWriteItems'],
    ['expired', 'BatchExecuteStatement'],
  ] as const;

  it.each(written)('are kept once when the answer of the store was lost: %s by %s', async (name, operation) => {
    const batch = await announce();
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = onCodeEvent(bench.openStore(proxy.endpoint), () => noon);
    let lost = 0;
    proxy.fault = (call) => {
      if (call.operation !== operation || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    const event = lifeOf({ batch, index: 2 })[name];
    await listen(hear(event) as CodeHeard);
    await listen(hear(event) as CodeHeard);
    expect(lost).toBe(1);
    const { items } = await bench.openStore().query({ pk: historyOf({ batch, index: 2 }), limit: 10 }, entryKind);
    expect(items).toHaveLength(1);
    await proxy.stop();
  });

  it.each(written)(
    'are kept by the next delivery when the store refused the first: %s by %s',
    async (name, operation) => {
      const batch = await announce();
      const proxy = await startStoreProxy(bench.engine.endpoint);
      const listen = onCodeEvent(bench.openStore(proxy.endpoint), () => noon);
      proxy.fault = (call) =>
        call.operation === operation
          ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
          : 'pass';
      const event = lifeOf({ batch, index: 2 })[name];
      await expect(listen(hear(event) as CodeHeard)).rejects.toThrow('no');
      expect((await insights.ask(`${batch}.2`)).body.entries).toEqual([]);
      proxy.fault = () => 'pass';
      await listen(hear(event) as CodeHeard);
      expect((await insights.ask(`${batch}.2`)).body.entries).toMatchObject([{ eventId: event.id }]);
      await proxy.stop();
    },
  );

  it('are announced by nobody again: insights emits nothing', async () => {
    const batch = await announce();
    const code = { batch, index: 0 };
    const campaignId = `cmp_${batch}`;
    const link: Link = { linkId: `link-${batch}`, memberId: 'm_mia', campaignId, channel: 'qr', code };
    const shared = [linkMade(link), clickOn(link, 1)];
    const earned = Object.values(referralOf(code, { campaignId, inviter: 'm_mia' }));
    const told = [...Object.values(lifeOf(code)), ...shared, ...earned];
    const before = (await bench.logged()).all;
    await bench.log.append(told);
    await until(async () => (await bench.logged()).unheard === 0);
    expect(typesOf(await insights.ask(`${batch}.0`))).toHaveLength(told.length);
    // Long enough for an outbox to publish what it should not have.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await bench.logged()).all).toBe(before + told.length);
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

  it('is asked for in a body where it is printed: an address is logged', async () => {
    const batch = await announce();
    const printed = mint.mint({ batch, index: 0 }, 2);
    expect((await insights.ask(printed)).status).toBe(200);
    for (const text of [printed, printed.toLowerCase().replaceAll('-', ''), 'SPRING-2026']) {
      const { status, body } = await insights.get(`/v1/codes/${text}/history`, 'ops:olga');
      expect([status, body.type]).toEqual([422, 'urn:fcode:problem:invalid_request']);
      expect(JSON.stringify(body)).toContain('POST /v1/codes/history');
    }
  });

  it('is shown to ops only', async () => {
    const batch = await announce();
    for (const as of ['member:m_mia', 'checkout:shop-a']) {
      expect((await insights.ask(`${batch}.0`, '', as)).status).toBe(403);
    }
  });
});
