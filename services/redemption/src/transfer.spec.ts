import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, campaignSaid, claimSaid, mint, startBench } from './fixtures/bench.ts';
import { iso, noon, seconds } from './fixtures/story.ts';

let bench: Bench;
let shop: ReturnType<Bench['open']>;
let other: ReturnType<Bench['open']>;
let batch = 0;
beforeAll(async () => {
  bench = await startBench();
  [shop, other] = [bench.open(), bench.open()];
  await Promise.all([shop.service.start(), other.service.start()]);
});
afterAll(() => bench.stop());

const as = (memberId: string) => ({ as: `member:${memberId}` }) as const;
const path = '/v1/me/transfers';
const offer = (code: string, member = 'm_fan') => shop.ask(path, { code }, as(member));
const accept = (token: unknown, member: string, instance = other) =>
  instance.ask('/v1/transfers/accept', { token }, as(member));
/** As somebody who is not signed in. */
const look = async (token: unknown) => {
  const answer = await other.service.app.request('/v1/transfers/look', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> & { type?: string } };
};
const withdraw = (id: unknown, member = 'm_fan') => shop.ask(`${path}/${String(id)}/withdraw`, {}, as(member));
/** What a member sees of the newest drop, but for what it takes to know that it is known. */
const list = async (member: string) => {
  const answer = await shop.service.app.request(`${path}?limit=100`, {
    headers: { authorization: `Bearer member:${member}` },
  });
  const { items } = (await answer.json()) as { items: Record<string, unknown>[] };
  return items.filter((item) => item.batch === batch && item.index !== 4);
};
const buy = (code: string, orderId: string, memberId: string) =>
  shop.ask('hold', { code, orderId, sku: 'PHONE-1', buyer: { memberId } });
const wordOf = ({ status, body }: { status: number; body: { type?: string } }) =>
  status === 200 ? 'ok' : String(body.type).replace('urn:fcode:problem:', '');

/** A drop of which m_fan has every code, each heard of twice. */
const drop = async (rest: Parameters<typeof batchAnnounced>[1] = {}) => {
  batch += 1;
  const mine = batch;
  await bench.log.append([batchAnnounced(mine, { transferLimit: 1, transferSeconds: 3600, ...rest })]);
  const claims = Array.from({ length: 5 }, (_, index) => claimSaid({ batch: mine, index }, 'm_fan'));
  await bench.log.append([...claims, ...claims]);
  const code = (index: number) => mint.mint({ batch: mine, index });
  await until(async () => {
    const { body, status } = await offer(code(4));
    return status === 200 && (await withdraw(body.transferId)).status === 200;
  });
  await until(async () => (await other.ask('check', { code: code(0), sku: 'PHONE-1' })).status === 200);
  return { batch: mine, code };
};

