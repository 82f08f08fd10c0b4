import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { close } from './campaign.rules.ts';
import { campaignRef, type Definition, partsIn, wholeOf } from './campaign.ts';
import { changesIn, edit } from './campaign-edit.rule.ts';
import { type Bench, definitionWith, request, startBench } from './fixtures/bench.ts';
import { campaignAfter, campaignId, command, definition, draft, drafting, iso, published } from './fixtures/drop.ts';
import { poolRef } from './quota.ts';

const omar = { ...command, by: 'omar' };
const larger: Definition = { ...definition, quota: 200 };

describe('a draft that is edited', () => {
  it('has the other definition, and says what of it is another', () => {
    const decision = edit(omar, draft(), larger, 1);
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { campaignId, status: 'draft', revision: 2 } });
    expect(decision).toMatchObject({
      facts: [
        {},
        {
          type: 'campaign.edited',
          data: {
            campaignId,
            by: 'omar',
            name: 'Drop',
            changes: [{ field: 'quota', before: 100, after: 200 }],
          },
        },
      ],
    });
    const edited = campaignAfter(drafting(), decision);
    expect(edited).toEqual({ status: 'draft', definition: larger, createdAt: iso(command.at), revision: 2 });
  });

  it('is not edited by who has read another revision of it', () => {
    const edited = campaignAfter(drafting(), edit(omar, draft(), larger, 1));
    expect(edit(command, edited, { ...definition, name: 'Other' }, 1)).toMatchObject({
      outcome: 'refused',
      refusal: 'changed_meanwhile',
      reasons: [{ code: 'revision', revision: 2, read: 1 }],
    });
    expect(edit(command, edited, { ...definition, name: 'Other' }, 2)).toMatchObject({ receipt: { revision: 3 } });
    expect(edit(command, draft(), larger, 2)).toMatchObject({ refusal: 'changed_meanwhile' });
  });

  it('knows the same edit when it comes again: nothing more happens', () => {
    const edited = campaignAfter(drafting(), edit(omar, draft(), larger, 1));
    // The fields in another order, and what was decided for both by default said out loud.
    const again = Object.fromEntries(Object.entries(wholeOf(larger)).reverse()) as Definition;
    expect(edit(omar, edited, again, 1)).toEqual({
      outcome: 'again',
      receipt: { campaignId, status: 'draft', revision: 2 },
      reasons: [],
    });
  });

  it('is a draft: what is published, closed or not there is not edited', () => {
    expect(edit(omar, published(), larger, 1)).toMatchObject({ refusal: 'campaign_not_draft' });
    const closed = campaignAfter(drafting(), close(command, draft(), 'a mistake'));
    expect(edit(omar, closed, larger, 1)).toMatchObject({ refusal: 'campaign_not_draft' });
    expect(edit(omar, { status: 'none' }, larger, 1)).toMatchObject({ refusal: 'campaign_not_found' });
  });
});

describe('what is told of an edit', () => {
  const first = definitionWith({ allotment: { fan: 1 } });

  it('is each field before and after, as people write it, and neither where there is none', () => {
    const rules = [{ when: 'tier == "core"', codes: 2, places: 5 }];
    const second = definitionWith({
      allotment: { fan: 1, core: 2 },
      skus: ['PHONE-1', 'PHONE-2'],
      eligible: 'order.amount >= 10000',
      regions: ['CN', 'DE-BE'],
      effect: { kind: 'percentage', percent: 10 },
    });
    expect(changesIn(first, second)).toEqual([
      { field: 'allotment', before: 'fan 1', after: 'core 2, fan 1' },
      { field: 'effect', before: '{"kind":"none"}', after: '{"kind":"percentage","percent":10}' },
      { field: 'eligible', after: 'order.amount >= 10000' },
      { field: 'regions', after: 'CN, DE-BE' },
      { field: 'skus', before: 'PHONE-1', after: 'PHONE-1, PHONE-2' },
    ]);
    expect(changesIn(second, first)).toContainEqual({ field: 'eligible', before: 'order.amount >= 10000' });
    expect(changesIn(first, { ...first, allotment: rules })).toEqual([
      { field: 'allotment', before: 'fan 1', after: '[{"codes":2,"places":5,"when":"tier == \\"core\\""}]' },
    ]);
  });

  it('is short, however long the definition is, and cuts no character in half', () => {
    const rules = Array.from({ length: 50 }, (_, at) => ({ when: `score > ${at} && "💎" in badges`, codes: 1 }));
    const skus = Array.from({ length: 50 }, (_, at) => `PRODUCT-${at}`);
    const changes = changesIn(first, definitionWith({ name: '💎'.repeat(120), allotment: rules, skus }));
    expect(changes.map(({ field }) => field)).toEqual(['allotment', 'name', 'skus']);
    for (const { after } of changes) {
      expect(String(after).length).toBeLessThanOrEqual(160);
      expect(String(after).isWellFormed()).toBe(true);
    }
    expect(JSON.stringify(changes).length).toBeLessThan(2000);
  });
});

