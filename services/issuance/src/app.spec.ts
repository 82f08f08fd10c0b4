import {
  batchRevoked,
  checkoutKilled,
  checkoutPaused,
  checkoutResumed,
  codeCancelled,
  codeHeld,
  codeHoldExtended,
  codeRedeemed,
  codeReleased,
  codeRevoked,
  cutoffsPublished,
  scoreChanged,
  toCloudEvent,
} from '@fcode/events';
import { defaultPolicy } from '@fcode/policy';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, definitionWith, heardOf, mint, startBench } from './fixtures/bench.ts';
import { ends, iso, noon, seconds } from './fixtures/drop.ts';
import { onCutoffsPublished } from './on-cutoffs-published.ts';
import { onScoreChanged } from './on-score-changed.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  issuance = bench.openApp();
  await issuance.service.start();
});
afterAll(() => bench.stop());

const ops = 'ops:olga';
let keys = 0;
const key = () => {
  keys += 1;
  return `key-${keys}`;
};
const draftCampaign = async (rest: Parameters<typeof definitionWith>[0] = {}) => {
  const { status, body } = await issuance.ask('POST', '/v1/campaigns', ops, definitionWith(rest), key());
  expect(status).toBe(201);
  return String(body.campaignId);
};
const openCampaign = async (rest: Parameters<typeof definitionWith>[0] = {}) => {
  const campaignId = await draftCampaign(rest);
  expect((await issuance.ask('POST', `/v1/campaigns/${campaignId}/publish`, ops, {})).status).toBe(200);
  return campaignId;
};
const claim = (campaignId: string, memberId: string, wish = key()) =>
  issuance.ask('POST', `/v1/campaigns/${campaignId}/claims`, `member:${memberId}`, {}, wish);
const myCodes = async (memberId: string, query = '') => {
  const { body } = await issuance.ask('GET', `/v1/me/codes${query}`, `member:${memberId}`);
  return body as { items: Record<string, unknown>[]; cursor?: string };
};

