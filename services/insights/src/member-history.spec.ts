import { type CloudEvent, catalog, codeAccepted, type EventType, toCloudEvent } from '@fcode/events';
import { z } from '@fcode/http';
import { ordersOf, startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerOf } from './app.ts';
import type { Entry } from './entry.ts';
import { type Bench, iso, noon, startBench } from './fixtures/bench.ts';
import { eventTypes, goldenOf, memberBy } from './fixtures/ops.ts';
import { pagesBy, queryOf } from './fixtures/paging.ts';
import { type MemberEvent, membersOf } from './member-history.ts';

let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  insights = bench.open();
});
afterAll(() => bench.stop());

type Wanted = Record<string, string | number | undefined>;
const pageOf = (memberId: string, wanted: Wanted = {}, as = 'ops:olga') =>
  insights.get<{ items: Entry[]; cursor?: string }>(
    `/v1/members/${encodeURIComponent(memberId)}/history${queryOf(wanted)}`,
    as,
  );
const allOf = async (memberId: string, wanted: Wanted = {}) =>
  (await pagesBy((cursor) => pageOf(memberId, { limit: 100, ...wanted, cursor }))).flat();
const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);
const typesOf = (entries: Entry[]) => entries.map(({ type }) => type);

let strangers = 0;
/** An id that nobody had before. */
const somebody = () => {
  strangers += 1;
  return `m_somebody_${strangers}`;
};
const withData = (event: CloudEvent, more: object): CloudEvent => ({
  ...event,
  data: { ...(event.data as object), ...more },
});

/** Fields by which an event names a member. */
const names = ['memberId', 'inviter', 'invitee', 'buyer', 'from', 'to'];
const namesIn = (type: EventType): string[] => {
  const found = new Set<string>();
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, inner] of Object.entries(schema)) {
      if (key === 'properties')
        for (const name of Object.keys(inner as object)) if (names.includes(name)) found.add(name);
      walk(inner);
    }
  };
  walk(z.toJSONSchema(catalog[type].schema as z.ZodType, { unrepresentable: 'any' }));
  return [...found];
};

/** Events that name a member, or have such a field, and are none of a member's history; and why. */
const elsewhere: Partial<Record<EventType, string>> = {
  'batch.created': '`to`: for whom it is, members or bearers',
  'canary.touched': 'nobody had the code; it is listed among touches',
  'code.held': 'what came of it is told, and an order has its holds',
  'code.hold_extended': 'as a hold',
  'code.released': 'as a hold',
  'contribution.recorded': 'thousands; a standing has their sums',
  'contribution.reversed': 'as what it takes back',
  'grant.requested': '`to`: for whom it is',
  'link.clicked': 'a link in public is clicked a hundred thousand times',
  'score.changed': 'once for each contribution; a tier that changes is told',
};

describe('the events of the catalog that name a member', () => {
  const naming = eventTypes.filter((type) => namesIn(type).length > 0);

  it('are told, or it is said why not; decide in member-history.ts about one that is new', () => {
    expect(naming.length).toBeGreaterThan(25);
    expect(naming.filter((type) => !Object.hasOwn(membersOf, type) && elsewhere[type] === undefined)).toEqual([]);
    expect(Object.keys(membersOf).filter((type) => !naming.includes(type as EventType))).toEqual([]);
    expect(Object.keys(elsewhere).filter((type) => Object.hasOwn(membersOf, type))).toEqual([]);
  });
});

/** Whose history each is in, of the members that these names stand for. */
const whose: Record<MemberEvent, object | [object, ...string[]]> = {
  'badge.awarded': { memberId: 'self' },
  'badge.withdrawn': { memberId: 'self' },
  'code.accepted': [{ from: 'self', to: 'other' }, 'other'],
  'code.cancelled': { buyer: 'm:self' },
  'code.claimed': { memberId: 'self' },
  'code.offered': { from: 'self' },
  'code.redeemed': { buyer: 'm:self' },
  'code.refunded': { buyer: 'm:self' },
  'code.revoked': { hold: { holdId: 'hold_1', order: { shop: 'shop-a', orderId: '1' }, buyer: 'm:self' } },
  'code.withdrawn': { from: 'self' },
  'link.created': { memberId: 'self' },
  'member.pinned': { memberId: 'self' },
  'member.revoked': { memberId: 'self' },
  'points.returned': { memberId: 'self' },
  'points.spent': { memberId: 'self' },
  'purchase.refused': { memberId: 'self' },
  'referral.made': [{ inviter: 'self', invitee: 'm:other' }, 'other'],
  'reward.pending': { inviter: 'self' },
  'reward.reduced': { inviter: 'self' },
  'reward.reversed': { inviter: 'self' },
  'reward.vested': { inviter: 'self' },
  'tier.changed': { memberId: 'self' },
  'waitlist.joined': { memberId: 'self' },
  'waitlist.lapsed': { memberId: 'self' },
  'waitlist.left': { memberId: 'self' },
  'waitlist.offered': { memberId: 'self' },
};

