import type { Embedded } from '@fcode/embedded';
import type { Caller } from '@fcode/http';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSystem } from './fixtures/system.ts';
import { type CampaignDefinition, createClient, FcodeProblem } from './index.ts';

let system: Embedded;
beforeAll(async () => {
  system = await startSystem();
}, 30_000);
afterAll(() => system.stop());

const as = (subject: string, ...roles: Caller['roles']) =>
  createClient({ url: system.url, token: () => system.token({ subject, roles }) });
const ops = () => as('ops_1', 'ops');
const otherOps = () => as('ops_2', 'ops');
const shop = () => as('shop_1', 'checkout');

const day = 86_400_000;
const drop = (): CampaignDefinition => ({
  name: 'Spring drop',
  skus: ['PHONE-1'],
  startsAt: new Date(Date.now() - 1000).toISOString(),
  endsAt: new Date(Date.now() + day).toISOString(),
  quota: 100,
  allotment: { angel: 3, fan: 1 },
});
const openDrop = async () => {
  const { campaignId } = await ops().campaigns.create(drop());
  await ops().campaigns.publish(campaignId);
  return campaignId;
};
type Wish = Parameters<ReturnType<typeof ops>['grants']['request']>[1];
/** Asked for by one and approved by another. */
const grantOf = async (campaignId: string, wish: Wish) => {
  const { grantId } = await ops().grants.request(campaignId, wish);
  await otherOps().grants.approve(campaignId, grantId);
  return await ops().grants.get(campaignId, grantId);
};
const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};
const rowsOf = (csv: string) =>
  csv
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
const buyer = { email: 'friend@example.com' };