describe('my codes', () => {
  it('are none for who has none', async () => {
    expect(await myCodes('m_nobody')).toEqual({ items: [] });
  });

  it('are what was claimed, as text that checkout can read, and unused at first', async () => {
    const campaignId = await openCampaign();
    const claimed = await claim(campaignId, 'm_mia');
    expect(claimed).toMatchObject({
      status: 201,
      body: { campaignId, receipt: { allotted: 1, claimed: 1, tier: 'fan' } },
    });
    const { items } = await myCodes('m_mia');
    const { code, batch, index } = claimed.body;
    expect(items).toEqual([
      {
        code,
        batch,
        index,
        campaignId,
        how: 'claimed',
        at: iso(bench.time.now),
        status: 'unused',
        decision: claimed.body.decision,
      },
    ]);
    expect(mint.parse(String(code))).toMatchObject({ ok: true, batch, index });
  });

  it('say what became of each: held, free again when the hold is over, redeemed, revoked', async () => {
    const campaignId = await openCampaign({ allotment: { fan: 6 } });
    const heldAt = iso(bench.time.now);
    const holdUntil = iso(bench.time.now + seconds(900));
    const later = iso(bench.time.now + seconds(1800));
    const [holdId, redemptionId] = ['hold_1_1_1', 'rdm_1_1_1'];
    const by = { campaignId, order: { shop: 'shop-a', orderId: '1' }, buyer: 'm:m_friend' };
    const hold = { ...by, sku: 'PHONE-1', holdId, heldAt, holdUntil };
    const redemption = { ...by, sku: 'PHONE-1', holdId, redemptionId, redeemedAt: heldAt };
    type Ref = { batch: number; index: number };
    const lives: ((ref: Ref) => { type: string; data: unknown }[])[] = [
      (ref) => [codeHeld.of({ ...ref, ...hold })],
      (ref) => [
        codeHeld.of({ ...ref, ...hold }),
        codeHoldExtended.of({ ...ref, ...by, holdId, holdUntil: later, extendedAt: heldAt }),
      ],
      (ref) => [
        codeHeld.of({ ...ref, ...hold }),
        codeReleased.of({ ...ref, ...by, holdId, cause: 'released', releasedAt: heldAt }),
      ],
      (ref) => [codeHeld.of({ ...ref, ...hold }), codeRedeemed.of({ ...ref, ...redemption })],
      (ref) => [
        codeHeld.of({ ...ref, ...hold }),
        codeRedeemed.of({ ...ref, ...redemption }),
        codeCancelled.of({ ...ref, ...by, redemptionId, cancelledAt: heldAt }),
      ],
      (ref) => [codeRevoked.of({ ...ref, campaignId, by: 'olga', reason: 'leaked', revokedAt: heldAt })],
    ];
    for (const life of lives) {
      const { batch, index } = (await claim(campaignId, 'm_kim')).body as unknown as Ref;
      const told = life({ batch, index }).map((fact, position) =>
        toCloudEvent(`code/${batch}.${index}#life`, {
          ...fact,
          sequence: position + 1,
          time: heldAt,
          correlationId: 'c',
          causationId: 'c',
        }),
      );
      await bench.log.append(told);
    }
    const statuses = async () => (await myCodes('m_kim')).items.map(({ status }) => status);
    const now = ['held', 'held', 'unused', 'redeemed', 'unused', 'revoked'];
    await until(async () => (await statuses()).join() === now.join());
    expect((await myCodes('m_kim')).items).toMatchObject([
      { since: heldAt, until: holdUntil },
      { since: heldAt, until: later },
      ...now.slice(2).map(() => ({ since: heldAt })),
    ]);
    const { now: before } = bench.time;
    bench.time.now = before + seconds(900) - 1;
    expect(await statuses()).toEqual(now);
    bench.time.now = before + seconds(900);
    const { items } = await myCodes('m_kim');
    expect(items[0]).toMatchObject({ status: 'unused', since: holdUntil });
    expect(items[0]).not.toHaveProperty('until');
    expect(await statuses()).toEqual(['unused', ...now.slice(1)]);
    bench.time.now = before + seconds(1800);
    expect(await statuses()).toEqual(['unused', 'unused', ...now.slice(2)]);
    bench.time.now = before;
  });

  describe('that ops have stopped', () => {
    let stopsTold = 0;
    /** As redemption tells it: all stops have one sequence. */
    const tell = async (fact: { type: string; data: unknown }) => {
      stopsTold += 1;
      const time = iso(bench.time.now);
      const entry = { ...fact, sequence: stopsTold, time, correlationId: 'c', causationId: 'c' };
      await bench.log.append([toCloudEvent('terms#version', entry)]);
    };
    const why = { by: 'olga', reason: 'a leak' };
    /** Of each of their codes in one word, in alphabetical order. */
    const standing = async (memberId: string) => {
      const { items } = await myCodes(memberId);
      return items.map(({ status, stopped }) => [status, stopped].filter(Boolean).join(': ')).toSorted();
    };
    const stands = (memberId: string, words: string[]) =>
      until(async () => ((await standing(memberId)).join() === words.join() ? true : undefined));
    const grantTo = async (campaignId: string, memberId: string, codes: number) => {
      const batch = await grant(campaignId, { members: [{ memberId, codes }] });
      await until(async () => ((await myCodes(memberId)).items.length >= codes ? true : undefined));
      return batch;
    };

    it('are out of use with the campaign, claimed and granted, but for what an order owns; and it gives out no more', async () => {
      const [killed, other] = [await openCampaign({ allotment: { fan: 2 } }), await openCampaign()];
      const bought = (await claim(killed, 'm_sam')).body as unknown as { batch: number; index: number };
      await claim(killed, 'm_sam');
      await claim(other, 'm_sam');
      await tell(checkoutKilled.of({ campaignId: killed, ...why }));
      await stands('m_sam', ['revoked: campaign_killed', 'revoked: campaign_killed', 'unused']);
      const { items } = await myCodes('m_sam');
      for (const { campaignId, since } of items) {
        expect([campaignId, since]).toEqual(campaignId === killed ? [killed, iso(bench.time.now)] : [other, undefined]);
      }
      // It was bought just before, and that is heard after.
      const { batch, index } = bought;
      const by = { campaignId: killed, order: { shop: 'shop-a', orderId: '2' }, buyer: 'm:m_friend' };
      const redeemed = codeRedeemed.of({
        batch,
        index,
        ...by,
        sku: 'PHONE-1',
        redemptionId: 'rdm_1_1_2',
        redeemedAt: iso(bench.time.now),
      });
      const life = { sequence: 2, time: iso(bench.time.now), correlationId: 'c', causationId: 'c' };
      await bench.log.append([toCloudEvent(`code/${batch}.${index}#life`, { ...redeemed, ...life })]);
      await stands('m_sam', ['redeemed', 'revoked: campaign_killed', 'unused']);
      // Nothing is given out of it afterwards: it is closed.
      expect((await askFor(killed, { bearer: 1 })).body.type).toBe('urn:fcode:problem:campaign_closed');
    });

    it('are out of use with their batch, also when that was heard before the batch was known', async () => {
      const campaignId = await openCampaign();
      await claim(campaignId, 'm_ida');
      const batch = await grantTo(campaignId, 'm_ida', 2);
      await tell(batchRevoked.of({ campaignId, batch: batch + 1, ...why }));
      await tell(batchRevoked.of({ campaignId, batch, ...why }));
      await stands('m_ida', ['revoked: batch_revoked', 'revoked: batch_revoked', 'unused']);
      expect(await grantTo(campaignId, 'm_new', 1)).toBe(batch + 1);
      expect(await standing('m_new')).toEqual(['revoked: batch_revoked']);
    });

    it('are unused all the while that they wait, and say for what', async () => {
      const campaignId = await openCampaign();
      const path = `/v1/campaigns/${campaignId}`;
      await claim(campaignId, 'm_eve');
      await tell(checkoutPaused.of({ campaignId, ...why }));
      await stands('m_eve', ['unused: campaign_paused']);
      await tell(checkoutResumed.of({ campaignId, ...why }));
      await stands('m_eve', ['unused']);
      // What issuance does itself it need not hear.
      const seen: unknown[] = [];
      for (const verb of ['pause', 'resume', 'close']) {
        await issuance.ask('POST', `${path}/${verb}`, ops, { reason: 'a test' });
        seen.push(...(await standing('m_eve')));
      }
      expect(seen).toEqual(['unused: campaign_paused', 'unused', 'unused: campaign_closed']);
    });

    it('cost one request more for a page, however many campaigns and batches it has', async () => {
      const { store, ask } = bench.openApp();
      const costs: number[] = [];
      for (let campaigns = 1; campaigns <= 8; campaigns += 1) {
        const campaignId = await openCampaign({ allotment: { fan: 3 } });
        for (let codes = 0; codes < 3; codes += 1) await claim(campaignId, 'm_many');
        const { reads, queries } = store.table.sent;
        const { body } = await ask('GET', '/v1/me/codes?limit=20', 'member:m_many');
        expect(body.items).toHaveLength(3 * campaigns);
        costs.push(store.table.sent.reads - reads + store.table.sent.queries - queries);
      }
      expect(costs).toEqual(costs.map(() => 2));
    });
  });

  it('are mine alone, and come in pages', async () => {
    for (const campaignId of [await openCampaign(), await openCampaign(), await openCampaign()]) {
      await claim(campaignId, 'm_pat');
    }
    const all = await myCodes('m_pat');
    expect(all.items).toHaveLength(3);
    const paged: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await myCodes('m_pat', `?limit=1${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      paged.push(...page.items);
      cursor = page.cursor;
    } while (cursor);
    expect(paged).toEqual(all.items);
    expect((await myCodes('m_other')).items).toEqual([]);
  });
});

describe('an allotment and its reasons', () => {
  const allotment = async (campaignId: string, memberId = 'm_ann') =>
    (await issuance.ask('GET', `/v1/campaigns/${campaignId}/allotment`, `member:${memberId}`)).body;

  it('says how many, of what tier, how many are left, and why', async () => {
    const campaignId = await openCampaign({ allotment: { core: 3, fan: 1 } });
    await bench.pin('m_ann', 'core');
    await claim(campaignId, 'm_ann');
    expect(await allotment(campaignId)).toEqual({
      campaignId,
      memberId: 'm_ann',
      tier: 'core',
      allotted: 3,
      claimed: 1,
      left: 2,
      mayClaim: true,
      reasons: [
        { code: 'tier_pinned', tier: 'core' },
        { code: 'allotted_by_tier', tier: 'core', codes: 3, policy: 2 },
      ],
    });
    const asked = await issuance.ask('GET', `/v1/campaigns/${campaignId}/allotments/m_ann`, ops);
    expect(asked.body).toEqual(await allotment(campaignId));
  });

  it.each([
    ['before the window', noon - 1, 'campaign_not_open'],
    ['after the window', ends, 'campaign_ended'],
  ])('says why nothing may be claimed %s, and still how many and why', async (_, at, refusal) => {
    const campaignId = await openCampaign();
    const now = bench.time.now;
    bench.time.now = at;
    const body = await allotment(campaignId, 'm_new');
    bench.time.now = now;
    expect(body).toMatchObject({ allotted: 1, left: 1, mayClaim: false, refusal });
    expect(body.reasons).toMatchObject([
      { code: 'tier_open' },
      { code: 'allotted_by_tier', codes: 1 },
      { code: refusal },
    ]);
  });

  it('says when all of it is claimed, and when the tier has nothing here', async () => {
    const campaignId = await openCampaign({ allotment: { fan: 1 } });
    await claim(campaignId, 'm_one');
    expect(await allotment(campaignId, 'm_one')).toMatchObject({
      left: 0,
      mayClaim: false,
      refusal: 'allotment_used',
      reasons: [{}, { code: 'allotted_by_tier' }, { code: 'claimed', codes: 1 }],
    });
    const forAngels = await openCampaign({ allotment: { angel: 5 } });
    expect(await allotment(forAngels, 'm_one')).toMatchObject({
      allotted: 0,
      mayClaim: false,
      refusal: 'nothing_allotted',
    });
  });

  it('is not there for a draft, nor for a campaign that does not exist', async () => {
    for (const campaignId of [await draftCampaign(), 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA']) {
      const { status, body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}/allotment`, 'member:m_ann');
      expect([status, body.type]).toEqual([404, 'urn:fcode:problem:campaign_not_found']);
    }
  });
});