describe('PUT /v1/campaigns/{campaignId}', () => {
  let bench: Bench;
  let one: ReturnType<Bench['openApp']>;
  let other: ReturnType<Bench['openApp']>;
  beforeAll(async () => {
    bench = await startBench();
    [one, other] = [bench.openApp(), bench.openApp()];
    one.store.outbox.start();
    other.store.outbox.start();
  });
  afterAll(() => bench.stop());

  let wishes = 0;
  const made = async (): Promise<string> => {
    wishes += 1;
    const { body } = await one.ask('POST', '/v1/campaigns', 'ops:olga', definitionWith(), `wish-${wishes}`);
    return String(body.campaignId);
  };
  const put = async (
    { service }: typeof one,
    campaignId: string,
    body: object,
    headers: Record<string, string>,
    as = 'ops:omar',
  ) => {
    const answer = await service.app.request(`/v1/campaigns/${campaignId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const { type, ...rest } = (await answer.json()) as Record<string, unknown>;
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      word: String(type).split(':').at(-1),
      body: rest,
    };
  };
  const read = async (campaignId: string) => {
    const answer = await one.send('GET', `/v1/campaigns/${campaignId}`, 'ops:olga');
    return { etag: answer.headers.get('etag'), body: (await answer.json()) as Record<string, unknown> };
  };
  const edits = async (campaignId: string) =>
    (await bench.logged('campaign.edited')).filter(({ subject }) => subject === `campaign/${campaignId}`);

  it('puts a whole definition in the place of the draft’s, for who has read it', async () => {
    const campaignId = await made();
    const before = await read(campaignId);
    expect([before.etag, before.body.revision]).toEqual(['"1"', 1]);
    const sent = definitionWith({ name: 'Later', quota: 7 });
    const answer = await put(one, campaignId, sent, { 'if-match': '"1"' });
    expect(answer).toMatchObject({ status: 200, etag: '"2"', body: { campaignId, status: 'draft', revision: 2 } });
    const after = await read(campaignId);
    expect(after).toMatchObject({ etag: '"2"', body: { phase: 'draft', name: 'Later', quota: 7, revision: 2 } });
    expect(after.body.createdAt).toBe(before.body.createdAt);
    // A retry with or without a key, by this process or another: one edit.
    for (const desk of [one, other]) {
      expect(await put(desk, campaignId, sent, { 'if-match': '"1"', 'idempotency-key': 'k-1' })).toMatchObject({
        status: 200,
        body: { revision: 2 },
      });
    }
    const told = await until(async () => {
      const found = await edits(campaignId);
      return found.length > 0 ? found : undefined;
    });
    expect(told.map(({ data }) => data)).toEqual([
      {
        campaignId,
        by: 'omar',
        name: 'Later',
        changes: [
          { field: 'name', before: 'Drop', after: 'Later' },
          { field: 'quota', before: 100, after: 7 },
        ],
      },
    ]);
  });

  it('refuses who has not read it, and says when it is no draft any more', async () => {
    const campaignId = await made();
    const sent = definitionWith({ quota: 7 });
    for (const wrong of ['1', '""', '"0"', '"x"', '*', 'W/"1"', `"${'1'.repeat(300)}"`]) {
      expect(await put(one, campaignId, sent, { 'if-match': wrong }), wrong).toMatchObject({ status: 422 });
    }
    expect(await put(one, campaignId, sent, {})).toMatchObject({ status: 422, word: 'invalid_request' });
    expect(await put(one, campaignId, sent, { 'if-match': '"2"' })).toMatchObject({
      status: 412,
      word: 'changed_meanwhile',
    });
    expect(await put(one, campaignId, sent, { 'if-match': '"1"' }, 'member:m_mia')).toMatchObject({ status: 403 });
    const nowhere = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA';
    expect(await put(one, nowhere, sent, { 'if-match': '"1"' })).toMatchObject({
      status: 404,
      word: 'campaign_not_found',
    });
    await bench.desk.campaignStore.publish(campaignId, 'olga', request(bench.time.now));
    expect(await put(one, campaignId, sent, { 'if-match': '"1"' })).toMatchObject({
      status: 409,
      word: 'campaign_not_draft',
    });
    expect((await read(campaignId)).body.quota).toBe(100);
  });

  it('lets exactly one of twenty who have read the same revision save, with two processes', async () => {
    const campaignId = await made();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        put(at % 2 === 0 ? one : other, campaignId, definitionWith({ quota: at + 1 }), { 'if-match': '"1"' }),
      ),
    );
    const saved = answers.flatMap(({ status }, at) => (status === 200 ? [at + 1] : []));
    expect(saved).toHaveLength(1);
    expect(answers.filter(({ word }) => word === 'changed_meanwhile')).toHaveLength(19);
    expect((await read(campaignId)).body).toMatchObject({ quota: saved[0], revision: 2 });
  });

  const byRules = definitionWith({
    allotment: [
      { when: 'tier == "core"', codes: 2, places: 5 },
      { when: 'true', codes: 1 },
    ],
  });
  /** What its quota is parted into is another definition's by the time of the change. */
  const editedBetween = async (campaignId: string, reads: number, then = async () => {}) => {
    const desk = bench.open();
    const read = desk.store.read.bind(desk.store);
    let left = reads;
    desk.store.read = async (refs, deadline) => {
      const found = await read(refs, deadline);
      if (refs[0]?.sk === campaignId) left -= 1;
      if (left === 0) {
        left = -1;
        expect(await put(other, campaignId, byRules, { 'if-match': '"1"' })).toMatchObject({ status: 200 });
        await then();
      }
      return found;
    };
    return desk.campaignStore;
  };
  const poolsOf = async (campaignId: string) => {
    const [{ state }] = await bench.desk.store.read([campaignRef(campaignId)]);
    const parts = await bench.desk.store.read(partsIn(campaignId, state).map(poolRef));
    return parts.map(({ state: pool }) => (pool.status === 'none' ? 'none' : [pool.status, pool.left]));
  };

  it('is published with all its parts, when it was edited while somebody published it', async () => {
    for (const reads of [1, 2]) {
      const campaignId = await made();
      const store = await editedBetween(campaignId, reads);
      expect(await store.publish(campaignId, 'olga', request(bench.time.now))).toMatchObject({ outcome: 'accepted' });
      expect(await poolsOf(campaignId)).toEqual([
        ['open', 95],
        ['open', 5],
      ]);
    }
  });

  it('is closed with all its parts, when it was edited and published while somebody closed it', async () => {
    const campaignId = await made();
    const store = await editedBetween(campaignId, 1, async () => {
      await bench.desk.campaignStore.publish(campaignId, 'olga', request(bench.time.now));
    });
    const command = { campaignId, by: 'olga', at: bench.time.now };
    const decision = await store.switch(
      campaignId,
      (campaign) => close(command, campaign, 'a mistake'),
      request(bench.time.now),
    );
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { status: 'closed' } });
    expect(await poolsOf(campaignId)).toEqual([
      ['stopped', 95],
      ['stopped', 5],
    ]);
  });
});
