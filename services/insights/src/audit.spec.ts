import { batchCreated, type CloudEvent, type EventType, padSequence, toCloudEvent } from '@fcode/events';
import { ordersOf, startStoreProxy, startTestStore, type TestStore, until } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenerOf } from './app.ts';
import { type AuditEntry, lookedAtMost, readAudit } from './audit.ts';
import { actionNames, actions, type OpsEvent } from './audit-actions.ts';
import { type Bench, iso, lifeOf, logger, noon, startBench } from './fixtures/bench.ts';
import { campaignBy, doersIn, eventTypes, exportBy, goldenOf, memberBy } from './fixtures/ops.ts';
import { campaignOf, referralOf } from './fixtures/sharing.ts';

let engine: TestStore;
let bench: Bench;
let insights: ReturnType<Bench['open']>;
beforeAll(async () => {
  engine = await startTestStore();
});
afterAll(() => engine.stop());
const fresh = async () => {
  bench = await startBench(engine);
  insights = bench.open();
};

interface Page {
  items: AuditEntry[];
  cursor?: string;
}
const pageOf = (query = '', as = 'ops:olga') => insights.get<Page>(`/v1/audit${query}`, as);
const queryOf = (wanted: Record<string, string | number | undefined>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) given.set(name, String(value));
  return `?${given.toString()}`;
};
/** Page by page until there is none. */
const pagesOf = async (wanted: Record<string, string | number | undefined> = {}) => {
  const pages: AuditEntry[][] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const { status, body } = await pageOf(queryOf({ ...wanted, cursor }));
    expect(status).toBe(200);
    pages.push(body.items);
    cursor = body.cursor;
    more = cursor !== undefined;
  }
  return pages;
};
const allOf = async (wanted: Record<string, string | number | undefined> = {}) =>
  (await pagesOf({ limit: 100, ...wanted })).flat();
const instance = (endpoint?: string) => listenerOf(bench.openStore(endpoint), () => noon);
const csvOf = (query = '', as = 'ops:olga') =>
  insights.service.app.request(`/v1/audit.csv${query}`, { headers: { authorization: `Bearer ${as}` } });

/** Events with such a field that are no deed of an operator, and why. */
const noDeeds: Partial<Record<EventType, string>> = {};

const withData = (event: CloudEvent, more: object): CloudEvent => ({
  ...event,
  data: { ...(event.data as object), ...more },
});
const goodwill = { by: 'olga', reason: 'paid too late', holdId: 'hold_c_9_1' };
/** Of each event, one that an operator caused. */
const causedByOps = (type: OpsEvent): CloudEvent =>
  type === 'code.redeemed' ? withData(goldenOf(type), { goodwill }) : goldenOf(type);

