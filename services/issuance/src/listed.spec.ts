import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignKind, campaignsPartition } from './campaign.ts';
import { type Bench, definitionWith, request, startBench } from './fixtures/bench.ts';
import { iso, noon, seconds } from './fixtures/drop.ts';
import { pageOf } from './listed.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
/** In the order in which they were created; every third is a draft, and every fifth is scheduled. */
const made: { campaignId: string; phase: string }[] = [];
let granted: string;
const grants: { grantId: string; status: string }[] = [];
beforeAll(async () => {
  bench = await startBench();
  issuance = bench.openApp();
  for (let n = 0; n < 30; n += 1) {
    bench.time.now += 1;
    const phase = n % 3 === 0 ? 'draft' : n % 5 === 0 ? 'scheduled' : 'open';
    const startsAt = iso(phase === 'scheduled' ? noon + seconds(7200) : noon);
    const created = await bench.desk.campaignStore.create(
      definitionWith({ startsAt }),
      'olga',
      request(bench.time.now),
    );
    if (created.outcome === 'refused') throw new Error(created.refusal);
    const { campaignId } = created.receipt;
    if (phase !== 'draft') await bench.desk.campaignStore.publish(campaignId, 'olga', request(bench.time.now));
    made.push({ campaignId, phase });
  }
  bench.time.now += 1;
  granted = await bench.openCampaign({ quota: 1000 });
  made.push({ campaignId: granted, phase: 'open' });
  const path = `/v1/campaigns/${granted}/grants`;
  for (let n = 0; n < 12; n += 1) {
    bench.time.now += 1;
    const body = { to: { bearer: 1 }, reason: 'press', reference: `PR-${n}` };
    const grantId = String((await issuance.ask('POST', path, olga, body)).body.grantId);
    const status = n % 4 === 0 ? 'cancelled' : n % 4 === 1 ? 'done' : 'waiting';
    if (status === 'cancelled') await issuance.ask('POST', `${path}/${grantId}/cancel`, olga, { reason: 'a mistake' });
    if (status === 'done') await issuance.ask('POST', `${path}/${grantId}/approve`, 'ops:oscar', {});
    grants.push({ grantId, status });
  }
});
afterAll(() => bench.stop());

const olga = 'ops:olga';
const mia = 'member:m_mia';
/** All pages of a list, and how long each was. */
const walk = async (path: string, as: string, query: Record<string, string>) => {
  const items: Record<string, unknown>[] = [];
  const pages: number[] = [];
  for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined; ) {
    const asked = new URLSearchParams({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const { status, body } = await issuance.ask('GET', `${path}?${asked.toString()}`, as);
    expect(status).toBe(200);
    const page = body.items as Record<string, unknown>[];
    items.push(...page);
    pages.push(page.length);
    cursor = body.cursor as string | undefined;
  }
  return { items, pages };
};
const campaigns = async (query: Record<string, string>, as = olga) => {
  const { items, pages } = await walk('/v1/campaigns', as, query);
  return { ids: items.map(({ campaignId }) => campaignId), pages };
};
const idsOf = (phase?: string) =>
  made.flatMap((one) => (phase === undefined || one.phase === phase ? [one.campaignId] : []));

describe('the list of campaigns', () => {
  it('is of one phase, in either order, whatever the pages', async () => {
    for (const phase of ['draft', 'scheduled', 'open', 'ended']) {
      for (const limit of ['1', '3', '100']) {
        const oldest = await campaigns({ phase, order: 'oldest', limit });
        expect(oldest.ids).toEqual(idsOf(phase));
        expect(oldest.pages.every((length) => length <= Number(limit))).toBe(true);
        expect((await campaigns({ phase, limit })).ids).toEqual(idsOf(phase).toReversed());
      }
    }
  });

  it('is of all, newest first where nothing else is said, and a full last page is the last', async () => {
    expect(await campaigns({ limit: '31' })).toEqual({ ids: idsOf().toReversed(), pages: [31] });
    expect((await campaigns({ order: 'newest', limit: '7' })).ids).toEqual(idsOf().toReversed());
    expect((await campaigns({ order: 'oldest', limit: '10' })).pages).toEqual([10, 10, 10, 1]);
  });

  it('shows members no draft, whatever they ask for', async () => {
    expect((await campaigns({ phase: 'draft' }, mia)).ids).toEqual([]);
    expect((await campaigns({ phase: 'open', order: 'oldest', limit: '4' }, mia)).ids).toEqual(idsOf('open'));
    const published = made.flatMap(({ campaignId, phase }) => (phase === 'draft' ? [] : [campaignId]));
    expect((await campaigns({ order: 'oldest', limit: '4' }, mia)).ids).toEqual(published);
  });

  it('looks at no more than it may for one page: that is short, and has a cursor all the same', async () => {
    const found: string[] = [];
    const lengths: number[] = [];
    for (let cursor: string | undefined; lengths.length === 0 || cursor !== undefined; ) {
      const page = await pageOf(
        bench.desk.store,
        { pk: campaignsPartition, limit: 50, order: 'oldest', cursor },
        campaignKind,
        ({ sk, state }) => (state.status === 'draft' ? sk : undefined),
        { isFiltered: true, atMost: 4 },
      );
      found.push(...page.items);
      lengths.push(page.items.length);
      cursor = page.cursor;
    }
    expect(found).toEqual(idsOf('draft'));
    expect(lengths).toEqual([2, 1, 1, 2, 1, 1, 2, 0]);
  });

  it('takes no phase and no order that there is not', async () => {
    for (const query of ['phase=over', 'phase=', 'order=up', 'order=']) {
      expect((await issuance.ask('GET', `/v1/campaigns?${query}`, olga)).status).toBe(422);
    }
  });
});

describe('the list of grants', () => {
  const listed = async (query: Record<string, string>) =>
    (await walk(`/v1/campaigns/${granted}/grants`, olga, query)).items.map(({ grantId }) => grantId);

  it('is of one status, in either order, whatever the pages', async () => {
    for (const status of ['waiting', 'done', 'cancelled', 'running']) {
      const ids = grants.flatMap((one) => (one.status === status ? [one.grantId] : []));
      for (const limit of ['1', '2', '100']) {
        expect(await listed({ status, order: 'oldest', limit })).toEqual(ids);
        expect(await listed({ status, limit })).toEqual(ids.toReversed());
      }
    }
    expect(await listed({ limit: '5' })).toEqual(grants.map(({ grantId }) => grantId).toReversed());
    expect((await issuance.ask('GET', `/v1/campaigns/${granted}/grants?status=over`, olga)).status).toBe(422);
  });
});