describe('ops', () => {
  it('draft, publish, pause, resume and close a campaign', async () => {
    const { campaigns } = ops();
    const drafted = await campaigns.create(drop());
    const { campaignId } = drafted;
    expect(drafted.status).toBe('draft');
    expect(await campaigns.publish(campaignId)).toEqual({ campaignId, status: 'published' });
    expect(await campaigns.get(campaignId)).toMatchObject({ phase: 'open', left: 100, holdSeconds: 900 });
    expect(await campaigns.pause(campaignId, 'Rumours of fraud')).toEqual({ campaignId, status: 'paused' });
    expect(await campaigns.resume(campaignId, 'All is well')).toEqual({ campaignId, status: 'published' });
    expect(await campaigns.close(campaignId, 'Over')).toEqual({ campaignId, status: 'closed' });
  });

  it('draft one campaign, not two, under one Idempotency-Key', async () => {
    const definition = drop();
    const first = await ops().campaigns.create(definition, { idempotencyKey: 'spring' });
    expect(await ops().campaigns.create(definition, { idempotencyKey: 'spring' })).toEqual(first);
  });

  it('draft a campaign like an earlier one, in another window', async () => {
    const { campaigns } = ops();
    const { campaignId: earlier } = await campaigns.create(drop());
    const window = { startsAt: '2030-01-01T00:00:00.000Z', endsAt: '2030-01-08T00:00:00.000Z' };
    const first = await campaigns.duplicate(earlier, { ...window, name: 'Next year' }, { idempotencyKey: 'again' });
    expect(await campaigns.duplicate(earlier, { ...window, name: 'Next year' }, { idempotencyKey: 'again' })).toEqual(
      first,
    );
    expect(first.campaignId).not.toBe(earlier);
    const { skus, quota, allotment } = drop();
    const expected = { ...window, name: 'Next year', phase: 'draft', skus, quota, allotment };
    expect(await campaigns.get(first.campaignId)).toMatchObject(expected);
  });

  it('edit a draft, and only as it was read', async () => {
    const { campaigns } = ops();
    const { campaignId } = await campaigns.create(drop());
    const { revision } = await campaigns.get(campaignId);
    const edited = await campaigns.edit(campaignId, { ...drop(), quota: 7 }, revision);
    expect(edited).toEqual({ campaignId, status: 'draft', revision: revision + 1 });
    expect(await campaigns.get(campaignId)).toMatchObject({ quota: 7, revision: revision + 1 });
    await expect(campaigns.edit(campaignId, { ...drop(), quota: 8 }, revision)).rejects.toMatchObject({
      word: 'changed_meanwhile',
      status: 412,
    });
  });

  it('list campaigns and batches, newest first and beyond one page', async () => {
    const campaignId = await openDrop();
    for (let count = 0; count < 51; count += 1) {
      await grantOf(campaignId, { to: { bearer: 1 }, reason: `Prize ${count}`, reference: `P-${count}` });
    }
    const batches = await all(ops().batches(campaignId));
    expect(batches).toHaveLength(52);
    expect(batches[0]).toMatchObject({ kind: 'grant', reason: 'Prize 50', grantedBy: 'ops_1' });
    expect(batches.at(-1)).toMatchObject({ kind: 'claims' });
    const [newest] = await all(ops().campaigns.list());
    expect(newest?.campaignId).toBe(campaignId);
  });

  it('grant codes and export them as a stream', async () => {
    const campaignId = await openDrop();
    const wish: Wish = { to: { bearer: 3 }, reason: 'Press', reference: 'PR-7' };
    const { grantId } = await ops().grants.request(campaignId, wish);
    expect(await ops().grants.request(campaignId, wish)).toEqual({ grantId, status: 'waiting' });
    await expect(ops().grants.approve(campaignId, grantId)).rejects.toMatchObject({ word: 'approver_asked' });
    expect(await otherOps().grants.approve(campaignId, grantId)).toEqual({ grantId, status: 'done' });
    const bearer = await ops().grants.get(campaignId, grantId);
    expect(bearer).toMatchObject({ campaignId, codes: 3, to: 'bearer', approvals: [{ by: 'ops_2' }] });
    const batch = bearer.batch as number;
    const [head, ...rows] = rowsOf(await new Response(await ops().exportCodes(campaignId, batch)).text());
    expect(head).toEqual(['code', 'batch', 'index']);
    expect(rows.map((row) => row[2])).toEqual(['0', '1', '2']);

    const { from, etag } = await ops().exportCodes(campaignId, batch);
    expect(from).toBe(0);
    const rest = await ops().exportCodes(campaignId, batch, { from: 18 + 24, etag });
    expect([rest.from, rest.etag]).toEqual([18 + 24, etag]);
    expect(rowsOf(await new Response(rest).text())).toEqual(rows.slice(1));
    const another = await ops().exportCodes(campaignId, batch, { from: 18, etag: '"another"' });
    expect([another.from, another.etag]).toEqual([0, etag]);
    expect(rowsOf(await new Response(another).text())).toEqual([head, ...rows]);
  });

  it('pin tiers and see the standing of anybody', async () => {
    expect(await ops().pin('m_mia', { pins: ['angel'], reason: 'One of the first' })).toEqual({
      memberId: 'm_mia',
      pins: ['angel'],
    });
    expect(await ops().standing('m_mia')).toMatchObject({ memberId: 'm_mia', tier: 'angel', score: 0 });
    expect(await as('m_mia', 'member').standing()).toMatchObject({ tier: 'angel', pins: ['angel'] });
  });

  it('award badges and withdraw them; a retry under its key gets the first answer', async () => {
    const body = { members: ['m_ann', 'm_bea'], reason: 'Tested the beta' };
    const first = await ops().badges.award('tester', body, { idempotencyKey: 'beta' });
    expect(first).toEqual({ badge: 'tester', awarded: 2, unchanged: 0, refused: [] });
    expect(await ops().badges.award('tester', body)).toMatchObject({ awarded: 0, unchanged: 2 });
    expect(await ops().badges.withdraw('tester', { members: ['m_bea', 'm_cid'], reason: 'A mistake' })).toEqual({
      badge: 'tester',
      withdrawn: 1,
      unchanged: 1,
    });
    expect(await ops().badges.award('tester', body, { idempotencyKey: 'beta' })).toEqual(first);
    expect((await as('m_ann', 'member').standing()).badges).toMatchObject([{ badge: 'tester' }]);
    expect((await ops().standing('m_bea')).badges).toEqual([]);
  });

  it('read what they did, page by page or as a stream of CSV', async () => {
    const auditor = as('ops_auditor', 'ops');
    const { campaignId } = await auditor.campaigns.create(drop());
    await auditor.campaigns.publish(campaignId);
    await auditor.campaigns.close(campaignId, 'A mistake');
    const entries = await until(async () => {
      const found = await all(ops().audit.list({ by: 'ops_auditor', campaignId }));
      return found.length === 3 ? found : undefined;
    });
    expect(entries).toMatchObject([
      { action: 'campaign.closed', before: { state: 'published' }, after: { state: 'closed' }, reason: 'A mistake' },
      { action: 'campaign.published', before: { state: 'draft' } },
      { action: 'campaign.created', subject: `campaign/${campaignId}` },
    ]);
    const from = entries[0]?.at as string;
    const [head, first] = rowsOf(await new Response(await ops().audit.export({ from })).text());
    expect(head?.slice(0, 3)).toEqual(['at', 'who', 'action']);
    expect(first?.slice(1, 3)).toEqual(['"ops_auditor"', '"campaign.closed"']);
  });
});