describe('a code that a fan passes on', () => {
  it('is nobody’s to use until a friend has accepted it, then the friend’s alone, and back when the window ends', async () => {
    const { batch: number, code } = await drop();
    const offered = await offer(code(0));
    expect(offered.body).toMatchObject({ status: 'offered', transferId: `tr_${number.toString(36)}_0_1` });
    // The same wish, the same link.
    expect((await offer(code(0))).body).toEqual(offered.body);
    expect(wordOf(await buy(code(0), 't1', 'm_fan'))).toBe('code_not_usable');

    const { token, until: ends } = offered.body;
    const accepted = await accept(token, 'm_bob');
    expect(accepted.body).toEqual({
      status: 'accepted',
      transferId: offered.body.transferId,
      campaignId: `cmp_${number}`,
      from: 'm_fan',
      until: ends,
      code: code(0),
      skus: ['PHONE-1'],
    });
    expect((await accept(token, 'm_bob')).body).toEqual(accepted.body);
    expect(wordOf(await accept(token, 'm_eve'))).toBe('transfer_taken');
    for (const member of ['m_fan', 'm_eve']) {
      expect(wordOf(await buy(code(0), 't2', member))).toBe('code_not_usable');
    }
    expect(wordOf(await withdraw(offered.body.transferId))).toBe('transfer_taken');
    expect(await list('m_fan')).toMatchObject([{ direction: 'given', status: 'accepted', to: 'm_bob' }]);
    expect(await list('m_bob')).toMatchObject([{ direction: 'received', status: 'accepted', code: code(0) }]);

    bench.time.now += seconds(3600);
    expect(await list('m_fan')).toMatchObject([{ status: 'returned' }]);
    expect(await list('m_bob')).toMatchObject([{ status: 'returned' }]);
    expect((await list('m_bob'))[0]).not.toHaveProperty('code');
    expect(wordOf(await accept(token, 'm_bob'))).toBe('transfer_over');
    // With the time left, to use or to pass on once more.
    expect((await offer(code(0))).body).toMatchObject({ transferId: `tr_${number.toString(36)}_0_2` });
    bench.time.now = noon + seconds(60);
  });

  it('is used by the friend, and whoever held it in time may pay when the window is over', async () => {
    const { code } = await drop();
    const { body } = await offer(code(0));
    await accept(body.token, 'm_bob');
    const held = await buy(code(0), 'u1', 'm_bob');
    bench.time.now += seconds(3600);
    expect(wordOf(await shop.ask('confirm', { holdId: held.body.holdId, orderId: 'u1' }))).toBe('ok');
    expect(await list('m_fan')).toMatchObject([{ status: 'used', to: 'm_bob' }]);
    expect(await list('m_bob')).toMatchObject([{ status: 'used' }]);
    bench.time.now = noon + seconds(60);
  });

  it('is taken back by the fan while nobody has it, once, and its link opens nothing any more', async () => {
    const { code } = await drop();
    const { body } = await offer(code(1));
    const taken = await withdraw(body.transferId);
    expect(taken.body).toMatchObject({ status: 'withdrawn', transferId: body.transferId });
    expect((await withdraw(body.transferId)).body).toEqual(taken.body);
    expect(wordOf(await accept(body.token, 'm_bob'))).toBe('transfer_over');
    expect(wordOf(await buy(code(1), 'w1', 'm_fan'))).toBe('ok');
    expect(wordOf(await offer(code(1)))).toBe('code_busy');
  });

  it('goes to one of twenty friends who open the link at once, on two instances', async () => {
    const { code } = await drop();
    const { body } = await offer(code(2));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => accept(body.token, `m_${n}`, n % 2 ? shop : other)),
    );
    const words = Object.groupBy(answers.map(wordOf), (word) => word);
    expect(words.ok).toHaveLength(1);
    expect(
      Object.keys(words).filter((word) => !/^(ok|transfer_taken|unavailable|outcome_unknown)$/.test(word)),
    ).toEqual([]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await list(`m_${winner}`)).toHaveLength(1);
    expect((await list('m_fan'))[0]).toMatchObject({ status: 'accepted', to: `m_${winner}` });
  });

  it('is either taken back or accepted when both are asked at once, never both', async () => {
    const { code } = await drop();
    for (let round = 0; round < 5; round += 1) {
      const { body } = await offer(code(3));
      const [back, given] = await Promise.all([withdraw(body.transferId), accept(body.token, 'm_bob')]);
      expect([back.status, given.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
      bench.time.now += seconds(3600);
    }
    bench.time.now = noon + seconds(60);
  });

  it('changes hands as often as the campaign lets it, and comes back to whoever gave it', async () => {
    const { code } = await drop({ transferLimit: 2 });
    await accept((await offer(code(0))).body.token, 'm_bob');
    const on = await offer(code(0), 'm_bob');
    expect(on.status).toBe(200);
    // While it is on offer again, it is not bob's to use; taken back, it is.
    expect(wordOf(await buy(code(0), 'c1', 'm_bob'))).toBe('code_not_usable');
    await withdraw(on.body.transferId, 'm_bob');
    const again = await offer(code(0), 'm_bob');
    await accept(again.body.token, 'm_cat');
    expect(wordOf(await offer(code(0), 'm_cat'))).toBe('transfers_used');
    expect(wordOf(await buy(code(0), 'c2', 'm_bob'))).toBe('code_not_usable');
    expect(wordOf(await buy(code(0), 'c3', 'm_cat'))).toBe('ok');
    const told = await until(async () => {
      const all = await Promise.all(
        ['code.offered', 'code.accepted', 'code.withdrawn'].map((type) => bench.logged('redemption', type)),
      );
      // Each by its id: the log may have one twice.
      const mine = new Map(
        all.flat().flatMap((event) => (event.subject === `code/${batch}.0` ? [[event.id, event]] : [])),
      );
      return mine.size === 6 ? [...mine.values()] : undefined;
    });
    const chain = told
      .filter(({ type }) => type === 'fcode.code.accepted.v1')
      .map(({ data }) => data as { from: string; to: string });
    expect(chain.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(['m_bob → m_cat', 'm_fan → m_bob']);
  });
});

describe('while a friend offers the code on', () => {
  it('whoever gave it to the friend cannot give it to somebody else', async () => {
    const { code } = await drop({ transferLimit: 3 });
    const first = await offer(code(0));
    expect(wordOf(await accept(first.body.token, 'm_friend'))).toBe('ok');
    const second = await offer(code(0), 'm_friend');
    expect(wordOf(second)).toBe('ok');
    expect(wordOf(await offer(code(0), 'm_fan'))).toBe('transfer_taken');
    expect(wordOf(await offer(code(0), 'm_stranger'))).toBe('code_not_yours');
    expect(wordOf(await offer(code(0), 'm_friend'))).toBe('ok');
    expect(wordOf(await accept(second.body.token, 'm_third'))).toBe('ok');
    expect(wordOf(await offer(code(0), 'm_fan'))).toBe('transfer_taken');
    expect(wordOf(await offer(code(0), 'm_friend'))).toBe('code_not_yours');
    expect(wordOf(await buy(code(0), 'on-offer', 'm_third'))).toBe('ok');
  });
});

describe('whoever has the link', () => {
  it('is told what is offered and until when, signed in or not, however often, and nothing comes of it', async () => {
    const effect = { kind: 'percentage', percent: 20 } as const;
    const { batch: number, code } = await drop({ effect });
    const { body } = await offer(code(0));
    const told = await look(body.token);
    expect(told).toEqual({
      status: 200,
      body: {
        status: 'open',
        transferId: body.transferId,
        campaignId: `cmp_${number}`,
        skus: ['PHONE-1'],
        effect,
        until: body.until,
        startsAt: iso(noon),
        endsAt: iso(noon + seconds(86_400)),
      },
    });
    expect((await shop.ask('/v1/transfers/look', { token: body.token }, as('m_bob'))).body).toEqual(told.body);
    expect(await list('m_bob')).toEqual([]);
    expect(await list('m_fan')).toMatchObject([{ status: 'offered' }]);
    expect((await accept(body.token, 'm_bob')).status).toBe(200);
  });

  type Given = { code: string; transferId: unknown; token: unknown; number: number };
  const taken = ({ token }: Given) => accept(token, 'm_bob');
  it.each([
    ['open', 'while nobody has accepted', async () => {}],
    ['accepted', 'once a friend has', taken],
    [
      'accepted',
      'when the friend bought with it, also after the window',
      async (given: Given) => {
        await taken(given);
        const { orderId, holdId } = (await buy(given.code, `look-${given.number}`, 'm_bob')).body;
        expect(wordOf(await shop.ask('confirm', { orderId, holdId }))).toBe('ok');
        bench.time.now += seconds(3600);
      },
    ],
    ['withdrawn', 'once the fan took it back', ({ transferId }: Given) => withdraw(transferId)],
    ['over', 'when its window ended and nobody had accepted', async () => (bench.time.now += seconds(3600))],
    [
      'over',
      'when its window ended and the friend had not bought',
      async (given: Given) => {
        await taken(given);
        bench.time.now += seconds(3600);
      },
    ],
    [
      'over',
      'when ops revoked the code',
      ({ code }: Given) => shop.ask('codes/revoke', { code, reason: 'Posted' }, { as: 'ops:ada' }),
    ],
    [
      'over',
      'when the campaign was closed',
      async ({ number, token }: Given) => {
        await bench.log.append([campaignSaid('closed', `cmp_${number}`, 3)]);
        await until(async () => (await look(token)).body.status === 'over');
        expect(wordOf(await accept(token, 'm_bob'))).toBe('transfer_over');
      },
    ],
  ])('is told that it is %s %s, and of no member and no code', async (status, _, happens) => {
    const { batch: number, code } = await drop();
    const { body } = await offer(code(0));
    await happens({ code: code(0), transferId: body.transferId, token: body.token, number });
    const told = await look(body.token);
    bench.time.now = noon + seconds(60);
    expect(told).toMatchObject({ status: 200, body: { status, until: body.until } });
    const text = JSON.stringify(told.body);
    for (const secret of ['m_fan', 'm_bob', code(0), String(body.token)]) expect(text).not.toContain(secret);
  });

  it('is refused as one who made a link up when there is a newer offer of the code', async () => {
    const { code } = await drop({ transferLimit: 2 });
    const first = (await offer(code(0))).body;
    await withdraw(first.transferId);
    const second = (await offer(code(0))).body;
    expect(wordOf(await look(first.token))).toBe('transfer_not_found');
    expect((await look(second.token)).body.status).toBe('open');
    await accept(second.token, 'm_bob');
    const third = (await offer(code(0), 'm_bob')).body;
    expect(wordOf(await look(second.token))).toBe('transfer_not_found');
    expect((await look(third.token)).body.status).toBe('open');
  });
});

describe('nobody passes on', () => {
  it.each([
    ['a code of somebody else', 'm_eve', (code: (index: number) => string) => code(0), 'code_not_yours'],
    ['what is no code', 'm_fan', () => 'HELLO', 'code_not_valid'],
    ['a code that was never issued', 'm_fan', () => mint.mint({ batch, index: 5000 }), 'code_not_valid'],
    [
      'a code of which it is not known yet whose it is',
      'm_fan',
      (code: (index: number) => string) => code(77),
      'unavailable',
    ],
  ])('%s', async (_, member, code, word) => {
    const { code: of } = await drop();
    expect(wordOf(await offer(code(of), member))).toBe(word);
  });

  it('a bearer code: it is of whoever has it', async () => {
    batch += 1;
    await bench.log.append([batchAnnounced(batch, { transferLimit: 1, transferSeconds: 60, to: 'bearer' })]);
    const code = mint.mint({ batch, index: 0 });
    await until(async () => (await shop.ask('check', { code, sku: 'PHONE-1' })).status === 200);
    expect(wordOf(await offer(code))).toBe('code_not_yours');
  });

  it('anything where the campaign does not let codes be passed on', async () => {
    batch += 1;
    await bench.log.append([batchAnnounced(batch, { transferLimit: 0 }), claimSaid({ batch, index: 0 }, 'm_fan')]);
    const code = mint.mint({ batch, index: 0 });
    const refused = await until(async () => {
      const answer = await offer(code);
      return wordOf(answer) === 'transfers_used' ? answer : undefined;
    });
    expect(refused.body.reasons).toEqual([{ code: 'transfer_limit', limit: 0, hands: 0 }]);
  });
});

describe('a link', () => {
  it.each([
    ['is not of ours', 'tr_1_0_1.AAAAAAAAAAAAAAAAAAAAAA'],
    ['is cut off', 'tr_1_0_1'],
    ['is of no transfer', '.AAAAAAAAAAAAAAAAAAAAAA'],
  ])('opens nothing that %s', async (_, token) => {
    const refused = await accept(token, 'm_bob');
    expect(wordOf(refused)).toBe('transfer_not_found');
    const { type, title } = (await look(token)).body;
    expect({ type, title }).toEqual({ type: refused.body.type, title: refused.body.title });
  });

  it('opens nothing whose secret is that of another offer', async () => {
    const { code } = await drop();
    const [one, two] = [(await offer(code(0))).body, (await offer(code(1))).body];
    const mixed = `${String(one.transferId)}.${String(two.token).split('.')[1]}`;
    expect(wordOf(await look(mixed))).toBe('transfer_not_found');
    expect(wordOf(await accept(mixed, 'm_bob'))).toBe('transfer_not_found');
  });

  it('is not for whoever made it', async () => {
    const { code } = await drop();
    expect(wordOf(await accept((await offer(code(0))).body.token, 'm_fan'))).toBe('transfer_own');
  });

  it('is told to nobody but its fan', async () => {
    const { code } = await drop();
    const { body } = await offer(code(0));
    expect((await list('m_fan'))[0]).toMatchObject({ token: body.token, status: 'offered' });
    expect((await withdraw(body.transferId, 'm_eve')).status).toBe(404);
  });

  it.each(['checkout:shop-a', 'ops:ada'] as const)('is for members only, not for %s', async (role) => {
    expect((await shop.ask(path, { code: 'X' }, { as: role })).status).toBe(403);
    expect((await shop.ask('/v1/transfers/accept', { token: 'x' }, { as: role })).status).toBe(403);
    expect((await shop.ask(`${path}/tr_1_0_1/withdraw`, {}, { as: role })).status).toBe(403);
  });
});
