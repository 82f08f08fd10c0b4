import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, claimSaid, mint, startBench } from './fixtures/bench.ts';
import { wordOf as decided } from './fixtures/story.ts';
import { kill, pause, resume, revokeBatch } from './stop.rule.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
let other: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  [shop, other] = [bench.open(), bench.open()];
  await Promise.all([shop.service.start(), other.service.start()]);
});
afterAll(() => bench.stop());

const ops = { as: 'ops:ada' } as const;
const because = { reason: 'a leak' };
let batches = 0;
const announce = async (rest: Parameters<typeof batchAnnounced>[1] = {}) => {
  batches += 1;
  const batch = batches;
  await bench.log.append([batchAnnounced(batch, rest)]);
  for (const { ask } of [shop, other]) {
    await until(
      async () => (await ask('check', { code: mint.mint({ batch, index: 0 }), sku: 'PHONE-1' })).status === 200,
    );
  }
  return { batch, campaignId: `cmp_${batch}`, code: (index = 0) => mint.mint({ batch, index }) };
};
const wish = (code: string, orderId: string) => ({
  code,
  orderId,
  sku: 'PHONE-1',
  buyer: { memberId: `m_${orderId}` },
});
const wordOf = ({ status, body }: { status: number; body: { type?: string } }) =>
  status === 200 ? 'ok' : String(body.type).replace('urn:fcode:problem:', '');

describe('a campaign that ops pause at checkout', () => {
  it('takes no code on any instance once the pause has answered, and goes on when it is resumed', async () => {
    const { campaignId, code } = await announce();
    const held = await shop.ask('hold', wish(code(1), '1'));
    const began = performance.now();
    const paused = await shop.ask(`campaigns/${campaignId}/pause`, because, ops);
    expect([paused.status, paused.body]).toEqual([200, { campaignId, checkout: 'paused' }]);
    // No sooner than the others may have known what was before.
    expect(performance.now() - began).toBeGreaterThan(2000);
    for (const { ask } of [shop, other]) {
      expect(wordOf(await ask('hold', wish(code(2), '2')))).toBe('campaign_paused');
      expect(wordOf(await ask('redeem', wish(code(2), '2')))).toBe('campaign_paused');
    }
    // What is held can still be paid.
    expect(wordOf(await other.ask('confirm', { holdId: held.body.holdId, orderId: '1' }))).toBe('ok');
    expect((await other.ask(`campaigns/${campaignId}/pause`, because, ops)).body).toEqual(paused.body);
    expect((await other.ask(`campaigns/${campaignId}/resume`, because, ops)).body).toEqual({
      campaignId,
      checkout: 'open',
    });
    for (const { ask } of [shop, other]) expect(wordOf(await ask('hold', wish(code(2), '2')))).toBe('ok');
    const events = await Promise.all(
      ['checkout.paused', 'checkout.resumed'].map((type) => bench.logged('redemption', type)),
    );
    expect(events.map((list) => list.map(({ data }) => data))).toEqual([
      [{ campaignId, by: 'ada', ...because }],
      [{ campaignId, by: 'ada', ...because }],
    ]);
  });
});

describe('a campaign that ops kill', () => {
  it('sells nothing any more: a payment on the way is told that its hold is lost, once for the log', async () => {
    const { campaignId, code } = await announce();
    const held = await shop.ask('hold', wish(code(1), '1'));
    expect(wordOf(await shop.ask(`campaigns/${campaignId}/kill`, because, ops))).toBe('ok');
    for (const { ask } of [shop, other]) {
      expect(wordOf(await ask('hold', wish(code(2), '2')))).toBe('campaign_killed');
      expect(wordOf(await ask('confirm', { holdId: held.body.holdId, orderId: '1' }))).toBe('hold_lost');
      expect(wordOf(await ask('extend', { holdId: held.body.holdId, orderId: '1' }))).toBe('hold_ended');
    }
    const lost = await until(async () => {
      const found = (await bench.logged('redemption', 'code.hold_lost')).filter(
        ({ data }) => (data as { campaignId: string }).campaignId === campaignId,
      );
      return found.length > 0 ? found : undefined;
    });
    expect(lost.map(({ data }) => data)).toMatchObject([{ cause: 'revoked', order: { orderId: '1' } }]);
    for (const verb of ['pause', 'resume']) {
      expect(wordOf(await shop.ask(`campaigns/${campaignId}/${verb}`, because, ops))).toBe('campaign_killed');
    }
  });
});

describe('a batch that ops revoke', () => {
  it('has no code any more that anybody could use, and its campaign goes on', async () => {
    const { batch, campaignId, code } = await announce();
    const rest = await announce({ campaignId });
    expect(wordOf(await other.ask(`batches/${batch}/revoke`, because, ops))).toBe('ok');
    for (const { ask } of [shop, other]) {
      const refused = await ask('hold', wish(code(1), '1'));
      expect(wordOf(refused)).toBe('code_not_usable');
      expect(refused.body.reasons).toEqual([{ code: 'code_not_usable' }]);
      const told = await ask('check', { code: code(1), sku: 'PHONE-1' }, ops);
      expect(told.body).toMatchObject({ refusal: 'code_not_usable', reasons: [{ code: 'batch_revoked' }], campaignId });
      expect(wordOf(await ask('check', wish(rest.code(1), '1')))).toBe('ok');
    }
    expect((await shop.ask(`batches/${batch}/revoke`, because, ops)).body).toEqual({
      batch,
      campaignId,
      status: 'revoked',
    });
  });
});

