import { Writable } from 'node:stream';
import { Unavailable } from '@fcode/policy';
import { createRoute, z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { bodyLimitBytes, createApp, fileLimitBytes, jsonAnswer, jsonBody, only, onlyFiles, problems } from './app.ts';
import type { Role } from './auth.ts';
import { requestOf } from './request.ts';
import { listen } from './serve.ts';

let lines: Record<string, unknown>[] = [];
let written = '';
let notReady: string | undefined;
/** What the handler does besides answering. */
let happens: () => void | Promise<void>;
beforeEach(() => {
  lines = [];
  written = '';
  notReady = undefined;
  happens = () => {};
});
const sink = new Writable({
  write: (chunk: Buffer, _, done) => {
    written += chunk.toString();
    lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
    done();
  },
});

const app = createApp({
  name: 'toy',
  title: 'Toys',
  // A token is a role; `away` stands for a key set that cannot be had.
  verify: async (token) => {
    if (token === 'away') throw new Unavailable('The keys are away.');
    return token === 'stranger' ? undefined : { subject: 'm_mia', roles: token.split('+') as Role[] };
  },
  logger: pino({ level: 'trace' }, sink),
  clock: () => 1_800_000_000_000,
  notReady: () => notReady,
});
const toyPath = z.object({ toyId: z.string().regex(/^[\w-]+$/) });
const put = createRoute({
  method: 'put',
  path: '/v1/toys/{toyId}',
  ...only('ops', 'checkout'),
  request: { params: toyPath, body: jsonBody(z.strictObject({ name: z.string().max(500_000) })) },
  responses: { 200: jsonAnswer(z.object({ name: z.string() }).openapi('Toy'), 'The toy'), ...problems(404) },
});
app.openapi(put, async (c) => {
  await happens();
  return c.json({ name: c.req.valid('json').name }, 200);
});
const get = createRoute({
  method: 'get',
  path: '/v1/toys/{toyId}',
  ...only('ops'),
  request: { params: toyPath },
  responses: { 200: jsonAnswer(z.object({ deadline: z.number() }), 'The toy'), ...problems() },
});
app.openapi(get, async (c) => {
  await happens();
  return c.json({ deadline: requestOf(c).deadline }, 200);
});
const post = createRoute({
  method: 'post',
  path: '/v1/toys/{toyId}/parts/{part}/broken',
  ...only('ops'),
  request: { body: jsonBody(z.strictObject({})) },
  responses: { 200: jsonAnswer(z.object({}), 'Done'), ...problems() },
});
app.openapi(post, (c) => c.json({}, 200));
const file = createRoute({
  method: 'post',
  path: '/v1/toys/file',
  ...onlyFiles('ops'),
  request: { body: { required: true, content: { 'text/csv': { schema: z.string() } } } },
  responses: { 200: jsonAnswer(z.object({ bytes: z.number() }), 'What was read'), ...problems() },
});
app.openapi(file, async (c) => {
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.length;
    await happens();
  }
  return c.json({ bytes }, 200);
});