const campaignId = 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G';
/** What is kept of the golden sample of each. */
const expected: Record<OpsEvent, Partial<AuditEntry>> = {
  'campaign.created': { who: 'olga', campaignId, after: { name: 'Spring drop', state: 'draft' } },
  'campaign.edited': {
    who: 'omar',
    campaignId: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E9H',
    before: { allotment: 'fan 1', eligible: [], quota: 500 },
    after: { allotment: 'core 2, fan 1', eligible: 'order.amount >= 10000', quota: 1000 },
  },
  'campaign.published': {
    before: { name: 'Spring drop', state: 'draft' },
    after: {
      batch: 12,
      endsAt: '2026-12-08T10:00:00.000Z',
      name: 'Spring drop',
      quota: 10_000,
      startsAt: '2026-12-01T10:00:00.000Z',
      state: 'published',
    },
  },
  'campaign.paused': { after: { state: 'paused' } },
  'campaign.resumed': { before: { state: 'paused' }, after: { state: 'published' } },
  'campaign.closed': { reason: 'all phones are sold', before: { state: 'published' }, after: { state: 'closed' } },
  'campaign.prepared': { who: 'olga', campaignId, after: { claimsPerSecond: 2000, ordersPerSecond: 1500 } },
  'waitlist.supplied': { who: 'ops_olga', campaignId, reason: 'The last hour', after: { places: 40 } },
  'grant.requested': {
    who: 'olga',
    subject: 'grant/gr_01KBDM8Q3ZTV5W7X9Y2A4C6F00',
    campaignId,
    reason: 'contest prize',
    reference: 'PR-7',
    after: { approvals: 1, codes: 1200, segment: 'tier == "core"', state: 'requested', to: 'members' },
  },
  'grant.approved': {
    who: 'oscar',
    before: { approvals: 1, codes: 1200, segment: 'tier == "core"', state: 'requested', to: 'members' },
    after: { batch: 13, state: 'granted' },
  },
  'grant.cancelled': { who: 'oscar', reason: 'the wrong file', after: { state: 'cancelled' } },
  'batch.created': {
    action: 'batch.granted',
    who: 'olga',
    subject: 'batch/13',
    campaignId,
    reason: 'press samples',
    reference: 'PR-2026-118',
    after: { batch: 13, codes: 250, to: 'bearer' },
  },
  'batch.exported': { who: 'olga', subject: 'batch/13', campaignId },
  'contributions.imported': {
    who: 'olga',
    subject: 'contributions',
    after: { count: 363, sources: ['forum', 'github'] },
  },
  'cutoffs.asked': { who: 'olga', subject: 'cutoffs' },
  'batch.revoked': { who: 'ops_ada', reason: 'A leak.', before: { state: 'open' }, after: { state: 'revoked' } },
  'checkout.paused': { campaignId, before: { checkout: 'open' }, after: { checkout: 'paused' } },
  'checkout.resumed': { before: { checkout: 'paused' }, after: { checkout: 'open' } },
  'checkout.killed': { before: { checkout: 'open' }, after: { checkout: 'killed' } },
  'code.revoked': {
    who: 'ops_ada',
    subject: 'code/12.7',
    campaignId,
    reason: 'Posted in public.',
    before: { state: 'unused' },
    after: { state: 'revoked' },
  },
  'code.redeemed': {
    action: 'code.reissued',
    who: 'olga',
    subject: 'code/12.7',
    reason: 'paid too late',
    before: { state: 'unused' },
    after: { lostHold: 'hold_c_9_1', orderId: '1001', shop: 'shop-tokyo', state: 'redeemed' },
  },
  'member.revoked': {
    who: 'ops_ada',
    subject: 'member/m_eve',
    before: { codes: 'open' },
    after: { codes: 'revoked' },
  },
  'member.pinned': { who: 'olga', subject: 'member/m_mia', before: { pins: [] }, after: { pins: ['angel'] } },
  'badge.awarded': {
    who: 'olga',
    subject: 'member/m_mia',
    reference: 'FORUM-2011-8',
    before: { badges: [] },
    after: { awarded: 'tester', badges: ['tester'] },
  },
  'badge.withdrawn': { before: { badges: ['tester'] }, after: { badges: [], withdrawn: 'tester' } },
  'reward.reversed': {
    who: 'ops_olga',
    subject: 'reward/reward:rdm_c_7_1:1',
    reason: 'returned',
    before: { points: 20, state: 'vested' },
    after: { state: 'reversed' },
  },
};

describe('the events of the catalog', () => {
  const carrying = eventTypes.filter((type) => doersIn(type).length > 0);

  it('are kept, all that say who did something; decide in audit-actions.ts about one that is new', () => {
    expect(carrying.length).toBeGreaterThan(15);
    const undecided = carrying.filter((type) => !Object.hasOwn(actions, type) && noDeeds[type] === undefined);
    expect(undecided).toEqual([]);
  });

  it('are kept, none that do not say who', () => {
    expect(Object.keys(actions).filter((type) => !carrying.includes(type as EventType))).toEqual([]);
    expect(Object.keys(expected).sort()).toEqual(Object.keys(actions).sort());
    // And the one that no event tells of.
    expect(new Set(actionNames).size).toBe(Object.keys(actions).length + 1);
  });
});

describe('each deed of ops', () => {
  beforeAll(async () => {
    await fresh();
    const listen = instance();
    // What is there before: a reward that has vested.
    for (const type of ['reward.pending', 'reward.vested'] as const) await listen(goldenOf(type));
    for (const type of Object.keys(actions) as OpsEvent[]) await listen(causedByOps(type));
  });
  afterAll(() => bench.stop());

  it.each(Object.keys(expected) as OpsEvent[])('%s: who, what, why, before and after', async (type) => {
    const event = causedByOps(type);
    const entry = (await allOf()).find(({ eventId }) => eventId === event.id);
    expect(entry).toMatchObject({
      at: event.time,
      action: type,
      ...expected[type],
      eventId: event.id,
      correlationId: event.correlationid,
    });
    const { before, after } = expected[type];
    expect(entry?.after).toEqual(after);
    if (before) expect(entry?.before).toEqual(before);
  });

  it('tells no buyer', async () => {
    const text = JSON.stringify(await allOf());
    expect(text).not.toMatch(/"buyer"|m:m_bob|g:Zm9y/);
  });
});