describe('a member', () => {
  it('sees the allotment, claims it, and finds the codes again', async () => {
    const campaignId = await openDrop();
    const leo = as('m_leo', 'member');
    expect(await leo.allotment(campaignId)).toMatchObject({ tier: 'fan', allotted: 1, left: 1, mayClaim: true });
    const { code } = await leo.claim(campaignId, { idempotencyKey: 'one' });
    expect((await leo.claim(campaignId, { idempotencyKey: 'one' })).code).toBe(code);
    expect(await ops().allotment(campaignId, 'm_leo')).toMatchObject({ claimed: 1, left: 0, mayClaim: false });
    expect(await all(leo.myCodes())).toMatchObject([{ code, campaignId, how: 'claimed', status: 'unused' }]);
    await expect(leo.claim(campaignId)).rejects.toMatchObject({ word: 'allotment_used', status: 409 });
  });
});

describe('a waitlist', () => {
  const becomes = (memberId: string, campaignId: string, status: string) =>
    until(async () => {
      const place = await as(memberId, 'member').waitlist.mine(campaignId);
      return place.status === status ? place : undefined;
    }, `${memberId} to be ${status}`);

  it('is joined, looked at, supplied, and its places are taken or left', async () => {
    const { campaignId } = await ops().campaigns.create({ ...drop(), waitlist: { offerSeconds: 600 } });
    await ops().campaigns.publish(campaignId);
    const [first, second] = [as('m_first', 'member').waitlist, as('m_second', 'member').waitlist];
    expect(await first.mine(campaignId)).toEqual({ campaignId, status: 'none' });
    const joined = await first.join(campaignId, { idempotencyKey: 'join' });
    expect(joined).toEqual({ campaignId, status: 'waiting', since: expect.any(String) });
    expect(await first.join(campaignId, { idempotencyKey: 'join' })).toEqual(joined);
    await second.join(campaignId);

    const line = () => ops().waitlist.line(campaignId);
    const pair = await until(async () => {
      const page = await line().page({ limit: 1 });
      return page.waiting === 2 ? page : undefined;
    }, 'both to stand in the line');
    expect(pair).toMatchObject({ items: [{ memberId: 'm_first' }], places: { left: 0, offered: 0, revoked: 0 } });
    const rest = await line().page({ limit: 1, ...(pair.cursor === undefined ? {} : { cursor: pair.cursor }) });
    expect([rest.items, rest.cursor]).toMatchObject([[{ memberId: 'm_second' }], undefined]);
    expect((await all(line())).map(({ memberId }) => memberId)).toEqual(['m_first', 'm_second']);

    await expect(first.take(campaignId)).rejects.toMatchObject({ word: 'no_place_offered', status: 409 });
    const wish = { places: 2, reason: 'The last hour' };
    expect(await ops().waitlist.supply(campaignId, wish, { idempotencyKey: 'last hour' })).toEqual({ places: 2 });
    expect(await ops().waitlist.supply(campaignId, wish, { idempotencyKey: 'last hour' })).toEqual({ places: 2 });
    expect(await becomes('m_first', campaignId, 'offered')).toHaveProperty('until');
    await becomes('m_second', campaignId, 'offered');
    expect((await line().page()).places).toEqual({ left: 0, offered: 2, revoked: 0 });

    const { code } = await first.take(campaignId);
    expect((await first.take(campaignId)).code).toBe(code);
    expect(await all(as('m_first', 'member').myCodes())).toMatchObject([{ code, campaignId, how: 'claimed' }]);
    expect(await second.leave(campaignId)).toMatchObject({ status: 'left' });
    expect(await becomes('m_first', campaignId, 'taken')).toMatchObject({ campaignId });
  });

  it('is not one that there is none of, nor anybody else’s business', async () => {
    const campaignId = await openDrop();
    await expect(as('m_ann', 'member').waitlist.join(campaignId)).rejects.toMatchObject({ word: 'no_waitlist' });
    await expect(as('m_ann', 'member').waitlist.leave(campaignId)).rejects.toMatchObject({ word: 'not_waiting' });
    await expect(ops().waitlist.line(campaignId).page()).rejects.toMatchObject({ word: 'no_waitlist' });
    await expect(as('m_ann', 'member').waitlist.line(campaignId).page()).rejects.toMatchObject({ word: 'forbidden' });
    await expect(ops().waitlist.supply(campaignId, { places: 1, reason: 'None' })).rejects.toMatchObject({
      word: 'no_waitlist',
    });
  });
});

