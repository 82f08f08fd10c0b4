import { isDeepStrictEqual } from 'node:util';
import { accept } from '@fcode/policy';
import { redelivered, someOrdersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import { type Bench, batchAnnounced, lifeOf, noon, startBench } from './fixtures/bench.ts';
import { campaignOf, clickOn, type Link, linkMade, referralOf } from './fixtures/sharing.ts';
import { readFunnel, readShares, totalsRef } from './funnel.ts';

interface Funnel {
  campaignId: string;
  claimed: number;
  granted: number;
  bought: number;
  bearer: number;
  held: number;
  redeemed: number;
  cancelled: number;
  channels: Record<string, unknown>[];
}

let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
  await insights.service.start();
});
afterAll(() => bench.stop());

const funnelOf = async (campaignId: string) =>
  (await insights.get<Funnel>(`/v1/funnels/${campaignId}`, 'ops:olga')).body;
const sharesOf = async (campaignId: string) =>
  (await insights.get(`/v1/me/shares?campaignId=${campaignId}`, 'member:m_mia')).body;
/** An instance that hears what it is told, when it is told. */
const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);

/**
 * One code's whole way, from its claim to a reward that is taken back. All that is told of it carries the index, which
 * is a number of six digits, so that two ways differ by that text alone.
 */
const wayOf = (index: number) => {
  const code = { batch: 1, index };
  const campaignId = campaignOf(index);
  const link: Link = { linkId: `link${index}`, memberId: 'm_mia', campaignId, channel: 'messenger', code };
  const { claimed, held, redeemed, cancelled } = lifeOf(code, campaignId);
  const { made, ...reward } = referralOf(code, {
    campaignId,
    inviter: 'm_mia',
    channel: 'messenger',
    linkId: link.linkId,
  });
  const shared = { shared: linkMade(link), clicked: clickOn(link, 1) };
  const events = { claimed, ...shared, held, redeemed, cancelled, made, ...reward };
  return { campaignId, link, events };
};
/** All that insights answers about it, as if it were of index 0. */
const toldOf = async (index: number) => {
  const campaignId = campaignOf(index);
  const { body: history } = await insights.ask(`1.${index}`);
  const told = { funnel: await funnelOf(campaignId), shares: await sharesOf(campaignId), history };
  return JSON.parse(JSON.stringify(told).replaceAll(String(index), '0')) as typeof told;
};

let indexes = 100_000;
const nextIndex = () => {
  indexes += 1;
  return indexes;
};
beforeAll(() => instance()(batchAnnounced(1, 1_000_000)));

const nothing = { links: 0, clicks: 0, referrals: 0, rewards: 0, points: 0 };