describe('what ops did', () => {
  beforeEach(async () => {
    await fresh();
    return () => bench.stop();
  });

  it('is heard from the log of every service', async () => {
    await insights.service.start();
    const { held, revoked } = lifeOf({ batch: 1, index: 3 }, campaignOf('DROP'));
    const { made, pending, vested, reduced, reversed } = referralOf(
      { batch: 1, index: 4 },
      { campaignId: campaignOf('DROP'), inviter: 'm_mia' },
    );
    const told = [...campaignBy(campaignOf('DROP')), ...memberBy('m_mia'), held, revoked];
    await bench.log.append([...told, made, pending, vested, reduced, reversed]);
    const entries = await until(async () => {
      const found = await allOf();
      return found.length === 12 ? found : undefined;
    });
    expect(entries.map(({ action }) => action).sort()).toEqual([
      'badge.awarded',
      'badge.awarded',
      'badge.withdrawn',
      'campaign.closed',
      'campaign.created',
      'campaign.paused',
      'campaign.published',
      'campaign.resumed',
      'code.revoked',
      'member.pinned',
      'member.pinned',
      'reward.reversed',
    ]);
    expect(entries.find(({ action }) => action === 'code.revoked')?.before).toEqual({
      state: 'held',
      holdId: 'hold_3',
    });
    expect(entries.find(({ action }) => action === 'reward.reversed')?.before).toEqual({ state: 'vested', points: 18 });
  });

  it('is not what others did: a claimable batch, a purchase, a reward that goes with its order', async () => {
    const listen = instance();
    const { redeemed } = lifeOf({ batch: 1, index: 3 });
    const claims = withData(goldenOf('batch.created'), { origin: { kind: 'claims' } });
    const withOrder = withData(goldenOf('reward.reversed'), { by: 'redemption', reason: 'order cancelled' });
    for (const event of [redeemed, claims, withOrder]) await listen(event);
    expect(await allOf()).toEqual([]);
  });

  it('has no text of a code, where the code is a name', async () => {
    const named = withData(goldenOf('batch.created'), { named: { name: 'SPRING-2026', perBuyer: 1 } });
    await instance()(named);
    const entries = await allOf();
    expect(entries).toMatchObject([{ after: { to: 'name', codes: 250 } }]);
    expect(JSON.stringify(entries)).not.toContain('SPRING');
  });

  it('says what was exported of a batch, and what a campaign was made like, where it is told', async () => {
    const listen = instance();
    await listen(withData(goldenOf('batch.exported'), { what: 'canaries' }));
    await listen(withData(goldenOf('campaign.created'), { copiedFrom: campaignOf('LAST') }));
    const entries = await allOf();
    expect(entries.find(({ action }) => action === 'batch.exported')?.after).toEqual({ what: 'canaries' });
    expect(entries.find(({ action }) => action === 'campaign.created')?.after).toEqual({
      copiedFrom: campaignOf('LAST'),
      name: 'Spring drop',
      state: 'draft',
    });
  });

  it('says of a grant whom it is for, with all that is done about it: by which condition, and how many they are', async () => {
    const listen = instance();
    const whom = { segment: 'tier == "core"', members: 3 };
    const batch = goldenOf('batch.created');
    const { origin } = batch.data as { origin: object };
    await listen(withData(goldenOf('grant.requested'), whom));
    await listen(withData(goldenOf('grant.approved'), whom));
    await listen(withData(goldenOf('grant.cancelled'), whom));
    await listen(withData(batch, { origin: { ...origin, to: 'members', ...whom } }));
    const entries = await allOf();
    expect(entries.map(({ action }) => action).sort()).toEqual([
      'batch.granted',
      'grant.approved',
      'grant.cancelled',
      'grant.requested',
    ]);
    for (const { after } of entries) expect(after).toMatchObject(whom);
  });

  it('says what a campaign was called before it was published, when its draft was given another name', async () => {
    const listen = instance();
    const golden = goldenOf('campaign.edited');
    const changes = [{ field: 'name', before: 'Spring drop', after: 'Summer drop' }];
    const edited = withData(golden, { name: 'Summer drop', changes });
    const { aggregate, subject, partitionkey } = golden;
    const place = { aggregate, subject, partitionkey, id: `issuance/${aggregate}@3`, sequence: padSequence(3) };
    const about = { campaignId: partitionkey, name: 'Summer drop' };
    const published = withData({ ...goldenOf('campaign.published'), ...place }, about);
    // Late, and twice.
    for (const event of [published, edited, edited, published]) await listen(event);
    expect(await allOf()).toMatchObject([
      { action: 'campaign.published', before: { name: 'Summer drop', state: 'draft' }, after: { state: 'published' } },
      { action: 'campaign.edited', before: { name: 'Spring drop' }, after: { name: 'Summer drop' } },
    ]);
  });

  it('counts no canaries as codes', async () => {
    const { terms } = goldenOf('batch.created').data as { terms: never };
    const origin = { kind: 'grant', to: 'bearer', reason: 'press', grantedBy: 'olga' } as const;
    const fact = batchCreated.of({ campaignId: 'c', batch: 3, size: 12, keyVersion: 1, canaries: 2, terms, origin });
    const why = { sequence: 1, time: iso(noon), correlationId: 'r', causationId: 'r' };
    await instance()(toCloudEvent('batches/c#3', { ...fact, ...why }));
    expect((await allOf())[0]?.after).toEqual({ batch: 3, canaries: 2, codes: 10, to: 'bearer' });
  });

  it('says what a code was that was given as goodwill', async () => {
    const listen = instance();
    const { held, redeemed } = lifeOf({ batch: 1, index: 3 });
    await listen(held);
    // When its hold is over.
    await listen(withData(redeemed, { goodwill }));
    expect((await allOf())[0]?.before).toEqual({ state: 'unused' });
    const { held: other, redeemed: taken } = lifeOf({ batch: 1, index: 4 });
    await listen(other);
    // While its own hold lasts.
    await listen({ ...withData(taken, { goodwill }), time: iso(noon + 1) });
    expect((await allOf()).find(({ subject }) => subject === 'code/1.4')?.before).toEqual({ state: 'held' });
  });
});