describe('a code that ops revoke', () => {
  it('is out of use at once, by its text or its number, and its hold with it', async () => {
    const { batch, code } = await announce({ buyerLimit: 1 });
    const held = await shop.ask('hold', wish(code(3), '3'));
    expect((await other.ask('codes/revoke', { code: code(3), ...because }, ops)).body).toMatchObject({
      status: 'revoked',
      batch,
      index: 3,
    });
    expect(wordOf(await shop.ask('confirm', { holdId: held.body.holdId, orderId: '3' }))).toBe('hold_lost');
    // The limit is not used by it any more.
    expect(wordOf(await shop.ask('hold', { ...wish(code(4), '4'), buyer: { memberId: 'm_3' } }))).toBe('ok');
    expect((await shop.ask('codes/revoke', { code: `${batch}.5`, ...because }, ops)).body).toMatchObject({ index: 5 });
    expect(wordOf(await other.ask('redeem', wish(code(5), '5')))).toBe('code_not_usable');
    await shop.ask('redeem', wish(code(6), '6'));
    expect(wordOf(await shop.ask('codes/revoke', { code: code(6), ...because }, ops))).toBe('already_redeemed');
  });

  it.each([
    ['HELLO', 404],
    ['1.100', 404],
    ['999999.1', 404],
  ])('is none like %s', async (code, status) => {
    await announce();
    expect((await shop.ask('codes/revoke', { code, ...because }, ops)).status).toBe(status);
  });
});

describe('the codes of a member that ops revoke', () => {
  it('are out of use, but for those that orders own, and the one that is heard of later too', async () => {
    const { batch, code } = await announce({ transferLimit: 1, transferSeconds: 3600 });
    const now = bench.time.now;
    await bench.log.append([0, 1, 2].map((index) => claimSaid({ batch, index }, 'm_eve', now)));
    await bench.log.append([claimSaid({ batch, index: 3 }, 'm_mia', now)]);
    const offer = (index: number, member: string) =>
      shop.ask('/v1/me/transfers', { code: code(index) }, { as: `member:${member}` });
    // Known once they can be passed on.
    await until(async () => (await offer(2, 'm_eve')).status === 200 && (await offer(3, 'm_mia')).status === 200);
    await shop.ask('redeem', wish(code(0), '1'));
    const revoked = await other.ask('members/m_eve/revoke', because, ops);
    expect(revoked.body).toMatchObject({ memberId: 'm_eve', revoked: 2, used: 1 });
    expect((await shop.ask('members/m_eve/revoke', because, ops)).body).toMatchObject({ revoked: 2, used: 1 });
    for (const index of [1, 2]) {
      expect((await shop.ask('check', wish(code(index), '2'), ops)).body).toMatchObject({
        reasons: [{ code: 'revoked' }],
      });
    }
    // Claimed before the revocation, and heard of after it, twice; the one that comes later is another matter.
    const late = [
      claimSaid({ batch, index: 4 }, 'm_eve', now - 1),
      claimSaid({ batch, index: 5 }, 'm_eve', now + 60_000),
    ];
    await bench.log.append([...late, ...late]);
    await until(async () => (await offer(5, 'm_eve')).status === 200);
    await until(async () => wordOf(await offer(4, 'm_eve')) === 'code_not_usable');
    expect(wordOf(await offer(3, 'm_mia'))).toBe('ok');
  });
});

describe('stops', () => {
  it.each([
    'campaigns/cmp_nobody/pause',
    'campaigns/cmp_nobody/resume',
    'campaigns/cmp_nobody/kill',
    'batches/99999/revoke',
  ])('find nothing at %s', async (path) => {
    await announce();
    expect((await shop.ask(path, because, ops)).status).toBe(404);
  });

  it.each([
    'campaigns/cmp_1/pause',
    'campaigns/cmp_1/kill',
    'batches/1/revoke',
    'codes/revoke',
    'members/m_eve/revoke',
  ])('are for ops only: %s', async (path) => {
    for (const as of ['checkout:shop-a', 'member:m_eve'] as const) {
      expect((await shop.ask(path, { code: '1.1', ...because }, { as })).status).toBe(403);
    }
    expect((await shop.ask(path, { code: '1.1' }, ops)).status).toBe(422);
  });
});

describe('what ops may tell checkout', () => {
  const command = { campaignId: 'cmp_1', by: 'ada', reason: 'a leak' };
  it.each([
    ['unknown', undefined, ['campaign_not_found', 'campaign_not_found', 'campaign_not_found']],
    ['open', 'none', ['accepted', 'again', 'accepted']],
    ['paused', 'paused', ['again', 'accepted', 'accepted']],
    ['killed', 'killed', ['campaign_killed', 'campaign_killed', 'again']],
  ] as const)('of a campaign that is %s', (_, stop, words) => {
    const known = stop && { stop };
    expect(
      [pause, resume, kill].map((rule) => {
        const decision = rule(command, known);
        return decision.outcome === 'refused' ? decision.refusal : decision.outcome;
      }),
    ).toEqual(words);
  });

  it('of a batch: once, and of one that is known', () => {
    const about = { batch: 7, by: 'ada', reason: 'a leak' };
    expect(decided(revokeBatch(about, undefined))).toBe('batch_not_found');
    expect(decided(revokeBatch(about, { campaignId: 'cmp_1', isRevoked: false }))).toBe('revoked');
    expect(decided(revokeBatch(about, { campaignId: 'cmp_1', isRevoked: true }))).toBe('again revoked');
  });
});