interface Sent {
  method?: string;
  path?: string;
  token?: string | undefined;
  type?: string | undefined;
  body?: string | Blob | undefined;
  headers?: Record<string, string>;
}
const ask = async ({ method = 'PUT', path = '/v1/toys/t-1', token, type, body, headers }: Sent) => {
  const response = await app.request(path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const document = (isJson ? JSON.parse(text) : {}) as Record<string, unknown> & { type?: string };
  const word = (document.type ?? '').replace('urn:fcode:problem:', '');
  return { status: response.status, headers: response.headers, document, word, text };
};
const json = 'application/json';
const good: Sent = { token: 'ops', type: json, body: '{"name":"Bear"}' };
const oversize = `{"name":"${'x'.repeat(bodyLimitBytes)}"}`;

describe('the checks of a request', () => {
  // Each request has every fault from its own on, so that only the order tells which is named.
  it.each<[number, string, Sent]>([
    [401, 'unauthenticated', { type: 'text/plain', body: `{${oversize}` }],
    [401, 'unauthenticated', { token: 'stranger', type: 'text/plain', body: `{${oversize}` }],
    [403, 'forbidden', { token: 'member', type: 'text/plain', body: `{${oversize}` }],
    [415, 'unsupported_media_type', { token: 'ops', type: 'text/plain', body: `{${oversize}` }],
    [413, 'body_too_large', { token: 'ops', type: json, body: `{${oversize}` }],
    [400, 'malformed_json', { token: 'ops', type: json, body: '{"surprise":1' }],
    [422, 'invalid_request', { token: 'ops', type: json, body: '{"surprise":1}' }],
    [200, '', good],
  ])('stand in order: %i %s', async (status, word, sent) => {
    const answer = await ask(sent);
    expect([answer.status, answer.word]).toEqual([status, word]);
  });

  it('refuse half of a surrogate pair, in a value or a name, since no store takes it', async () => {
    for (const body of ['{"name":"\\ud800"}', '{"name":"a\\udc00b"}']) {
      const { status, word } = await ask({ ...good, body });
      expect([status, word], body).toEqual([422, 'invalid_request']);
    }
    expect((await ask({ ...good, body: '{"name":"\\ud83d\\ude00"}' })).document).toEqual({ name: '😀' });
  });

  it('take any of the roles, and any of the token', async () => {
    for (const token of ['ops', 'checkout', 'member+checkout'])
      expect((await ask({ ...good, token })).status).toBe(200);
    const refused = await ask({ ...good, token: 'member+connector' });
    expect([refused.status, refused.document.detail]).toEqual([403, 'Needs the role ops or checkout.']);
  });

  it.each(['Basic b3Bz', 'Bearer', 'Bearer ', 'ops', 'Token ops', ''])(
    'do not take "%s" for a token',
    async (authorization) => {
      expect((await ask({ ...good, token: undefined, headers: { authorization } })).status).toBe(401);
    },
  );

  it('take the scheme in any case', async () => {
    expect((await ask({ ...good, token: undefined, headers: { authorization: 'bearer ops' } })).status).toBe(200);
  });

  it('say 503, not 401, when a token cannot be checked', async () => {
    const { status, word, headers } = await ask({ ...good, token: 'away' });
    expect([status, word, headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
  });

  it('take the kinds of JSON that there are, and nothing else', async () => {
    for (const type of [json, `${json}; charset=utf-8`, 'Application/JSON', 'application/merge-patch+json']) {
      expect((await ask({ ...good, type })).status, type).toBe(200);
    }
    for (const type of ['application/jsonx', 'text/json', 'x-application/json', 'application/x-www-form-urlencoded']) {
      expect((await ask({ ...good, type })).status, type).toBe(415);
    }
    expect((await ask({ ...good, type: undefined, body: new Blob(['{"name":"Bear"}']) })).status).toBe(415);
  });

  it('take a file of exactly its limit and none of a byte more, whether or not its length is said', async () => {
    const served = await listen((request) => app.fetch(request), { port: 0 });
    try {
      const send = async (bytes: number, chunked: boolean) => {
        const text = new Uint8Array(bytes);
        const response = await fetch(`${served.url}/v1/toys/file`, {
          method: 'POST',
          headers: { authorization: 'Bearer ops', 'content-type': 'text/csv' },
          body: chunked ? new Blob([text]).stream() : text,
          ...(chunked ? { duplex: 'half' as const } : {}),
        });
        return [response.status, ((await response.json()) as { bytes?: number }).bytes];
      };
      for (const chunked of [false, true]) {
        expect(await send(fileLimitBytes, chunked)).toEqual([200, fileLimitBytes]);
        expect(await send(fileLimitBytes + 1, chunked)).toEqual([413, undefined]);
      }
    } finally {
      await served.close(0);
    }
  });

  it('read a file as it comes, and do not wait for its end', async () => {
    const served = await listen((request) => app.fetch(request), { port: 0 });
    try {
      const begun = Promise.withResolvers<void>();
      happens = () => begun.resolve();
      let chunks = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          // The second chunk is not sent before the first one was read.
          if (chunks === 1) await begun.promise;
          chunks += 1;
          if (chunks > 2) controller.close();
          else controller.enqueue(new Uint8Array(1000));
        },
      });
      const response = await fetch(`${served.url}/v1/toys/file`, {
        method: 'POST',
        headers: { authorization: 'Bearer ops', 'content-type': 'text/csv' },
        body,
        duplex: 'half',
      });
      expect(await response.json()).toEqual({ bytes: 2000 });
    } finally {
      await served.close(0);
    }
  });

  it('take a body of exactly the limit and none of a byte more, whether or not its length is said', async () => {
    const frame = '{"name":""}'.length;
    const of = (bytes: number) => `{"name":"${'x'.repeat(bytes - frame)}"}`;
    const served = await listen((request) => app.fetch(request), { port: 0 });
    try {
      const send = async (text: string, chunked: boolean) => {
        const response = await fetch(`${served.url}/v1/toys/t-1`, {
          method: 'PUT',
          headers: { authorization: 'Bearer ops', 'content-type': json },
          body: chunked ? new Blob([text]).stream() : text,
          ...(chunked ? { duplex: 'half' as const } : {}),
        });
        await response.arrayBuffer();
        return response.status;
      };
      for (const chunked of [false, true]) {
        expect(await send(of(bodyLimitBytes), chunked)).toBe(200);
        expect(await send(of(bodyLimitBytes + 1), chunked)).toBe(413);
      }
    } finally {
      await served.close(0);
    }
  });

  it('point at every fault of the form', async () => {
    const { document } = await ask({ ...good, body: '{"name":5,"colour":"red","size/x":1}' });
    expect(document.errors).toEqual([
      { in: 'json', pointer: '/name', detail: expect.stringContaining('string') },
      { in: 'json', pointer: '/colour', detail: 'Unknown field.' },
      { in: 'json', pointer: expect.stringMatching(/^\/size/), detail: 'Unknown field.' },
    ]);
    expect((await ask({ ...good, path: '/v1/toys/a%20b' })).document.errors).toMatchObject([
      { in: 'param', pointer: '/toyId' },
    ]);
  });
});

