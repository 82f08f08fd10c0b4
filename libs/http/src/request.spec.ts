import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { AppEnv } from './app.ts';
import { requestOf } from './request.ts';

interface Sent {
  /** Empty where anybody may call. */
  caller?: string;
  key?: string | undefined;
  method?: string;
  path?: string;
  body?: unknown;
}

/** What a change would be told of this request. */
const requestFor = async ({ caller = 'shop_1', key = '1001', method = 'POST', path = '/a', body = {} }: Sent = {}) => {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('requestId', 'req_1');
    c.set('clock', () => 1_800_000_000_000);
    c.set('budgetMs', 2000);
    if (caller !== '') c.set('caller', { subject: caller, roles: ['checkout'] });
    await next();
  });
  let request: ReturnType<typeof requestOf> | undefined;
  app.all('*', (c) => {
    request = requestOf(c, body);
    return c.text('ok');
  });
  await app.request(path, { method, headers: key === '' ? {} : { 'idempotency-key': key } });
  if (!request) throw new Error('the handler was not reached');
  return request;
};
const idempotencyOf = async (sent?: Sent) => {
  const { idempotency } = await requestFor(sent);
  if (!idempotency) throw new Error('there is no key');
  return idempotency;
};

describe('a request', () => {
  it('of anybody has no key, whatever it sends', async () => {
    expect((await requestFor({ caller: '' })).idempotency).toBeUndefined();
  });

  it('says when it is, until when, and which', async () => {
    const before = performance.now();
    const { at, deadline, correlationId, causationId, idempotency } = await requestFor({ key: '' });
    expect([at, correlationId, causationId]).toEqual([1_800_000_000_000, 'req_1', 'req_1']);
    expect(deadline - before).toBeGreaterThanOrEqual(2000);
    expect(deadline - performance.now()).toBeLessThanOrEqual(2000);
    expect(idempotency).toBeUndefined();
  });

  it('is the same when it is sent again', async () => {
    expect(await idempotencyOf()).toEqual(await idempotencyOf());
  });
});

describe("a request's key", () => {
  it("is the caller's own: two shops' 1001 are two", async () => {
    const [one, other] = [await idempotencyOf(), await idempotencyOf({ caller: 'shop_2' })];
    expect(one.key).not.toBe(other.key);
    expect(one.fingerprint).toBe(other.fingerprint);
  });

  it('cannot be composed to be that of another caller', async () => {
    expect((await idempotencyOf({ caller: 'shop_1', key: '1001' })).key).not.toBe(
      (await idempotencyOf({ caller: 'shop_', key: '11001' })).key,
    );
  });

  it('is the same for whatever else is sent, so that a reuse is found', async () => {
    const [one, other] = [await idempotencyOf(), await idempotencyOf({ body: { sku: 'PHONE-2' } })];
    expect(one.key).toBe(other.key);
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });
});

describe("a request's fingerprint", () => {
  const of = async (sent: Sent) => (await idempotencyOf(sent)).fingerprint;

  it('does not depend on the order of fields, at any depth', async () => {
    const one = { sku: 'P', buyer: { email: 'a@b.c', more: [{ x: 1, y: 2 }] }, n: 0 };
    const other = { n: 0, buyer: { more: [{ y: 2, x: 1 }], email: 'a@b.c' }, sku: 'P' };
    expect(await of({ body: one })).toBe(await of({ body: other }));
  });

  it('depends on the order of a list', async () => {
    expect(await of({ body: { skus: ['a', 'b'] } })).not.toBe(await of({ body: { skus: ['b', 'a'] } }));
  });

  it.each<[string, Sent]>([
    ['the method', { method: 'PUT' }],
    ['the path', { path: '/b' }],
    ['a value', { body: { a: 2 } }],
    ['a type', { body: { a: '1' } }],
    ['a name', { body: { b: 1 } }],
    ['one more field', { body: { a: 1, b: null } }],
    ['a depth', { body: { a: { a: 1 } } }],
    ['nothing at all', { body: null }],
  ])('depends on %s', async (_, other) => {
    expect(await of({ body: { a: 1 }, ...other })).not.toBe(await of({ body: { a: 1 } }));
  });
});