describe('deeds that are told twice, late or in any order', () => {
  beforeAll(fresh);
  afterAll(() => bench.stop());
  let stories = 0;
  /** Of one story alone, without what tells it from others. */
  const toldOf = async (wanted: Record<string, string>, name: string) => {
    const entries = (await allOf(wanted)).filter(({ subject }) => subject.endsWith(name));
    return JSON.parse(JSON.stringify(entries).replaceAll(name, 'X')) as AuditEntry[];
  };

  it.each(ordersOf([0, 1, 2, 4]))('of a campaign end in the same entries: %i %i %i %i', async (...order) => {
    stories += 1;
    const name = campaignOf(stories);
    const told = campaignBy(name);
    const listen = instance();
    for (const position of [...order, ...order]) await listen(told[position] as CloudEvent);
    expect(await toldOf({ campaignId: name }, name)).toMatchObject([
      { action: 'campaign.closed', before: { state: 'paused' }, after: { state: 'closed' }, who: 'olga' },
      { action: 'campaign.paused', before: { state: 'published' }, after: { state: 'paused' } },
      { action: 'campaign.published', before: { state: 'draft' }, after: { state: 'published', quota: 5 } },
      { action: 'campaign.created', after: { state: 'draft' } },
    ]);
  });

  it.each(ordersOf([0, 2, 3, 4]))('of a member end in the same entries: %i %i %i %i', async (...order) => {
    stories += 1;
    const name = `m_${stories}`;
    const told = memberBy(name, `by_${stories}`);
    const listen = instance();
    for (const position of [1, ...order, ...order]) await listen(told[position] as CloudEvent);
    expect((await toldOf({ by: `by_${stories}` }, name)).map(({ before, after }) => [before, after])).toEqual([
      [{ badges: ['early', 'tester'] }, { badges: ['early'], withdrawn: 'tester' }],
      [{ pins: ['core'] }, { pins: [] }],
      [{ badges: ['tester'] }, { awarded: 'early', badges: ['early', 'tester'] }],
      [{ pins: [] }, { pins: ['core'] }],
      [{ badges: [] }, { awarded: 'tester', badges: ['tester'] }],
    ]);
  });

  it('are kept once by two instances that hear each twice at the same time', async () => {
    const events = Array.from({ length: 12 }, (_, number) => exportBy(number, noon + number, { by: 'twice' }));
    const instances = [instance(), instance()];
    await Promise.all([...events, ...events].flatMap((event) => instances.map((listen) => listen(event))));
    expect((await allOf({ by: 'twice' })).map(({ subject }) => subject)).toEqual(
      Array.from({ length: 12 }, (_, number) => `batch/${11 - number}`),
    );
  });

  it('are never changed: the item is as it was when it is told again, otherwise', async () => {
    const listen = instance();
    const event = exportBy(900, noon, { by: 'first' });
    await listen(event);
    const before = await allOf({ by: 'first' });
    await listen(withData(event, { by: 'second' }));
    expect(await allOf({ by: 'first' })).toEqual(before);
    expect(await allOf({ by: 'second' })).toEqual([]);
  });

  it.each([1, 2, 3])('are kept by the next delivery when the store refused write %i of the first', async (refused) => {
    stories += 1;
    const by = `refused_${refused}`;
    const [, pinned] = memberBy(`m_${stories}`, by) as [CloudEvent, CloudEvent];
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
    await listen(pinned).catch(() => {});
    await listen(pinned);
    expect(await allOf({ by })).toMatchObject([{ before: { pins: [] }, after: { pins: ['core'] } }]);
    await proxy.stop();
  });

  it('leave the badges of a member untold who was changed more often than is looked at', async () => {
    const listen = instance();
    const [first, , , , withdrawn] = memberBy('m_busy', 'busy') as CloudEvent[];
    const at = (event: CloudEvent | undefined, sequence: number): CloudEvent => ({
      ...(event as CloudEvent),
      id: `membership/member/m_busy#standing@${sequence}`,
      sequence: String(sequence).padStart(12, '0'),
      time: iso(noon + sequence),
    });
    const turns = Array.from({ length: 202 }, (_, turn) => at(turn % 2 === 0 ? first : withdrawn, turn + 1));
    await Promise.all(turns.map((event) => listen(event)));
    const entries = await allOf({ by: 'busy' });
    const [last, before, ...others] = entries;
    expect(before).not.toHaveProperty('before');
    expect(others).toHaveLength(200);
    expect(others.filter((entry) => entry.before === undefined)).toEqual([]);
    // Whichever page they stand on.
    expect(await allOf({ by: 'busy', limit: 7 })).toEqual(entries);
    const withdrawals = entries.filter(({ action }) => action === 'badge.withdrawn');
    expect(await allOf({ by: 'busy', action: 'badge.withdrawn' })).toEqual(withdrawals);
    expect(last).toMatchObject({ action: 'badge.withdrawn', after: { withdrawn: 'tester' } });
    expect(last).not.toHaveProperty('before');
    expect(others.at(-1)).toMatchObject({ before: { badges: [] }, after: { badges: ['tester'] } });
  });
});

