import { type Heard, hear } from '@fcode/events';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Code, codeRef } from './code.ts';
import { CodeStore } from './code-store.ts';
import { confirm } from './confirm.rule.ts';
import { type Bench, batchAnnounced, campaignSaid, forger, logger, mint, startBench } from './fixtures/bench.ts';
import { noon, seconds, termsWith } from './fixtures/story.ts';
import { hold } from './hold.rule.ts';
import { noUses, slotsRef } from './limits.ts';
import { onBatchCreated } from './on-batch-created.ts';
import { TermsBook } from './terms.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
beforeAll(async () => {
  bench = await startBench();
  shop = bench.open();
  await shop.service.start();
});
afterAll(() => bench.stop());

let batches = 1000;
/** A batch that issuance has announced and this instance has heard of. */
const announce = async (rest: Parameters<typeof batchAnnounced>[1] = {}) => {
  batches += 1;
  const batch = batches;
  await bench.log.append([batchAnnounced(batch, rest)]);
  await until(
    async () => (await shop.ask('check', { code: mint.mint({ batch, index: 0 }), sku: 'PHONE-1' })).status === 200,
  );
  return { batch, code: (index = 0) => mint.mint({ batch, index }, rest.keyVersion ?? 2) };
};

const mia = { memberId: 'm_mia' };
const bob = { memberId: 'm_bob' };
const wish = (code: string, orderId: string, buyer: object = mia) => ({ code, orderId, sku: 'PHONE-1', buyer });

/** Everything that stands in the table about a batch's codes and its campaign's buyers. */
/** Items but for what is being published from them, which is cleared at a time of its own. */
const itemsOf = async (batch: number, index: number, ...buyers: string[]) => {
  const keys = [
    codeRef({ batch, index }),
    ...buyers.map((buyer) =>
      slotsRef({ campaignId: `cmp_${batch}`, batch }, 'buyer', { buyer, order: { shop: '', orderId: '' } }),
    ),
  ];
  const items = await Promise.all(keys.map((key) => shop.store.table.read(key, performance.now() + 2000)));
  return items.map((item) => {
    if (item === undefined) return undefined;
    const { outbox: _, pending: _shard, ...rest } = item;
    return rest;
  });
};

describe('check', () => {
  it('answers as hold would, and writes nothing', async () => {
    const { batch, code } = await announce({ buyerLimit: 1 });
    const before = { ...shop.store.table.sent };
    const items = await itemsOf(batch, 0, 'm:m_mia');
    expect(items).toEqual([undefined, undefined]);
    for (const body of [
      wish(code(), '1'),
      { code: code(), sku: 'PHONE-1' },
      { code: code(), sku: 'PHONE-1', buyer: mia },
    ]) {
      const { status, body: answer } = await shop.ask('check', body);
      expect({ status, answer }).toMatchObject({
        status: 200,
        answer: { outcome: 'accepted', campaignId: `cmp_${batch}` },
      });
    }
    expect(await itemsOf(batch, 0, 'm:m_mia')).toEqual(items);
    const { statements, transactions } = shop.store.table.sent;
    expect({ statements, transactions }).toEqual({
      statements: before.statements,
      transactions: before.transactions,
    });
    expect((await shop.ask('hold', wish(code(), '1'))).status).toBe(200);
  });

  it('says what hold would refuse, with the same word and reasons, and leaves the hold as it is', async () => {
    const { batch, code } = await announce({ buyerLimit: 1 });
    await shop.ask('hold', wish(code(), '1'));
    await shop.ask('hold', wish(code(1), '2', bob));
    const items = await itemsOf(batch, 0, 'm:m_mia', 'm:m_bob');
    for (const body of [
      wish(code(), '2', { memberId: 'm_eve' }),
      wish(code(2), '3'),
      { ...wish(code(3), '4'), sku: 'CASE-1' },
    ]) {
      const asked = await shop.ask('check', body);
      const held = await shop.ask('hold', body);
      expect(held.status).toBe(409);
      expect(asked.status).toBe(200);
      expect(asked.body).toMatchObject({ outcome: 'refused', reasons: held.body.reasons });
      expect(held.body.type).toBe(`urn:fcode:problem:${String(asked.body.refusal)}`);
    }
    expect(await itemsOf(batch, 0, 'm:m_mia', 'm:m_bob')).toEqual(items);
    // Its own order would get its hold again.
    expect((await shop.ask('check', wish(code(), '1'))).body).toMatchObject({ outcome: 'accepted' });
  });

  it('says of a text that is no code of ours just that', async () => {
    expect((await shop.ask('check', { code: 'HELLO', sku: 'PHONE-1' })).body).toMatchObject({
      outcome: 'refused',
      refusal: 'code_not_valid',
    });
  });
});