describe('a shop', () => {
  const claimed = async (memberId: string) => {
    const campaignId = await openDrop();
    const { code } = await as(memberId, 'member').claim(campaignId);
    return { campaignId, code };
  };

  it('checks, holds and releases, then holds and confirms; ops read the history', async () => {
    const { campaignId, code } = await claimed('m_kai');
    const fcode = shop();
    expect(await fcode.check({ code, sku: 'PHONE-1' })).toMatchObject({ outcome: 'accepted', campaignId });
    const declined = await fcode.hold({ code, orderId: '1001', sku: 'PHONE-1', buyer });
    expect(await fcode.release({ holdId: declined.holdId, orderId: '1001', reason: 'declined' })).toMatchObject({
      status: 'released',
    });
    const { holdId } = await fcode.hold({ code, orderId: '1002', sku: 'PHONE-1', buyer });
    const confirmed = await fcode.confirm({ holdId, orderId: '1002' });
    expect(confirmed).toMatchObject({ status: 'redeemed', orderId: '1002', campaignId });
    expect(await fcode.confirm({ holdId, orderId: '1002' })).toEqual(confirmed);
    const types = ['code.claimed', 'code.held', 'code.released', 'code.held', 'code.redeemed'];
    const history = await until(async () => {
      const found = await ops().history(code);
      return found.entries.length === types.length ? found : undefined;
    });
    expect(history).toMatchObject({ campaignId, status: 'redeemed' });
    expect(history.entries.map(({ type }) => type)).toEqual(types);

    // Its referral follows, in its own time.
    const order = await until(async () => {
      const found = await all(ops().orderHistory('1002', { order: 'oldest' }));
      return found.some(({ type }) => type === 'referral.made') ? found : undefined;
    });
    expect(order.slice(0, 2)).toMatchObject([
      { type: 'code.held', shop: 'shop_1', data: { holdId } },
      { type: 'code.redeemed', shop: 'shop_1', data: { holdId } },
    ]);
    expect(new Set(order.map(({ shop: of }) => of))).toEqual(new Set(['shop_1']));
    expect(await all(ops().orderHistory('1002', { shop: 'shop_2' }))).toEqual([]);
    expect((await ops().orderHistory('1002').page({ limit: 1 })).items).toHaveLength(1);
    const [oldest] = await all(ops().memberHistory('m_kai', { order: 'oldest' }));
    expect(oldest).toMatchObject({ type: 'code.claimed', data: { campaignId } });
    expect(await all(ops().canaryTouches())).toEqual([]);
  });

  it('redeems in one step, once', async () => {
    const { code } = await claimed('m_ida');
    const take = { code, orderId: '2001', sku: 'PHONE-1', buyer };
    const redeemed = await shop().redeem(take);
    expect(redeemed.status).toBe('redeemed');
    expect(await shop().redeem(take)).toEqual(redeemed);
    const other = await shop()
      .redeem({ ...take, orderId: '2002' })
      .catch((error: unknown) => error);
    expect(other).toBeInstanceOf(FcodeProblem);
    expect(other).toMatchObject({
      word: 'code_not_usable',
      status: 409,
      type: 'urn:fcode:problem:code_not_usable',
    });
  });
});

describe('a problem', () => {
  it('says where the request does not fit', async () => {
    const problem = await ops()
      .campaigns.create({ ...drop(), quota: 0 })
      .catch((error: unknown) => error);
    expect(problem).toMatchObject({ word: 'invalid_request', errors: [{ in: 'json', pointer: '/quota' }] });
  });

  it('says which role is missing', async () => {
    await expect(shop().campaigns.get('cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA')).rejects.toMatchObject({
      word: 'forbidden',
      detail: 'Needs the role ops or member.',
    });
  });
});