describe('the history of a member', () => {
  it.each(Object.keys(whose) as MemberEvent[])('tells %s, once, to each whose it is', async (type) => {
    const [self, other] = [somebody(), somebody()];
    const [data, ...others] = [whose[type]].flat() as [object, ...string[]];
    const named = JSON.parse(JSON.stringify(data).replaceAll('self', self).replaceAll('other', other)) as object;
    const event = withData(goldenOf(type), named);
    const listen = instance();
    await listen(event);
    await listen(event);
    const entry = {
      type,
      at: event.time,
      data: event.data,
      eventId: event.id,
      correlationId: event.correlationid,
      causationId: event.causationid,
    };
    expect(await allOf(self)).toEqual([entry]);
    expect(await allOf(other)).toEqual(others.length > 0 ? [entry] : []);
  });

  it('is nobody’s where a guest bought, was invited, or held what was revoked', async () => {
    const listen = instance();
    const inviter = somebody();
    const guest = `g:${somebody()}`;
    const hold = { holdId: 'hold_1', order: { shop: 'shop-a', orderId: '1' }, buyer: guest };
    for (const event of [
      withData(goldenOf('code.redeemed'), { buyer: guest }),
      withData(goldenOf('code.refunded'), { buyer: guest }),
      withData(goldenOf('code.cancelled'), { buyer: guest }),
      withData(goldenOf('code.revoked'), { hold }),
      withData(goldenOf('referral.made'), { inviter, invitee: guest }),
    ]) {
      await listen(event);
    }
    expect(await allOf(guest)).toEqual([]);
    expect(await allOf(guest.slice(2))).toEqual([]);
    expect(typesOf(await allOf(inviter))).toEqual(['referral.made']);
  });

  it('tells neither contributions nor scores nor clicks', async () => {
    const self = somebody();
    const listen = instance();
    for (const type of ['contribution.recorded', 'contribution.reversed', 'score.changed', 'link.clicked'] as const) {
      await listen(withData(goldenOf(type), { memberId: self }));
    }
    expect(await allOf(self)).toEqual([]);
  });

  it('is heard from the log of every service', async () => {
    const self = somebody();
    const types = ['code.claimed', 'code.offered', 'link.created', 'tier.changed'] as const;
    const named = { memberId: self, from: self };
    await insights.service.start();
    await bench.log.append(
      types.map((type) => withData(goldenOf(type), type === 'tier.changed' ? { memberId: self } : named)),
    );
    const told = await until(async () => {
      const found = await allOf(self);
      return found.length === types.length ? found : undefined;
    });
    expect(typesOf(told).sort()).toEqual([...types]);
    await insights.service.stop();
  });

  it('comes in pages of any length, the newest first or the oldest', async () => {
    const self = somebody();
    const listen = instance();
    for (const event of memberBy(self)) await listen(event);
    const told = [
      ['badge.awarded', noon],
      ['member.pinned', noon + 60_000],
      ['badge.awarded', noon + 120_000],
      ['member.pinned', noon + 180_000],
      ['badge.withdrawn', noon + 240_000],
    ].map(([type, at]) => ({ type, at: iso(Number(at)) }));
    for (const order of [undefined, 'newest', 'oldest']) {
      for (const limit of [1, 2, 3, 5, 100]) {
        const pages = await pagesBy((cursor) => pageOf(self, { order, limit, cursor }));
        expect(pages.flat()).toMatchObject(order === 'oldest' ? told : told.toReversed());
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
      }
    }
  });

  it('is shown to ops only, and takes what is asked of it and nothing else', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await pageOf('m_mia', {}, as)).status).toBe(403);
    }
    const wrong: Wanted[] = [{ limit: 0 }, { limit: 101 }, { cursor: 'x' }, { order: 'random' }, { shop: 'shop-a' }];
    for (const wanted of wrong) {
      expect([wanted, (await pageOf('m_mia', wanted)).status]).toEqual([wanted, 422]);
    }
    expect((await pageOf('=m_mia')).status).toBe(422);
    // As identity providers name people.
    expect((await pageOf('auth0|a/b:c@d')).status).toBe(200);
  });
});

describe('what is told of a member twice, late or in any order', () => {
  it.each(ordersOf([0, 1, 2, 4]))('makes the same history: %i %i %i %i', async (...order) => {
    const self = somebody();
    const told = memberBy(self);
    const listen = instance();
    for (const position of [...order, ...order]) await listen(told[position] as CloudEvent);
    expect((await allOf(self, { order: 'oldest' })).map(({ eventId }) => eventId)).toEqual(
      [0, 1, 2, 4].map((position) => told[position]?.id),
    );
  });

  it('is kept once by two instances that hear all of it twice at the same time', async () => {
    const self = somebody();
    const instances = [instance(), instance()];
    const events = memberBy(self);
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect(typesOf(await allOf(self))).toHaveLength(events.length);
  });

  // That of the code's history; that of both members', which are then written one by one; the first of these, or both.
  it.each([[[1]], [[2, 3]], [[2, 4]], [[2, 3, 4]]])(
    'is whole by the next delivery when the store refused writes %j of the first',
    async (refused) => {
      const [giver, friend] = [somebody(), somebody()];
      const code = { batch: 8, index: strangers, campaignId: 'cmp_drop' };
      const event = toCloudEvent(`code/8.${code.index}#life`, {
        ...codeAccepted.of({
          ...code,
          transferId: 'tr_1',
          from: giver,
          to: friend,
          acceptedAt: iso(noon),
          until: iso(noon),
        }),
        sequence: 2,
        time: iso(noon),
        correlationId: 'req-1',
        causationId: 'req-1',
      });
      const proxy = await startStoreProxy(bench.engine.endpoint);
      const listen = instance(proxy.endpoint);
      let writes = 0;
      proxy.fault = ({ operation }) => {
        if (operation !== 'BatchExecuteStatement') return 'pass';
        writes += 1;
        return refused.includes(writes)
          ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
          : 'pass';
      };
      await expect(listen(event)).rejects.toThrow('no');
      await listen(event);
      expect(typesOf(await allOf(giver))).toEqual(['code.accepted']);
      expect(typesOf(await allOf(friend))).toEqual(['code.accepted']);
      await proxy.stop();
    },
  );
});