describe('an authentic code whose batch is not known yet', () => {
  it('is answered 503 with Retry-After by every verb that takes a code, and never refused', async () => {
    const code = mint.mint({ batch: 777_777, index: 3 });
    for (const verb of ['check', 'hold', 'redeem']) {
      const { status, retryAfter, body } = await shop.ask(verb, wish(code, '1'));
      expect([status, retryAfter, body.type]).toEqual([503, '1', 'urn:fcode:problem:unavailable']);
    }
  });

  it('is taken as soon as the batch is known', async () => {
    batches += 1;
    const code = mint.mint({ batch: batches, index: 3 });
    expect((await shop.ask('hold', wish(code, '1'))).status).toBe(503);
    await bench.log.append([batchAnnounced(batches)]);
    await until(async () => (await shop.ask('hold', wish(code, '1'))).status === 200);
  });
});

describe('a hold that another instance has granted on a batch that this one has not seen yet', () => {
  it.each(['confirm', 'release'])('can be the subject of %s here at once: it is never called unknown', async (verb) => {
    const here = bench.open();
    batches += 1;
    const batch = batches;
    // Not started: this instance knows what it looked up once, as one does between two polls.
    const book = new TermsBook(shop.store, logger);
    const other = { store: bench.openStore(), book };
    await here.service.start();
    await onBatchCreated(other.book, () => noon)(hear(batchAnnounced(batch)) as Heard<'batch.created'>);
    const order = { shop: 'shop-a', orderId: '1' };
    const code = { batch, index: 0 };
    const terms = termsWith({ campaignId: `cmp_${batch}` });
    const take = { code, order, buyer: 'm:m_mia', sku: 'PHONE-1', at: bench.time.now };
    const request = { at: take.at, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' };
    const held = await new CodeStore(other.store).take(
      code,
      take,
      terms,
      (_, state) => hold(take, state, terms, noUses),
      request,
    );
    const { holdId } = held.outcome === 'accepted' ? held.receipt : { holdId: '' };
    const { status, body } = await here.ask(verb, { holdId, orderId: '1' });
    expect({ status, body }).toMatchObject({ status: 200, body: { orderId: '1' } });
  });

  it('a hold id of a batch that nobody knows is not found', async () => {
    const { status, body } = await shop.ask('confirm', { holdId: 'hold_zz9_0_1', orderId: '1' });
    expect([status, body.type]).toEqual([404, 'urn:fcode:problem:hold_not_found']);
  });
});

describe('what was never issued', () => {
  it('is refused by arithmetic: the store is not asked, whoever guesses and however often', async () => {
    const { batch, code } = await announce({ size: 10, keyVersion: 1 });
    const quiet = bench.open();
    // Knows the terms, and polls no more: whatever the table counts from here on was asked for by a request.
    await quiet.service.start();
    await quiet.service.stop();
    const before = { ...quiet.store.table.sent };
    const guesses = [
      'HELLO',
      forger.mint({ batch, index: 0 }),
      // Authentic, but beyond the batch, and of the right batch under another key version.
      mint.mint({ batch, index: 10 }, 1),
      mint.mint({ batch, index: 0 }, 2),
      `${code().slice(0, -1)}${code().endsWith('0') ? '1' : '0'}`,
    ];
    for (const [position, guess] of guesses.entries()) {
      // Nobody guesses so often that nobody listens any more.
      const wanted = wish(guess, '1', { email: `guesser-${position}@example.com` });
      for (const verb of ['hold', 'redeem']) {
        const { status, body } = await quiet.ask(verb, wanted);
        expect([status, body.type]).toEqual([404, 'urn:fcode:problem:code_not_valid']);
      }
      expect((await quiet.ask('check', wanted)).body).toMatchObject({ refusal: 'code_not_valid' });
    }
    expect(quiet.store.table.sent).toEqual(before);
    expect((await quiet.ask('hold', wish(code(9), '1'))).status).toBe(200);
  });
});

describe('a purchase over HTTP', () => {
  it('is held, confirmed, and told again with the first answer', async () => {
    const { code } = await announce();
    const held = await shop.ask('hold', wish(code(), '1001'));
    const again = await shop.ask('hold', wish(code(), '1001'));
    expect([again.status, again.replayed, again.body]).toEqual([200, true, held.body]);
    const { holdId } = held.body;
    expect((await shop.ask('hold', wish(code(), '1001'), { shop: 'shop-b' })).body.type).toContain('code_not_usable');
    expect((await shop.ask('confirm', { holdId, orderId: '1001' }, { shop: 'shop-b' })).status).toBe(404);
    const paid = await shop.ask('confirm', { holdId, orderId: '1001' });
    expect(paid).toMatchObject({ status: 200, replayed: false, body: { status: 'redeemed', orderId: '1001' } });
    expect(await shop.ask('confirm', { holdId, orderId: '1001' })).toMatchObject({ replayed: true, body: paid.body });
    expect(await shop.ask('redeem', wish(code(), '1001'))).toMatchObject({ replayed: true, body: paid.body });
    expect((await shop.ask('release', { holdId, orderId: '1001' })).body.type).toContain('already_redeemed');
  });

  it('with an Idempotency-Key gets its first hold again even after the hold was released', async () => {
    const { code } = await announce();
    const first = await shop.ask('hold', wish(code(), '1'), { key: 'k1' });
    await shop.ask('release', { holdId: first.body.holdId, orderId: '1' });
    expect(await shop.ask('hold', wish(code(), '1'), { key: 'k1' })).toMatchObject({
      replayed: true,
      body: first.body,
    });
    const other = await shop.ask('hold', wish(code(), '2'), { key: 'k1' });
    expect([other.status, other.body.type]).toEqual([422, 'urn:fcode:problem:idempotency_key_reused']);
    // Keys are the caller's own: another shop's k1 is another request.
    expect((await shop.ask('hold', wish(code(), '2'), { shop: 'shop-b', key: 'k1' })).status).toBe(200);
  });

  it('of a paid order that lost its hold is told to ops exactly once', async () => {
    const { batch, code } = await announce();
    const began = bench.time.now;
    const { holdId } = (await shop.ask('hold', wish(code(), '1'))).body;
    bench.time.now = began + seconds(905);
    await shop.ask('redeem', wish(code(), '2', bob));
    for (let round = 0; round < 3; round += 1) {
      const { status, body } = await shop.ask('confirm', { holdId, orderId: '1' });
      expect([status, body.type]).toEqual([409, 'urn:fcode:problem:hold_lost']);
    }
    bench.time.now = began;
    const lost = await until(async () => {
      const found = (await bench.logged('redemption', 'code.hold_lost')).filter(
        ({ subject }) => subject === `code/${batch}.0`,
      );
      return found.length > 0 && found;
    });
    expect(lost).toHaveLength(1);
  });

  it('is stopped by a pause, but what is held can still be paid', async () => {
    const { batch, code } = await announce();
    const { holdId } = (await shop.ask('hold', wish(code(), '1'))).body;
    await bench.log.append([campaignSaid('paused', `cmp_${batch}`, 9)]);
    await until(async () => (await shop.ask('check', wish(code(1), '2'))).body.refusal === 'campaign_paused');
    expect((await shop.ask('hold', wish(code(1), '2'))).body.type).toContain('campaign_paused');
    expect((await shop.ask('confirm', { holdId, orderId: '1' })).status).toBe(200);
  });
});

describe('races on two instances', () => {
  it('let exactly one of twenty orders hold the code', async () => {
    const { code } = await announce();
    const other = bench.open();
    await other.service.start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, position) =>
        (position % 2 ? shop : other).ask('hold', wish(code(), String(position), { memberId: `m_${position}` })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('let a buyer with a limit of three have exactly three of twenty codes', async () => {
    const { batch, code } = await announce({ buyerLimit: 3 });
    const other = bench.open();
    await other.service.start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, position) =>
        (position % 2 ? shop : other).ask(position % 3 ? 'hold' : 'redeem', wish(code(position), String(position))),
      ),
    );
    const words = Object.groupBy(answers, ({ status, body }) => (status === 200 ? 'ok' : String(body.type)));
    expect(words.ok).toHaveLength(3);
    const [{ state }] = await shop.store.read([
      slotsRef({ campaignId: `cmp_${batch}`, batch }, 'buyer', { buyer: 'm:m_mia', order: { shop: '', orderId: '' } }),
    ]);
    expect(state.slots).toHaveLength(3);
    // Nobody is refused but for the limit; who could not be decided in time may ask again.
    expect(
      Object.keys(words).filter((word) => !/^ok$|buyer_limit_reached|unavailable|outcome_unknown/.test(word)),
    ).toEqual([]);
  });

  it('count guests by their contact, in whatever way they write it', async () => {
    const { code } = await announce({ buyerLimit: 1 });
    expect((await shop.ask('hold', wish(code(), '1', { email: 'Mia@Example.com' }))).status).toBe(200);
    const second = await shop.ask('hold', wish(code(1), '2', { email: 'mia@example.com' }));
    expect(second.body.type).toContain('buyer_limit_reached');
    expect((await shop.ask('hold', wish(code(1), '2', { phone: '+8613800138000' }))).status).toBe(200);
  });

  it('never let a confirm that overtakes its own hold leave the buyer without the slot', async () => {
    const terms = termsWith({ campaignId: 'cmp_overtaken', buyerLimit: 1 });
    const codes = new CodeStore(shop.store);
    let overtook = 0;
    for (let index = 0; index < 40; index += 1) {
      const code = { batch: 900_000, index };
      const order = { shop: 'shop-a', orderId: String(index) };
      const buyer = `m:${index}`;
      const at = bench.time.now;
      const request = { at, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' };
      const take = { code, order, buyer, sku: 'PHONE-1', at };
      const holdId = `hold_${code.batch.toString(36)}_${index.toString(36)}_1`;
      const [, paid] = await Promise.all([
        codes.take(code, take, terms, (_, state, uses) => hold(take, state, terms, uses), request),
        codes.settle(code, terms, (state, uses) => confirm({ code, holdId, order, at }, state, terms, uses), request),
      ]);
      const [{ state }, { state: slots }] = await shop.store.read([
        codeRef(code),
        slotsRef({ campaignId: 'cmp_overtaken', batch: code.batch }, 'buyer', { buyer, order }),
      ]);
      const isOwned = (state as Code).status === 'redeemed';
      expect(isOwned).toBe(paid.outcome === 'accepted');
      if (isOwned) overtook += 1;
      expect(slots.slots).toHaveLength(1);
      expect(slots.slots[0]?.until === undefined).toBe(isOwned);
    }
    expect(overtook).toBeGreaterThan(0);
  });
});