describe('pages', () => {
  beforeEach(async () => {
    await fresh();
    return () => bench.stop();
  });
  const numbers = (entries: AuditEntry[]) => entries.map(({ subject }) => Number(subject.slice('batch/'.length)));
  const told = async (times: string[], of: (number: number) => { by?: string; campaignId?: string } = () => ({})) => {
    const listen = instance();
    const events = times.map((at, number) => exportBy(number, Date.parse(at), of(number)));
    for (let from = 0; from < events.length; from += 100) {
      await Promise.all(events.slice(from, from + 100).map((event) => listen(event)));
    }
  };
  const times = [
    '2026-12-31T23:59:59.999Z',
    '2027-01-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
    '2027-01-31T23:59:59.999Z',
    // Nothing in February.
    '2027-03-01T00:00:00.000Z',
    '2028-02-29T12:00:00.000Z',
    '2028-02-29T12:00:00.001Z',
    '2028-02-29T12:00:00.002Z',
    '2028-02-29T12:00:00.003Z',
  ];

  it('of any length are the newest first, over months of which some have none', async () => {
    await told(times);
    const whole = numbers(await allOf());
    expect(whole.filter((number) => number !== 1 && number !== 2)).toEqual([8, 7, 6, 5, 4, 3, 0]);
    for (const limit of [1, 2, 3, 4, 8, 9, 100]) {
      const pages = await pagesOf({ limit });
      expect([limit, numbers(pages.flat())]).toEqual([limit, whole]);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }
  });

  it('are of a range: its beginning is within, its end is not', async () => {
    await told(times);
    const within = async (from?: string, to?: string) => numbers(await allOf({ from, to, limit: 2 }));
    expect(await within('2027-01-31T23:59:59.999Z', '2028-02-29T12:00:00.001Z')).toEqual([5, 4, 3]);
    expect(await within('2028-02-29T12:00:00.002Z')).toEqual([8, 7]);
    // Without milliseconds it is the same instant.
    expect(await within('2028-02-29T12:00:00Z', '2028-02-29T12:00:00.001Z')).toEqual([5]);
    expect(await within(undefined, '2028-02-29T12:00:00Z')).toEqual(numbers(await allOf()).slice(4));
    expect(await within('2030-01-01T00:00:00.000Z')).toEqual([]);
    expect(await within(undefined, '2020-01-01T00:00:00.000Z')).toEqual([]);
    // A cursor from after the range is its end.
    const { body } = await pageOf(
      queryOf({ to: '2027-01-01T00:00:00.000Z', cursor: '2029-01-01T00:00:00.000Z/000000000001/0123456789abcdef' }),
    );
    expect(numbers(body.items)).toEqual([0]);
  });

  it('are of one operator, one action, one campaign', async () => {
    await told(times, (number) => ({
      by: number % 2 === 0 ? 'even' : 'odd',
      campaignId: campaignOf(number % 3),
    }));
    expect(numbers(await allOf({ by: 'odd', limit: 2 }))).toEqual(expect.arrayContaining([1, 3, 5, 7]));
    expect(numbers(await allOf({ campaignId: campaignOf(2), limit: 1 }))).toEqual([8, 5, 2]);
    expect(numbers(await allOf({ campaignId: campaignOf(2), by: 'even' }))).toEqual([8, 2]);
    expect(await allOf({ action: 'batch.exported' })).toHaveLength(9);
    expect(await allOf({ action: 'batch.revoked' })).toEqual([]);
    expect(await allOf({ by: 'nobody' })).toEqual([]);
  });

  it('look at so many entries and no more, and go on where they stopped', { timeout: 120_000 }, async () => {
    const count = lookedAtMost + 100;
    await told(
      Array.from({ length: count }, (_, number) => iso(noon + number)),
      (number) => ({ by: number === 0 ? 'rare' : 'often' }),
    );
    const store = bench.openStore();
    expect((await readAudit(store, { limit: 50, by: 'rare' })).items).toEqual([]);
    // Which months have any, and each part a hundred at a time, at most one ahead.
    expect(store.table.sent.queries).toBeLessThanOrEqual(1 + lookedAtMost / 100 + 4);
    const pages = await pagesOf({ by: 'rare' });
    expect(pages.map((page) => page.length)).toEqual([0, 1]);
    expect((await allOf({ by: 'often' })).length).toBe(count - 1);
    expect(await pagesOf({ by: 'nobody', from: iso(noon + count - 10) })).toEqual([[]]);
  });

  it('cost what they show, and not what there is', async () => {
    const store = bench.openStore();
    const costOf = async (wanted: Parameters<typeof readAudit>[1]) => {
      const { queries } = store.table.sent;
      await readAudit(store, wanted);
      return store.table.sent.queries - queries;
    };
    expect(await costOf({ limit: 50 })).toBe(1);
    await told(Array.from({ length: 300 }, (_, number) => iso(noon + number)));
    // Which months have any, and a page or two of each part of the newest.
    expect(await costOf({ limit: 50 })).toBeLessThanOrEqual(1 + 8);
    expect(await costOf({ limit: 1 })).toBeLessThanOrEqual(1 + 8);
    // One more for each thing of which it is asked what was before: the pins and the badges of two members.
    const listen = instance();
    for (const name of ['m_mia', 'm_bob']) {
      for (const event of memberBy(name)) await listen({ ...event, time: iso(noon + 1000) });
    }
    expect(await costOf({ limit: 10 })).toBeLessThanOrEqual(1 + 8 + 2 * 2);
  });

  it('are shown to ops only, and take what is asked of them and nothing else', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await pageOf('', as)).status).toBe(403);
      expect((await csvOf('', as)).status).toBe(403);
    }
    for (const query of [
      '?limit=0',
      '?limit=101',
      '?cursor=',
      '?cursor=2026-12',
      `?cursor=${encodeURIComponent('2027-01-01T00:00:00.000Z/1/x')}`,
      '?surprise=1',
      '?by=',
      '?by=%3Dcmd',
      '?action=campaign',
      '?action=campaign.paused&action=campaign.resumed',
      '?campaignId=cmp_1',
      '?from=yesterday',
      '?from=2026-12-01',
      '?to=2026-13-01T00:00:00Z',
      '?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z',
      '?from=2026-12-01T00:00:00Z&to=2026-12-01T00:00:00.000Z',
    ]) {
      const { status, body } = await pageOf(query);
      expect([query, status, body.type]).toEqual([query, 422, 'urn:fcode:problem:invalid_request']);
    }
    for (const query of [
      '?surprise=1',
      '?limit=1',
      '?from=x',
      '?by=%3Dcmd',
      '?action=campaign',
      '?campaignId=cmp_1',
      '?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z',
    ]) {
      expect([query, (await csvOf(query)).status]).toEqual([query, 422]);
    }
  });
});