describe('the funnel of a campaign', () => {
  it('counts claims, holds, redemptions and cancellations, and what came of sharing by each channel, in a fixed order', async () => {
    const index = nextIndex();
    const { campaignId, events } = wayOf(index);
    const { claimed, shared, clicked, held, redeemed, cancelled, made, pending, vested } = events;
    const forum: Link = { linkId: `forum${index}`, memberId: 'm_bob', campaignId, channel: 'forum' };
    const passedOn = referralOf({ batch: 1, index: nextIndex() }, { campaignId, inviter: 'm_bob', points: 7.5 });
    const { extended, expired, taken, lost, refunded, heldAgain, revoked } = lifeOf({ batch: 1, index }, campaignId);
    await bench.log.append([
      passedOn.made,
      passedOn.pending,
      passedOn.vested,
      linkMade(forum),
      clickOn(forum, 1),
      clickOn(forum, 2),
      claimed,
      shared,
      clicked,
      held,
      extended,
      expired,
      taken,
      redeemed,
      lost,
      refunded,
      cancelled,
      heldAgain,
      revoked,
      made,
      pending,
      vested,
    ]);
    const whole = {
      campaignId,
      claimed: 1,
      granted: 0,
      bought: 0,
      bearer: 0,
      held: 3,
      redeemed: 1,
      cancelled: 1,
      channels: [
        { channel: 'messenger', links: 1, clicks: 1, referrals: 1, rewards: 1, points: 20 },
        { ...nothing, channel: 'forum', links: 1, clicks: 2 },
        { ...nothing, channel: 'other', referrals: 1, rewards: 1, points: 7.5 },
      ],
    };
    await until(async () => (await bench.logged()).unheard === 0);
    expect(await funnelOf(campaignId)).toEqual(whole);
  });

  it('is zeros for a campaign of which nothing was heard', async () => {
    const campaignId = campaignOf('NEVER');
    expect(await funnelOf(campaignId)).toEqual({
      campaignId,
      claimed: 0,
      granted: 0,
      bought: 0,
      bearer: 0,
      held: 0,
      redeemed: 0,
      cancelled: 0,
      channels: [],
    });
  });

  it('counts codes by how they were had: claimed, granted to members, bought with points, and granted to whoever bears them', async () => {
    const campaignId = campaignOf('HOW');
    const wayTo = (index: number, how: 'claimed' | 'granted' | 'bought') => {
      const { claimed } = lifeOf({ batch: 1, index }, campaignId, how);
      return { ...claimed, id: `${claimed.id}/${index}` };
    };
    const events = [
      wayTo(nextIndex(), 'claimed'),
      ...[1, 2, 3].map(() => wayTo(nextIndex(), 'granted')),
      ...[1, 2].map(() => wayTo(nextIndex(), 'bought')),
      batchAnnounced(9001, 52, { campaignId, canaries: 2 }),
      batchAnnounced(9002, 30, { campaignId }),
      // Its codes count as they are given.
      batchAnnounced(9003, 100, { campaignId, to: 'members' }),
    ];
    const [one, other] = [instance(), instance()];
    // Each by two instances at once, and once more later.
    await Promise.all(events.flatMap((event) => [one(event), other(event)]));
    for (const event of events) await one(event);
    expect(await funnelOf(campaignId)).toMatchObject({ claimed: 1, granted: 3, bought: 2, bearer: 80, held: 0 });
  });

  it('goes on counting in parts from before codes were counted by how they were had', async () => {
    const index = nextIndex();
    const { campaignId } = wayOf(index);
    const store = bench.openStore();
    const cause = { at: noon, deadline: performance.now() + 5000, correlationId: 'c', causationId: 'c' };
    for (let part = 0; part < 8; part += 1) {
      const before = { ...totalsRef(campaignId, part), initial: { claimed: 1, held: 1, redeemed: 1, cancelled: 0 } };
      await store.change([before], () => accept([{ type: 'none', data: {} }], {}), cause);
    }
    await instance()(lifeOf({ batch: 1, index }, campaignId, 'granted').claimed);
    expect(await funnelOf(campaignId)).toMatchObject({ claimed: 8, granted: 1, bought: 0, bearer: 0, held: 8 });
  });

  it('goes on counting in parts from before cancellations were counted', async () => {
    const index = nextIndex();
    const { campaignId, events } = wayOf(index);
    const store = bench.openStore();
    const cause = { at: noon, deadline: performance.now() + 5000, correlationId: 'c', causationId: 'c' };
    for (let part = 0; part < 8; part += 1) {
      const before = { ...totalsRef(campaignId, part), initial: { claimed: 1, held: 1, redeemed: 1 } };
      await store.change([before], () => accept([{ type: 'none', data: {} }], {}), cause);
    }
    const eachPart = { claimed: 8, held: 8, redeemed: 8 };
    expect(await funnelOf(campaignId)).toMatchObject({ ...eachPart, cancelled: 0 });
    for (const event of [events.cancelled, events.held, events.cancelled]) await instance()(event);
    expect(await funnelOf(campaignId)).toMatchObject({ ...eachPart, held: 9, cancelled: 1 });
  });

  it('is shown to ops only, for a campaign id that is one, and takes no query', async () => {
    const campaignId = campaignOf('BAD');
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await insights.get(`/v1/funnels/${campaignId}`, as)).status).toBe(403);
    }
    for (const path of ['cmp_1', campaignId.toLowerCase(), `${campaignId}0`, '%20', `${campaignId}?surprise=1`]) {
      const { status, body } = await insights.get(`/v1/funnels/${path}`, 'ops:olga');
      expect([path, status, body.type]).toEqual([path, 422, 'urn:fcode:problem:invalid_request']);
    }
  });
});