describe('a campaign over HTTP', () => {
  it('is drafted, published, paused, resumed and closed; its phase follows from the window', async () => {
    const campaignId = await draftCampaign();
    const path = `/v1/campaigns/${campaignId}`;
    const phaseAt = async (at: number, as = ops) => {
      const now = bench.time.now;
      bench.time.now = at;
      const { status, body } = await issuance.ask('GET', path, as);
      bench.time.now = now;
      return body.phase ?? status;
    };
    expect([await phaseAt(noon), await phaseAt(noon, 'member:m_mia')]).toEqual(['draft', 404]);
    await issuance.ask('POST', `${path}/publish`, ops, {});
    const phases = [];
    for (const at of [noon - 1, noon, ends - 1, ends]) phases.push(await phaseAt(at, 'member:m_mia'));
    expect(phases).toEqual(['scheduled', 'open', 'open', 'ended']);
    for (const [verb, phase] of [
      ['pause', 'paused'],
      ['resume', 'open'],
      ['close', 'closed'],
    ] as const) {
      const answer = await issuance.ask('POST', `${path}/${verb}`, ops, { reason: 'a test' });
      const again = await issuance.ask('POST', `${path}/${verb}`, ops, { reason: 'a test' });
      expect([answer.status, again.status, again.replayed, again.body]).toEqual([200, 200, true, answer.body]);
      expect(await phaseAt(noon)).toBe(phase);
    }
    expect((await issuance.ask('POST', `${path}/publish`, ops, {})).body.type).toContain('campaign_closed');
  });

  it('shows ops, and only ops, how many codes are left', async () => {
    const campaignId = await openCampaign({ quota: 50 });
    await claim(campaignId, 'm_left');
    expect((await issuance.ask('GET', `/v1/campaigns/${campaignId}`, ops)).body).toMatchObject({ left: 49 });
    const { body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}`, 'member:m_left');
    expect(body).not.toHaveProperty('left');
  });

  it('shows ops, and only ops, how many of the places are left that each rule reserves', async () => {
    const allotment = [
      { when: 'member == "m_else"', codes: 1 },
      { when: 'member.startsWith("m_r")', codes: 1, places: 2 },
      { when: 'tier == "core"', codes: 2, places: 10 },
    ];
    const campaignId = await openCampaign({ quota: 50, allotment });
    const seen = async (as = ops) => (await issuance.ask('GET', `/v1/campaigns/${campaignId}`, as)).body;
    const reserved = (...left: number[]) => left.map((one, position) => ({ rule: position + 2, left: one }));
    expect(await seen()).toMatchObject({ left: 50, reserved: reserved(2, 10) });
    await claim(campaignId, 'm_rosa');
    await claim(campaignId, 'm_else');
    expect(await seen()).toMatchObject({ left: 48, reserved: reserved(1, 10) });
    expect(await seen('member:m_rosa')).not.toHaveProperty('reserved');
  });

  it('tells once, when it is closed, how many places nobody was given', async () => {
    const allotment = [
      { when: 'member == "m_back"', codes: 1, places: 5 },
      { when: 'true', codes: 1 },
    ];
    const campaignId = await openCampaign({ quota: 50, allotment });
    await Promise.all([claim(campaignId, 'm_back'), claim(campaignId, 'm_other')]);
    await grant(campaignId, { bearer: 10 });
    const path = `/v1/campaigns/${campaignId}`;
    for (let time = 0; time < 2; time += 1) {
      expect((await issuance.ask('POST', `${path}/close`, ops, { reason: 'over' })).status).toBe(200);
      expect((await issuance.ask('GET', path, ops)).body).toMatchObject({ phase: 'closed', returned: 38 });
    }
    const events = (await bench.logged('campaign.settled')).filter(({ data }) =>
      JSON.stringify(data).includes(campaignId),
    );
    expect(events).toMatchObject([{ data: { campaignId, quota: 50, returned: 38 } }]);
  });

  it('is drafted once more in another window, its reserved places with it', async () => {
    const allotment = [
      { when: 'tier == "core"', codes: 2, places: 5, until: iso(noon + 3_600_000) },
      { when: 'true', codes: 1 },
    ];
    const campaignId = await openCampaign({ quota: 50, allotment, timeZone: 'Asia/Shanghai', regions: ['CN'] });
    const day = 86_400_000;
    const window = { startsAt: iso(noon + 7 * day), endsAt: iso(ends + 7 * day) };
    const path = `/v1/campaigns/${campaignId}/duplicate`;
    const wish = key();
    const copy = await issuance.ask('POST', path, ops, { name: 'Next week', ...window }, wish);
    const again = await issuance.ask('POST', path, ops, { name: 'Next week', ...window }, wish);
    expect([copy.status, again.status, again.body]).toEqual([201, 201, copy.body]);
    expect(copy.body.campaignId).not.toBe(campaignId);
    const copied = await until(async () =>
      (await bench.logged('campaign.created')).find(
        ({ subject }) => subject === `campaign/${String(copy.body.campaignId)}`,
      ),
    );
    expect(copied.data).toMatchObject({ name: 'Next week', copiedFrom: campaignId });
    const { body } = await issuance.ask('GET', `/v1/campaigns/${String(copy.body.campaignId)}`, ops);
    expect(body).toMatchObject({
      phase: 'draft',
      name: 'Next week',
      ...window,
      quota: 50,
      timeZone: 'Asia/Shanghai',
      regions: ['CN'],
      allotment: [{ ...allotment[0], until: iso(noon + 3_600_000 + 7 * day) }, allotment[1]],
    });
    const backwards = { startsAt: window.endsAt, endsAt: window.startsAt };
    expect((await issuance.ask('POST', path, ops, backwards, key())).status).toBe(422);
    const nowhere = '/v1/campaigns/cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA/duplicate';
    expect((await issuance.ask('POST', nowhere, ops, window, key())).status).toBe(404);
  });

  it.each([
    [
      { allotment: [{ when: 'tier = "core"', codes: 1 }] },
      '/allotment/0/when',
      /column 6: A single = compares nothing/,
    ],
    [{ allotment: [{ when: 'true', codes: 1, places: 101 }] }, '/allotment', /More places are reserved/],
    [{ allotment: { corr: 1 } }, '/allotment/corr', /Unknown field/],
    [{ eligible: 'order.amount > "100"' }, '/eligible', /"100" is a text/],
    [{ eligible: 'tier == "core"' }, '/eligible', /nothing called tier/],
    [{ timeZone: 'Mars/Olympus' }, '/timeZone', /A time zone/],
    [{ regions: ['Germany'] }, '/regions/0', /A region/],
    [{ quantities: { 'PHONE-1': 99 } }, '/quantities', /The quota is 100, and 99 are reserved/],
    [{ quantities: { 'PHONE-2': 100 } }, '/quantities', /PHONE-2 is no product/],
    [{ quantities: {} }, '/quantities', /PHONE-1 has no quantity/],
    [{ dayLimit: 21 }, '/dayLimit', /Too big/],
  ])('%j is refused, and it is said where and why', async (wrong, pointer, why) => {
    const { status, body } = await issuance.ask('POST', '/v1/campaigns', ops, definitionWith(wrong as object), key());
    expect(status).toBe(422);
    const [error] = body.errors as { pointer: string; detail: string }[];
    expect(error?.pointer).toBe(pointer);
    expect(error?.detail).toMatch(why);
  });

  it('is refused in Chinese too where a condition is wrong, of a member or of an order', async () => {
    const wrong = { allotment: [{ when: 'tier = "core"', codes: 1 }], eligible: 'order.amount > "100"' };
    const { body } = await issuance.ask('POST', '/v1/campaigns', ops, definitionWith(wrong), key());
    const errors = body.errors as { pointer: string; zh?: string }[];
    expect(errors.map(({ pointer, zh }) => [pointer, zh])).toEqual([
      ['/allotment/0/when', '第 1 行第 6 列：单个 = 不能用来比较。“等于”写 ==，“不等于”写 !=。'],
      ['/eligible', '第 1 行第 1 列：order.amount 是数字，"100" 是文本。请去掉引号，写成 100。'],
    ]);
  });

  it('is for members of its regions alone, as their tokens say, and of those that rules name', async () => {
    const allotment = [
      { when: 'region == "CN-BJ"', codes: 3 },
      { when: 'true', codes: 1 },
    ];
    const campaignId = await openCampaign({ regions: ['CN', 'DE'], allotment });
    const path = `/v1/campaigns/${campaignId}`;
    const allotted = async (as: string) => (await issuance.ask('GET', `${path}/allotment`, as)).body;
    expect(await allotted('member:m_r1:CN-BJ')).toMatchObject({ allotted: 3, mayClaim: true });
    expect(await allotted('member:m_r1:DE')).toMatchObject({ allotted: 1, mayClaim: true });
    expect(await allotted('member:m_r1:FR')).toMatchObject({ mayClaim: false, refusal: 'region_not_covered' });
    expect(await allotted('member:m_r1')).toMatchObject({ mayClaim: false, refusal: 'region_not_covered' });
    const claimed = (as: string) => issuance.ask('POST', `${path}/claims`, as, {}, key());
    expect((await claimed('member:m_r1:FR')).body.type).toContain('region_not_covered');
    expect((await claimed('member:m_r1:CN-BJ')).status).toBe(201);
    const asked = await issuance.ask('GET', `${path}/allotments/m_r1?region=CN-BJ`, ops);
    expect(asked.body).toMatchObject({ allotted: 3, claimed: 1 });
  });

  it('hides drafts from members in the list too', async () => {
    const campaignId = await draftCampaign();
    const listed = async (as: string) =>
      ((await issuance.ask('GET', '/v1/campaigns?limit=100', as)).body.items as { campaignId: string }[]).some(
        (item) => item.campaignId === campaignId,
      );
    expect([await listed(ops), await listed('member:m_mia')]).toEqual([true, false]);
  });
});

describe('a claim over HTTP', () => {
  it('needs a key, and gets the first answer again under it', async () => {
    const campaignId = await openCampaign({ allotment: { fan: 2 } });
    const keyless = await issuance.ask('POST', `/v1/campaigns/${campaignId}/claims`, 'member:m_key', {});
    expect(keyless.status).toBe(422);
    const first = await claim(campaignId, 'm_key', 'same');
    const again = await claim(campaignId, 'm_key', 'same');
    expect([first.status, again.status, again.replayed, again.body]).toEqual([201, 201, true, first.body]);
    // Keys are the caller's own.
    expect((await claim(campaignId, 'm_key2', 'same')).replayed).toBe(false);
  });

  it('says what it rested on, to the letter in every answer, on any instance, whatever has changed since', async () => {
    const clock = () => bench.time.now;
    const { t0 } = defaultPolicy;
    const cutoffs = { tier: 'loyal' as const, share: 0.294, places: 3, S: '1000000' };
    await onCutoffsPublished(
      bench.desk.store,
      clock,
    )(
      heardOf<'cutoffs.published'>(
        cutoffsPublished.of({
          policy: 2,
          t0,
          halfLifeDays: 180,
          asOf: iso(noon),
          until: iso(ends),
          scored: 10,
          cutoffs: [cutoffs],
        }),
        'cutoffs#current',
        1,
      ),
    );
    const score = (S: string, sequence: number) =>
      onScoreChanged(
        bench.desk.store,
        clock,
      )(
        heardOf<'score.changed'>(
          scoreChanged.of({ memberId: 'm_dot', S, t0, halfLifeDays: 180, pins: [] }),
          'member/m_dot#standing',
          sequence,
        ),
      );
    await score('33333333333', 1);
    const instances = [bench.openApp(), bench.openApp()];
    const campaignId = await openCampaign({ allotment: { loyal: 20, fan: 1 } });
    const claims = (wish: string) =>
      instances.map(({ ask }) => ask('POST', `/v1/campaigns/${campaignId}/claims`, 'member:m_dot', {}, wish));
    const wishes = Array.from({ length: 20 }, (_, wish) => `dot ${wish}`);
    const first: string[] = [];
    // Many times, since a store may give back the fields of a map in the order in which they came.
    for (const [before, wish] of wishes.entries()) {
      const [one, other] = await Promise.all(claims(wish));
      expect([one?.status, one?.body]).toEqual([201, other?.body]);
      expect(one?.body.decision).toMatchObject({
        outcome: 'accepted',
        reasons: [
          { code: 'tier_by_share', tier: 'loyal', places: 3, share: 0.294, score: expect.any(Number) },
          { code: 'allotted_by_tier', tier: 'loyal', codes: 20 },
          { code: 'claimed', codes: before },
        ],
      });
      first.push(JSON.stringify(one?.body));
    }
    const decisionIn = (text: string) => (JSON.parse(text) as { decision: object }).decision;
    await score('0', 2);
    for (const verb of ['pause', 'resume', 'close']) {
      await issuance.ask('POST', `/v1/campaigns/${campaignId}/${verb}`, ops, { reason: 'a test' });
    }
    for (const [position, wish] of wishes.entries()) {
      for (const { status, replayed, body } of await Promise.all(claims(wish))) {
        expect([status, replayed, JSON.stringify(body)]).toEqual([201, true, first[position]]);
      }
    }
    // The fan's own list and the log tell the same.
    const { items } = await myCodes('m_dot');
    expect(items.map(({ decision }) => JSON.stringify(decision))).toEqual(
      first.map((text) => JSON.stringify(decisionIn(text))),
    );
    const events = await until(async () => {
      const found = (await bench.logged('code.claimed')).map(
        ({ data }) => data as { campaignId: string; receipt: object },
      );
      const ours = found.filter((data) => data.campaignId === campaignId);
      return ours.length >= 20 ? ours : undefined;
    });
    for (const text of first) {
      const { receipt, decision } = JSON.parse(text) as { receipt: object; decision: Record<string, unknown> };
      const { reasons, termsVersion: version } = decision;
      expect(events.map((data) => data.receipt)).toContainEqual({ ...receipt, reasons, termsVersion: version });
    }
  });
});

/** Parsed as RFC 4180 has it; none of our fields is quoted. */
const csv = (text: string) => {
  expect(text.endsWith('\r\n')).toBe(true);
  const [header, ...lines] = text.slice(0, -2).split('\r\n');
  return { header, rows: lines.map((line) => line.split(',')) };
};
const askFor = (campaignId: string, to: object, reference = key()) =>
  issuance.ask('POST', `/v1/campaigns/${campaignId}/grants`, ops, { to, reason: 'press', reference });
const approve = (campaignId: string, { grantId }: Record<string, unknown>) =>
  issuance.ask('POST', `/v1/campaigns/${campaignId}/grants/${String(grantId)}/approve`, 'ops:oscar', {});
/** Asked for by one and approved by another; its batch. */
const grant = async (campaignId: string, to: object, reference?: string) => {
  const { status, body } = await askFor(campaignId, to, reference);
  expect(status).toBe(201);
  expect((await approve(campaignId, body)).status).toBe(200);
  const path = `/v1/campaigns/${campaignId}/grants/${String(body.grantId)}`;
  return Number((await issuance.ask('GET', path, ops)).body.batch);
};
const exported = (campaignId: string, batch: number | string, as = ops, headers: Record<string, string> = {}) =>
  issuance.service.app.request(`/v1/campaigns/${campaignId}/batches/${batch}/codes.csv`, {
    headers: { authorization: `Bearer ${as}`, ...headers },
  });
/** What the log has of exports of a batch, in their order, once there are so many. */
const exportsOf = (batch: number, atLeast: number) =>
  until(async () => {
    const found = (await bench.logged('batch.exported')).filter(({ subject }) => subject === `batch/${batch}`);
    return found.length >= atLeast ? found : undefined;
  });

describe('what makes something new', () => {
  it('answers a retry to the letter as it did the first time', async () => {
    const campaignId = await openCampaign({ quota: 100 });
    // Many times, since a store may give back the fields of a map in the order in which they came.
    for (let round = 0; round < 20; round += 1) {
      const [wish, draft] = [key(), key()];
      const granting = () => askFor(campaignId, { bearer: 1 }, wish);
      const drafting = () => issuance.ask('POST', '/v1/campaigns', ops, definitionWith({}), draft);
      const { body: asked } = await granting();
      const approving = () => approve(campaignId, asked);
      for (const [asking, status] of [
        [granting, 201],
        [approving, 200],
        [drafting, 201],
      ] as const) {
        const [first, again] = [await asking(), await asking()];
        expect([first.status, again.status, again.replayed]).toEqual([status, status, true]);
        expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
      }
    }
  });
});

describe('the export of a grant', () => {
  it('of bearer codes has every code once, as text that reads back, in a stream of pieces', async () => {
    const campaignId = await openCampaign({ quota: 20_000 });
    const batch = await grant(campaignId, { bearer: 10_000 });
    const answer = await exported(campaignId, batch);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toContain(`fcodes-${batch}.csv`);
    const decoder = new TextDecoder();
    const pieces: string[] = [];
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) pieces.push(decoder.decode(piece));
    expect(pieces.length).toBeGreaterThan(2);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(250_000);
    const { header, rows } = csv(pieces.join(''));
    expect(header).toBe('code,batch,index');
    expect(rows).toHaveLength(10_000);
    for (const [position, [code, ofBatch, index]] of rows.entries()) {
      if (ofBatch !== String(batch) || index !== String(position)) expect([ofBatch, index]).toEqual([batch, position]);
      const parsed = mint.parse(code ?? '');
      if (!parsed.ok || parsed.batch !== batch || parsed.index !== position)
        expect(parsed).toEqual({ batch, position });
    }
    expect(new Set(rows.map(([code]) => code)).size).toBe(10_000);
  });

  it('is refused for a code by name, whose uses have no codes of their own', async () => {
    const campaignId = await openCampaign({ quota: 500 });
    const batch = await grant(campaignId, { name: 'PARTNER-WEEK', uses: 20, perBuyer: 2 });
    const refused = await exported(campaignId, batch);
    expect([refused.status, ((await refused.json()) as { type: string }).type]).toEqual([
      409,
      'urn:fcode:problem:batch_is_named',
    ]);
    const path = `/v1/campaigns/${campaignId}/batches`;
    const { body: list } = await issuance.ask('GET', path, ops);
    const named = { name: 'PARTNER-WEEK', perBuyer: 2 };
    expect((list.items as unknown[])[0]).toMatchObject({ batch, size: 20, to: 'bearer', named });
    for (const to of [
      { name: 'AB', uses: 5 },
      { name: '1ABC-DEFG-HJKM-NPQR', uses: 5 },
      { name: 'HALF/PRICE', uses: 5 },
      { name: 'FINE', uses: 0 },
      { name: 'FINE', uses: 100_001 },
      { name: 'FINE', uses: 5, perBuyer: 21 },
      { name: 'FINE', uses: 5, bearer: 5 },
      { name: 'FINE' },
    ]) {
      expect((await askFor(campaignId, to)).status).toBe(422);
    }
    const { body: asked } = await askFor(campaignId, { name: 'partner week', uses: 1 });
    const taken = await approve(campaignId, asked);
    expect([taken.status, taken.body.type]).toEqual([409, 'urn:fcode:problem:name_taken']);
  });

  it('of bearer codes has canaries among them, which ops alone can tell from the others', async () => {
    const campaignId = await openCampaign({ quota: 500 });
    // They take nothing from the quota.
    const batch = await grant(campaignId, { bearer: 500, canaries: 10 });
    const { rows } = csv(await (await exported(campaignId, batch)).text());
    expect(rows).toHaveLength(510);
    const path = `/v1/campaigns/${campaignId}/batches`;
    const { body } = await issuance.ask('GET', `${path}/${batch}/canaries`, ops);
    const canaries = body.items as { code: string; index: number }[];
    expect(canaries).toHaveLength(10);
    for (const { code, index } of canaries) expect(rows[index]?.[0]).toBe(code);
    const told = await exportsOf(batch, 2);
    expect(told.map(({ data }) => (data as { what: string }).what)).toEqual(['codes', 'canaries']);
    const { body: list } = await issuance.ask('GET', path, ops);
    expect((list.items as unknown[])[0]).toMatchObject({ batch, size: 510, canaries: 10 });
    for (const to of [
      { bearer: 5, canaries: 6 },
      { bearer: 5, canaries: -1 },
      { members: [{ memberId: 'm', codes: 1 }], canaries: 1 },
    ]) {
      expect((await askFor(campaignId, to)).status).toBe(422);
    }
    expect((await issuance.ask('GET', `${path}/${batch}/canaries`, 'member:m_mia')).status).toBe(403);
  });

  it('of a grant to members says whose each code is, and those are the codes in their hands', async () => {
    const campaignId = await openCampaign({ quota: 1000 });
    const members = Array.from({ length: 150 }, (_, member) => ({ memberId: `m_g${member}`, codes: 1 + (member % 3) }));
    const batch = await grant(campaignId, { members });
    const { header, rows } = csv(await (await exported(campaignId, batch)).text());
    expect(header).toBe('code,batch,index,member_id');
    expect(rows.map(([, ofBatch, index]) => [ofBatch, index])).toEqual(
      rows.map((_, index) => [String(batch), String(index)]),
    );
    expect(rows.map(([, , , memberId]) => memberId)).toEqual(
      members.flatMap(({ memberId, codes }) => Array.from({ length: codes }, () => memberId)),
    );
    expect(rows.map(([code = '']) => mint.parse(code))).toMatchObject(
      rows.map((_, index) => ({ ok: true, batch, index })),
    );
    for (const { memberId, codes } of [members[0], members[100], members[149]] as typeof members) {
      const { items } = await until(async () => {
        const mine = await myCodes(memberId);
        return mine.items.length === codes ? mine : undefined;
      });
      expect(items.map(({ code }) => code)).toEqual(rows.filter((row) => row[3] === memberId).map(([code]) => code));
      expect(items.every(({ how, status }) => how === 'granted' && status === 'unused')).toBe(true);
    }
  });

  it('goes on where a connection broke, to the byte, for bearers and for members', async () => {
    const campaignId = await openCampaign({ quota: 10_000 });
    const members = Array.from({ length: 250 }, (_, nth) => ({
      memberId: `m_${'x'.repeat(nth % 40)}${nth}`,
      codes: 3,
    }));
    for (const to of [{ bearer: 1200, canaries: 10 }, { members }]) {
      const batch = await grant(campaignId, to);
      const whole = await exported(campaignId, batch);
      const [text, etag] = [await whole.text(), whole.headers.get('etag') ?? ''];
      expect(whole.headers.get('accept-ranges')).toBe('bytes');
      if ('bearer' in to) expect(whole.headers.get('content-length')).toBe(String(text.length));
      for (const start of [0, 5, 28, 40, Math.floor(text.length / 2), text.length - 3, text.length - 1]) {
        const rest = await exported(campaignId, batch, ops, { range: `bytes=${start}-`, 'if-range': etag });
        expect(rest.status).toBe(206);
        expect(rest.headers.get('content-range')).toBe(`bytes ${start}-${text.length - 1}/${text.length}`);
        expect(rest.headers.get('content-length')).toBe(String(text.length - start));
        expect([rest.headers.get('etag'), rest.headers.get('content-type')]).toEqual([etag, 'text/csv; charset=utf-8']);
        expect(await rest.text()).toBe(text.slice(start));
      }
      const middle = await exported(campaignId, batch, ops, { range: 'bytes=100-199' });
      expect([middle.status, await middle.text()]).toEqual([206, text.slice(100, 200)]);
      const end = await exported(campaignId, batch, ops, { range: 'bytes=-50' });
      expect([end.status, await end.text()]).toEqual([206, text.slice(-50)]);
    }
  });

  it('begins again where the file is another one, and where the range is none', async () => {
    const campaignId = await openCampaign();
    const batch = await grant(campaignId, { bearer: 30 });
    const text = await (await exported(campaignId, batch)).text();
    for (const headers of [
      { range: 'bytes=10-', 'if-range': '"another"' },
      { range: 'bytes=10-', 'if-range': 'Sat, 28 Nov 2026 06:00:00 GMT' },
      { range: 'rows=10-' },
      { range: 'bytes=10-20,30-40' },
      { range: 'bytes=20-10' },
    ]) {
      const answer = await exported(campaignId, batch, ops, headers);
      expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([200, null, text]);
    }
  });

  it('has nothing after its end, and says where that is', async () => {
    const campaignId = await openCampaign();
    for (const to of [{ bearer: 30 }, { members: [{ memberId: 'm_ann', codes: 2 }] }]) {
      const batch = await grant(campaignId, to);
      const { length } = await (await exported(campaignId, batch)).text();
      const refused = await exported(campaignId, batch, ops, { range: `bytes=${length}-` });
      expect([refused.status, refused.headers.get('content-range')]).toEqual([416, `bytes */${length}`]);
      expect(await refused.json()).toMatchObject({ type: 'urn:fcode:problem:range_not_satisfiable', status: 416 });
    }
  });

  it('is told of by HEAD, which shows no code', async () => {
    const campaignId = await openCampaign();
    const batch = await grant(campaignId, { bearer: 30 });
    const path = `/v1/campaigns/${campaignId}/batches/${batch}/codes.csv`;
    const head = await issuance.send('HEAD', path, ops);
    expect([head.status, await head.text()]).toEqual([200, '']);
    const whole = await exported(campaignId, batch);
    for (const name of ['etag', 'accept-ranges', 'content-length', 'content-type']) {
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
    expect((await issuance.send('HEAD', path, 'member:m_mia')).status).toBe(403);
    expect((await issuance.send('HEAD', path.replace(String(batch), '1000000'), ops)).status).toBe(404);
    // In the order of the log, HEAD would have come first.
    expect(await exportsOf(batch, 1)).toHaveLength(1);
  });

  it('is recorded each time, also when it goes on, with who took the codes out', async () => {
    const campaignId = await openCampaign();
    const batch = await grant(campaignId, { bearer: 3 });
    await (await exported(campaignId, batch)).text();
    const record = { data: { campaignId, batch, by: 'olga' } };
    expect(await exportsOf(batch, 1)).toMatchObject([record]);
    expect((await exported(campaignId, batch, ops, { range: 'bytes=2000-' })).status).toBe(416);
    const again = { range: 'bytes=20-', 'idempotency-key': key() };
    await (await exported(campaignId, batch, ops, again)).text();
    await (await exported(campaignId, batch, ops, again)).text();
    expect(await exportsOf(batch, 3)).toMatchObject([record, record, record]);
  });

  it('is refused for claimable codes, which belong to those who claim them, and records nothing', async () => {
    const campaignId = await openCampaign();
    const { body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}`, ops);
    const refused = await exported(campaignId, Number(body.batch));
    expect(refused.status).toBe(409);
    expect(((await refused.json()) as { type: string }).type).toContain('batch_not_exportable');
  });

  it('is not there for other campaigns, unknown batches, and anybody but ops', async () => {
    const [campaignId, other] = [await openCampaign(), await openCampaign()];
    const batch = await grant(campaignId, { bearer: 3 });
    const statuses = await Promise.all(
      [exported(other, batch), exported(campaignId, 1_000_000), exported(campaignId, batch, 'member:m_mia')].map(
        async (answer) => (await answer).status,
      ),
    );
    expect(statuses).toEqual([404, 404, 403]);
  });

  it('stands in the list of batches with its reason and reference', async () => {
    const campaignId = await openCampaign();
    const batch = await grant(campaignId, { bearer: 3 }, 'PR-7');
    const { body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}/batches`, ops);
    expect(body.items).toMatchObject([
      { batch, kind: 'grant', to: 'bearer', size: 3, reason: 'press', reference: 'PR-7', grantedBy: 'olga' },
      { kind: 'claims' },
    ]);
  });
});
