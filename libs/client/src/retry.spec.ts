import { describe, expect, it } from 'vitest';
import { answering, busy } from './fixtures/stand-in.ts';
import { createClient } from './index.ts';

const clientOf = ({ url }: { url: string }, retries?: number) =>
  createClient({ url, token: 'secret', ...(retries === undefined ? {} : { retries }) });
const take = { code: '1ABC-DEFG-HJKM-NPQR', orderId: '1001', sku: 'PHONE-1', buyer: { email: 'friend@example.com' } };

describe('a request that meets a 503', () => {
  it('is sent again after the time that Retry-After asks for, with the same body', async () => {
    await using system = await answering(busy('1'), { status: 200, body: { status: 'held' } });
    expect(await clientOf(system).hold(take)).toEqual({ status: 'held' });
    const [first, second] = system.heard;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(999);
    expect(second?.body).toBe(first?.body);
  });

  it('is sent again under the same Idempotency-Key, made up or given, and another call makes up another', async () => {
    await using system = await answering(busy('0'), { status: 201 }, busy('0'), { status: 201 }, { status: 201 });
    const client = clientOf(system);
    await client.claim('cmp_1');
    await client.claim('cmp_1', { idempotencyKey: 'mine' });
    await client.claim('cmp_1');
    const [one, again, two, twoAgain, three] = system.heard.map(({ headers }) => headers['idempotency-key']);
    expect(one).toMatch(/^[\da-f-]{36}$/);
    expect(again).toBe(one);
    expect([two, twoAgain]).toEqual(['mine', 'mine']);
    expect(three).not.toBe(one);
  });

  it('is sent again where it only looks, without any key', async () => {
    await using system = await answering(busy('0'), { status: 200, body: { status: 'open' } });
    expect(await clientOf(system).lookAtOffer('tr_1_0_1.x')).toEqual({ status: 'open' });
    expect(system.heard).toHaveLength(2);
  });

  it('is sent again where it asks for a grant, which is one by its reference, or approves or cancels it', async () => {
    await using system = await answering(busy('0'), { status: 201 }, busy('0'), { status: 200 }, 'cut', {
      status: 200,
    });
    const { grants } = clientOf(system);
    await grants.request('cmp_1', { to: { bearer: 1 }, reason: 'Press', reference: 'PR-7' });
    await grants.approve('cmp_1', 'gr_1');
    await grants.cancel('cmp_1', 'gr_1', 'A mistake');
    expect(system.heard).toHaveLength(6);
  });

  it('is sent again where it only looks what would be', async () => {
    await using system = await answering(busy('0'), { status: 200 });
    await clientOf(system).campaigns.preview({ allotment: { fan: 1 } });
    expect(system.heard).toHaveLength(2);
  });

  it('fails with the last answer after the retries that it was given', async () => {
    await using system = await answering(busy('0'));
    await expect(clientOf(system, 2).standing()).rejects.toMatchObject({ word: 'unavailable', status: 503 });
    expect(system.heard).toHaveLength(3);
  });

  it('fails at once when it would have to wait for longer than ten seconds, in seconds or until a date', async () => {
    await using system = await answering(busy('60'), busy(new Date(Date.now() + 60_000).toUTCString()));
    await expect(clientOf(system).standing()).rejects.toMatchObject({ status: 503 });
    await expect(clientOf(system).standing()).rejects.toMatchObject({ status: 503 });
    expect(system.heard).toHaveLength(2);
  });

  it('is not sent again when sending it twice might do it twice', async () => {
    await using system = await answering(busy('0'));
    const { api } = clientOf(system);
    const published = api.POST('/v1/campaigns/{campaignId}/publish', {
      params: { path: { campaignId: 'cmp_1' } },
      body: {},
    });
    await expect(published).rejects.toMatchObject({ status: 503 });
    expect(system.heard).toHaveLength(1);
  });
});

describe('a request that meets no answer', () => {
  it('is sent again', async () => {
    await using system = await answering('cut', 'cut', { status: 200, body: { status: 'redeemed' } });
    expect(await clientOf(system).redeem(take)).toEqual({ status: 'redeemed' });
    expect(system.heard).toHaveLength(3);
  });

  it("fails with fetch's own error when there is nobody, and was not held up for long", async () => {
    const { url } = await answering({ status: 200 }).then(async (system) => {
      await system[Symbol.asyncDispose]();
      return system;
    });
    const started = performance.now();
    await expect(createClient({ url, token: 'secret' }).standing()).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('an answer that is not of this system', () => {
  it('is a problem that names its status', async () => {
    await using system = await answering({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' });
    await expect(clientOf(system).standing()).rejects.toMatchObject({ word: 'http_502', status: 502, reasons: [] });
  });
});

describe('the token', () => {
  it('is asked for before each request where it is a function', async () => {
    await using system = await answering({ status: 200 });
    const tokens = ['first', 'second'];
    const client = createClient({ url: system.url, token: async () => tokens.shift() ?? '' });
    await client.standing();
    await client.standing();
    expect(system.heard.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });
});