describe('an address', () => {
  it.each([
    ['DELETE', '/v1/toys/t-1', 'PUT, GET'],
    ['PATCH', '/v1/toys/anything%2Fat%20all', 'PUT, GET'],
    ['GET', '/v1/toys/t-1/parts/7/broken', 'POST'],
    ['POST', '/healthz', 'GET'],
    ['DELETE', '/openapi.json', 'GET'],
  ])('that does not answer %s %s says what it answers', async (method, path, allow) => {
    const { status, word, headers } = await ask({ method, path });
    expect([status, word, headers.get('allow')]).toEqual([405, 'method_not_allowed', allow]);
  });

  it.each([
    '/',
    '/v1',
    '/v1/toys',
    '/v1/toys/',
    '/v1/toys/t-1/',
    '/v1/toys/t-1/parts',
    '/v1/toys/t-1/parts//broken',
    '//v1/toys/t-1',
    '/V1/toys/t-1',
  ])('that is none is not found: %s', async (path) => {
    const { status, word, headers } = await ask({ method: 'PUT', path, token: 'ops' });
    expect([status, word, headers.get('allow')]).toEqual([404, 'not_found', null]);
  });
});

describe('what goes wrong behind a route', () => {
  it('is a problem without any detail, logged once with the request id', async () => {
    happens = () => {
      throw new TypeError('table fcode-toys: connection string postgres://root:hush');
    };
    const { status, document, text } = await ask({ ...good, headers: { 'x-request-id': 'trace-1' } });
    expect(status).toBe(500);
    expect(Object.keys(document).sort()).toEqual(['instance', 'status', 'title', 'type']);
    expect(document).toMatchObject({ type: 'urn:fcode:problem:internal_error', instance: 'trace-1' });
    expect(text).not.toMatch(/hush|TypeError|\.ts/);
    const errors = lines.filter(({ level }) => level === 50);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ requestId: 'trace-1', err: { type: 'TypeError' } });
    expect(lines.filter(({ err }) => err !== undefined)).toHaveLength(1);
  });

  it('is 503 when it may be otherwise later, and says whether it may have happened', async () => {
    happens = () => {
      throw new Unavailable('The store is busy.');
    };
    const busy = await ask(good);
    expect([busy.status, busy.word, busy.document.detail, busy.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      'The store is busy.',
      '1',
    ]);
    expect(lines.find(({ err }) => err !== undefined)).toMatchObject({
      level: 40,
      err: { message: 'The store is busy.' },
    });
    happens = () => {
      throw new Unavailable('No answer in time.', true);
    };
    const unknown = await ask(good);
    expect([unknown.status, unknown.word, unknown.headers.get('retry-after')]).toEqual([503, 'outcome_unknown', '1']);
    expect(lines.filter(({ level }) => level === 50)).toEqual([]);
  });

  it('says no detail that a library wrote: it may name items, and items name people', async () => {
    class Contention extends Unavailable {
      override name = 'Contention';
    }
    happens = () => {
      throw new Contention('buyer#m_mia kept changing');
    };
    const { status, word, text } = await ask(good);
    expect([status, word]).toEqual([503, 'unavailable']);
    expect(text).not.toContain('m_mia');
  });

  it("never shows a framework's own page", async () => {
    happens = () => {
      throw new HTTPException(418, { message: 'teapot of hush' });
    };
    const { status, word, text } = await ask(good);
    expect([status, word]).toEqual([500, 'internal_error']);
    expect(text).not.toContain('hush');
  });

  it('does not stop the next request', async () => {
    happens = () => Promise.reject(new Error('once'));
    expect((await ask(good)).status).toBe(500);
    happens = () => {};
    expect((await ask(good)).status).toBe(200);
  });
});