describe('events that come twice, late or in any order', () => {
  it.each(Object.keys(wayOf(100_000).events))('count once: %s', async (name) => {
    const [index, straight] = [nextIndex(), nextIndex()];
    const listen = instance();
    for (const event of Object.values(wayOf(straight).events)) await listen(event);
    for (const event of Object.values(wayOf(index).events)) await listen(event);
    const again = wayOf(index).events[name as keyof ReturnType<typeof wayOf>['events']];
    // Late, by the instance that heard it and by one that did not.
    await listen(again);
    await instance()(again);
    expect(await toldOf(index)).toEqual(await toldOf(straight));
  });

  it('count once when two instances hear each of them twice at the same time', async () => {
    const [index, straight] = [nextIndex(), nextIndex()];
    for (const event of Object.values(wayOf(straight).events)) await instance()(event);
    const instances = [instance(), instance()];
    const events = Object.values(wayOf(index).events);
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect(await toldOf(index)).toEqual(await toldOf(straight));
  });

  it('make the same funnel, shares and history in every order of any four of them', async () => {
    const names = ['claimed', 'shared', 'clicked', 'held', 'redeemed', 'made'] as const;
    const orders = someOrdersOf(names, 4).map((order) => ({ order, index: nextIndex() }));
    const listen = instance();
    const tell = async ({ order, index }: (typeof orders)[number]) => {
      const { events } = wayOf(index);
      for (const name of order) await redelivered(() => listen(events[name]));
    };
    // Side by side, so that they share requests.
    await Promise.all(orders.map(tell));
    const answers = await Promise.all(orders.map(async ({ order, index }) => ({ order, told: await toldOf(index) })));
    const [first] = answers;
    const others = answers.filter(({ told }) => !isDeepStrictEqual(told, first?.told));
    expect(others.map(({ order }) => order.join(' '))).toEqual([]);
    expect(first?.told).toMatchObject({
      funnel: { claimed: 1, held: 1, redeemed: 1, channels: [{ channel: 'messenger', links: 1, clicks: 1 }] },
      history: { status: 'redeemed', entries: { length: 6 } },
    });
  });

  it('count once when the answer of the store to each was lost', async () => {
    const [index, straight] = [nextIndex(), nextIndex()];
    for (const event of Object.values(wayOf(straight).events)) await instance()(event);
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = instance(proxy.endpoint);
    let lost = 0;
    for (const event of Object.values(wayOf(index).events)) {
      let isLost = false;
      proxy.fault = ({ operation }) => {
        if (operation !== 'TransactWriteItems' || isLost) return 'pass';
        isLost = true;
        lost += 1;
        return 'lose';
      };
      await listen(event);
    }
    // All but the pending reward, which counts nowhere and is a statement of its own.
    expect(lost).toBe(11);
    expect(await toldOf(index)).toEqual(await toldOf(straight));
    await proxy.stop();
  });

  it('count at the next delivery when the store refused the first, and not by half before', async () => {
    const index = nextIndex();
    const { campaignId, events } = wayOf(index);
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = instance(proxy.endpoint);
    proxy.fault = ({ operation }) =>
      operation === 'TransactWriteItems'
        ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
        : 'pass';
    await expect(listen(events.clicked)).rejects.toThrow('no');
    expect((await funnelOf(campaignId)).channels).toEqual([]);
    expect((await insights.ask(`1.${index}`)).body.entries).toEqual([]);
    proxy.fault = () => 'pass';
    await listen(events.clicked);
    expect((await funnelOf(campaignId)).channels).toEqual([{ ...nothing, channel: 'messenger', clicks: 1 }]);
    await proxy.stop();
  });
});

describe('what a funnel costs', () => {
  it('is one query, however many channels and parts there are', async () => {
    const { campaignId, events } = wayOf(nextIndex());
    for (const event of Object.values(events)) await instance()(event);
    const store = bench.openStore();
    const told = await readFunnel(store, campaignId);
    expect(told).toMatchObject({ claimed: 1, channels: [{ channel: 'messenger', links: 1, clicks: 1 }] });
    expect(store.table.sent).toMatchObject({ queries: 1, reads: 0 });
    expect(await readShares(store, 'm_mia', campaignId)).toMatchObject([{ channel: 'messenger', links: 1, clicks: 1 }]);
    expect(store.table.sent).toMatchObject({ queries: 2, reads: 0 });
  });
});

describe('what counting costs', () => {
  it('is a read and a transaction, and a read when it was counted before', async () => {
    const { link } = wayOf(nextIndex());
    const store = bench.openStore();
    const listen = listenerOf(store, () => noon);
    await listen(clickOn(link, 1));
    const costOf = async (number: number) => {
      const { reads, transactions } = store.table.sent;
      await listen(clickOn(link, number));
      return { reads: store.table.sent.reads - reads, transactions: store.table.sent.transactions - transactions };
    };
    expect(await costOf(2)).toEqual({ reads: 1, transactions: 1 });
    expect(await costOf(2)).toEqual({ reads: 1, transactions: 0 });
  });
});