describe('the export', () => {
  beforeEach(async () => {
    await fresh();
    return () => bench.stop();
  });
  const header = 'at,who,action,subject,campaign_id,reason,reference,before,after,event_id,correlation_id';
  const linesOf = (csv: string) => csv.split('\r\n').filter((line) => line !== '');

  it('is all of a range as CSV, the newest first', async () => {
    const listen = instance();
    for (const event of [...memberBy('m_mia'), exportBy(7, noon + 3_600_000)]) await listen(event);
    const answer = await csvOf();
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = linesOf(await answer.text());
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBe(header);
    expect(lines[1]).toBe(
      `"${iso(noon + 3_600_000)}","olga","batch.exported","batch/7","cmp_1","","","","","issuance/batches/cmp_1#7@2","req-2"`,
    );
    expect(lines[2]).toBe(
      [
        `"${iso(noon + 240_000)}","olga","badge.withdrawn","member/m_mia","","because","BOOK-1"`,
        '"{""badges"":[""early"",""tester""]}","{""badges"":[""early""],""withdrawn"":""tester""}"',
        '"membership/member/m_mia#standing@9","req-9"',
      ].join(','),
    );
    const some = await (await csvOf(queryOf({ from: iso(noon + 60_000), to: iso(noon + 180_000) }))).text();
    expect(linesOf(some).map((line) => line.split(',')[2])).toEqual(['action', '"badge.awarded"', '"member.pinned"']);
    expect(linesOf(await (await csvOf('?from=2030-01-01T00:00:00Z')).text())).toEqual([header]);
  });

  it('is what of it somebody asks for: by whom, what, of which campaign; and says so where it is kept', async () => {
    const listen = instance();
    const [drop, other] = [campaignOf('DROP'), campaignOf('OTHER')];
    for (const event of [...campaignBy(drop), ...campaignBy(other), ...memberBy('m_mia')]) await listen(event);
    for (const filter of [{ by: 'olga' }, { action: 'campaign.paused' }, { campaignId: drop }]) {
      const listed = await allOf(filter);
      expect(listed.length).toBeGreaterThan(0);
      const lines = linesOf(await (await csvOf(queryOf(filter))).text());
      expect(lines.slice(1).map((line) => line.split(',').at(-2))).toEqual(
        listed.map(({ eventId }) => `"${String(eventId)}"`),
      );
    }
    const filter = { by: 'nobody', action: 'campaign.paused', campaignId: drop, from: '2026-12-01T00:00:00Z' };
    expect(linesOf(await (await csvOf(queryOf(filter), 'ops:auditor')).text())).toEqual([header]);
    expect(await allOf({ by: 'auditor' })).toMatchObject([{ action: 'audit.exported', after: filter }]);
  });

  it('has no cell that a spreadsheet takes for a formula', async () => {
    const listen = instance();
    const [, , paused] = campaignBy(campaignOf('DROP')) as CloudEvent[];
    const reasons = ['=cmd|calc', '+1', '-1', '@sum', '\t=1', 'he said "=1"', 'a;=cmd', 'two\r\nlines', '\uff1d1'];
    for (const [number, reason] of reasons.entries()) {
      const event = { ...(paused as CloudEvent), id: `${number}`, time: iso(noon + number), correlationid: '-1+1' };
      await listen(withData(event, { reason }));
    }
    const csv = await (await csvOf()).text();
    const cells = [...csv.slice(header.length).matchAll(/"((?:[^"]|"")*)"/g)].map(([, text]) => text as string);
    expect(cells).toHaveLength(reasons.length * 11);
    expect(cells.filter((text) => /(^|[;\t])[=+\-@\uff1d]/.test(text))).toEqual([]);
    const column = cells.filter((_, position) => position % 11 === 5).reverse();
    expect(column).toEqual([
      "'=cmd|calc",
      "'+1",
      "'-1",
      "'@sum",
      "'\t'=1",
      'he said ""=1""',
      "a;'=cmd",
      'two\r\nlines',
      "'\uff1d1",
    ]);
  });

  it('reads on as its reader does, and no further when that goes away', async () => {
    const listen = instance();
    const count = 1000;
    await Promise.all(Array.from({ length: count }, (_, number) => listen(exportBy(number, noon + number))));
    const proxy = await startStoreProxy(bench.engine.endpoint);
    let queries = 0;
    proxy.fault = ({ operation }) => {
      if (operation === 'Query') queries += 1;
      return 'pass';
    };
    const behind = bench.open(proxy.endpoint);
    // After all that is there, as exports are.
    bench.time.now = noon + count;
    const answer = await behind.service.app.request('/v1/audit.csv', { headers: { authorization: 'Bearer ops:olga' } });
    const before = queries;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // The first page of ten, and at most one ahead.
    expect(queries).toBeLessThanOrEqual(before + 10);
    expect(before).toBeLessThanOrEqual(10);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (let chunk = 0; chunk < 3; chunk += 1) await reader.read();
    const read = queries;
    await reader.cancel();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(queries).toBeLessThanOrEqual(read + 10);
    // With the export that its reader went away from.
    expect(linesOf(await (await csvOf()).text())).toHaveLength(1 + count + 1);
    await proxy.stop();
  });

  it('is an entry of the log itself, once a request, and none of what it exports', async () => {
    const listen = instance();
    await listen(exportBy(7, noon));
    const exportAs = (id: string, query: string) =>
      insights.service.app.request(`/v1/audit.csv${query}`, {
        headers: { authorization: 'Bearer ops:auditor', 'x-request-id': id, 'idempotency-key': 'same' },
      });
    const range = '?from=2026-12-01T00:00:00Z';
    for (const id of ['export-1', 'export-1']) {
      expect(linesOf(await (await exportAs(id, range)).text()).join()).not.toContain('export-2');
    }
    bench.time.now = noon + 1000;
    expect(linesOf(await (await exportAs('export-2', '')).text())).toHaveLength(1 + 2);
    bench.time.now = noon;
    const entries = await allOf({ action: 'audit.exported' });
    expect(entries).toEqual([
      {
        at: iso(noon + 1000),
        who: 'auditor',
        action: 'audit.exported',
        subject: 'audit',
        eventId: 'insights/audit@export-2',
        correlationId: 'export-2',
      },
      expect.objectContaining({
        at: iso(noon),
        after: { from: '2026-12-01T00:00:00Z' },
        correlationId: 'export-1',
      }),
    ]);
    expect(await allOf({ by: 'auditor' })).toEqual(entries);
  });

  it('is not shown where it cannot be kept that it was', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const behind = bench.open(proxy.endpoint, 1000);
    proxy.fault = ({ operation }) =>
      operation === 'BatchExecuteStatement'
        ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'slow' } }
        : 'pass';
    const answer = await behind.service.app.request('/v1/audit.csv', { headers: { authorization: 'Bearer ops:olga' } });
    expect(answer.status).toBe(503);
    expect(await allOf()).toEqual([]);
    await proxy.stop();
  });

  it('is logged, with who exported what', async () => {
    const info = vi.spyOn(logger, 'info');
    await (await csvOf('?from=2026-12-01T00:00:00Z', 'ops:auditor')).text();
    expect(info.mock.calls).toEqual([
      [
        {
          action: 'audit.exported',
          who: 'auditor',
          exported: { from: '2026-12-01T00:00:00Z' },
          requestId: expect.stringMatching(/^req_/),
        },
        'the audit log is exported',
      ],
    ]);
    info.mockRestore();
  });

  it('is refused by a status when the store is away', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const behind = bench.open(proxy.endpoint);
    proxy.fault = () => ({
      status: 400,
      body: { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow' },
    });
    const answer = await behind.service.app.request('/v1/audit.csv', { headers: { authorization: 'Bearer ops:olga' } });
    expect(answer.status).toBe(503);
    await proxy.stop();
  });
});