describe('the request id', () => {
  it.each(['a', 'trace-1', '01J:x.y_z', 'x'.repeat(64)])(
    'is the one that is sent, when it is well-formed: %s',
    async (id) => {
      const { headers, document } = await ask({ headers: { 'x-request-id': id } });
      expect([headers.get('x-request-id'), document.instance]).toEqual([id, id]);
    },
  );

  it.each(['', 'a b', '{"a":1}', '<script>', 'é', 'x'.repeat(65)])('is made here otherwise: "%s"', async (id) => {
    const { headers, document } = await ask({ headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(document.instance).toBe(headers.get('x-request-id'));
  });

  it('is another for each request, and stands on good answers too', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await ask(good)).headers.get('x-request-id')));
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain(null);
  });
});

describe('the log', () => {
  const code = '1ABC-DEFG-HJKM-NPQR';

  it('has one line a request: who asked for which route, and how it went', async () => {
    await ask({ ...good, headers: { 'x-request-id': 'trace-1' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      service: 'toy',
      requestId: 'trace-1',
      method: 'PUT',
      route: '/v1/toys/:toyId',
      status: 200,
      ms: expect.any(Number),
    });
  });

  it('warns of requests that were our fault, and of no others', async () => {
    happens = () => {
      throw new Unavailable('away');
    };
    await ask(good);
    await ask({ ...good, token: 'stranger' });
    expect(lines.map(({ level, status }) => [level, status])).toEqual([
      // What went wrong, and the request that it did.
      [40, undefined],
      [40, 503],
      [20, 401],
    ]);
  });

  it('never has what was sent: no path, query, body or header, whatever becomes of the request', async () => {
    const everywhere: Sent = {
      path: `/v1/toys/${code}?code=${code}`,
      headers: { 'x-request-id': `${code} `.repeat(9), 'idempotency-key': code, 'x-other': code, cookie: code },
    };
    const bodies = [
      `{"name":"${code}"}`,
      `{"${code}":"${code}"}`,
      `{"name":"${code}`,
      code,
      `"${code.repeat(20_000)}"`,
    ];
    const statuses = new Set<number>();
    const troubles = [
      () => {},
      () => Promise.reject(new Unavailable('away')),
      () => Promise.reject(new Error('broken')),
    ];
    for (const trouble of troubles) {
      happens = trouble;
      for (const body of bodies) {
        for (const token of ['ops', 'member', 'stranger', undefined]) {
          for (const type of [json, 'text/plain']) {
            statuses.add((await ask({ ...everywhere, token, type, body })).status);
          }
        }
      }
      statuses.add((await ask({ ...everywhere, method: 'GET', token: 'ops' })).status);
      statuses.add((await ask({ ...everywhere, method: 'DELETE' })).status);
      statuses.add((await ask({ ...everywhere, path: `/${code}/${code}` })).status);
    }
    expect([...statuses].sort((a, b) => a - b)).toEqual([200, 400, 401, 403, 404, 405, 413, 415, 422, 500, 503]);
    expect(lines.length).toBeGreaterThan(100);
    expect(written).not.toContain(code);
    expect(written).not.toMatch(/Bearer|stranger/);
  });
});

describe('an instance', () => {
  it('is alive whatever else, and ready when nothing speaks against it', async () => {
    expect((await ask({ method: 'GET', path: '/readyz' })).document).toEqual({ status: 'ready' });
    notReady = 'the store has not answered for two seconds';
    const { status, document } = await ask({ method: 'GET', path: '/readyz' });
    expect([status, document]).toEqual([503, { status: 'not_ready', reason: notReady }]);
    expect((await ask({ method: 'GET', path: '/healthz' })).status).toBe(200);
  });

  it('gives a request the time that is said, two seconds if nothing is', async () => {
    const before = performance.now();
    const { document } = await ask({ method: 'GET', token: 'ops' });
    expect(Number(document.deadline) - before).toBeGreaterThanOrEqual(2000);
    expect(Number(document.deadline) - performance.now()).toBeLessThanOrEqual(2000);
  });
});

describe('the document', () => {
  interface Described {
    openapi: string;
    info: { title: string };
    components: { securitySchemes: unknown; schemas: Record<string, unknown> };
    paths: Record<string, Record<string, { security: unknown; 'x-roles': Role[]; responses: Record<string, unknown> }>>;
  }

  it('says how to sign in, who may call what, and which problems there are', async () => {
    const { document } = await ask({ method: 'GET', path: '/openapi.json' });
    const { openapi, info, components, paths } = document as unknown as Described;
    expect([openapi, info.title]).toEqual(['3.1.0', 'Toys']);
    expect(components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } });
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['Toy', 'Problem']));
    const operation = paths['/v1/toys/{toyId}']?.put;
    expect(operation?.['x-roles']).toEqual(['ops', 'checkout']);
    expect(operation?.security).toEqual([{ bearer: [] }]);
    expect(Object.keys(operation?.responses ?? {})).toEqual(['200', '401', '403', '404', '422', '503']);
    expect(Object.keys(paths)).not.toContain('/healthz');
  });
});
