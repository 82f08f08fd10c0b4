import { createApp, createLogger, listen, type Served } from '@fcode/http';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, type Upstream, type UpstreamName, upstreamNames } from './app.ts';

const logger = createLogger('gateway', 'silent');

interface Seen {
  upstream: UpstreamName;
  request: Request;
}
/** A gateway before services that say who they are, and what they were asked. */
const gatewayOver = (other: Partial<Record<UpstreamName, Upstream>> = {}) => {
  const seen: Seen[] = [];
  const upstreams = Object.fromEntries(
    upstreamNames.map((upstream): [UpstreamName, Upstream] => [
      upstream,
      other[upstream] ??
        ((request) => {
          seen.push({ upstream, request });
          return Response.json({ upstream });
        }),
    ]),
  ) as Record<UpstreamName, Upstream>;
  const { app } = createGateway({ upstreams, logger });
  return { app, seen };
};
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('the path table', () => {
  const to = async (path: string, method = 'GET') => {
    const response = await gatewayOver().app.request(path, { method });
    const { upstream, type } = await bodyOf(response);
    return upstream ?? type;
  };
  const nowhere = 'urn:fcode:problem:not_found';

  // That every documented path of the real services gets there is proven in infra/embedded, which knows them all.
  it.each([
    ['/v1/me/standing', 'membership'],
    ['/v1/me/codes', 'issuance'],
    ['/v1/me/purchases', 'membership'],
    ['/v1/me/purchases/pur_1', 'membership'],
    ['/v1/me/standing?at=now', 'membership'],
    ['/v1/me/standing/', 'membership'],
    ['/v1/me/standing/history', 'membership'],
    ['/v1/me/standings', 'issuance'],
    ['/v1/me/standing-orders', 'issuance'],
    ['/v1/me/', 'issuance'],
    ['/v1/members/m_1/pins', 'membership'],
    ['/v1/members/v1/campaigns', 'membership'],
    ['/v1/members/m_1/standing', 'membership'],
    ['/v1/members/m_1/history', 'insights'],
    ['/v1/members/m_1/history?order=oldest', 'insights'],
    ['/v1/members/m_1/history/', 'insights'],
    ['/v1/members/a%2Fb/history', 'insights'],
    ['/v1/members/history', 'membership'],
    ['/v1/members/history/history', 'insights'],
    ['/v1/members//history', 'membership'],
    ['/v1/members/m_1/histories', 'membership'],
    ['/v1/members/m_1/pins/history', 'membership'],
    ['/v1/members/m_1/x/history', 'membership'],
    ['/v1/orders/1001/history', 'insights'],
    ['/v1/orders/a%2Fb/history', 'insights'],
    ['/v1/canary-touches', 'insights'],
    ['/v1/canary-touches?limit=1', 'insights'],
    ['/v1/audit', 'insights'],
    ['/v1/audit.csv', 'insights'],
    ['/v1/members/m_1%2Fpins', 'membership'],
    ['/v1/campaigns', 'issuance'],
    ['/v1/campaigns/', 'issuance'],
    ['/v1/grants?status=waiting', 'issuance'],
    ['/v1/campaigns?limit=1', 'issuance'],
    ['/v1/campaigns/cmp_1/batches/1/codes.csv', 'issuance'],
    ['/v1/checkout/hold', 'redemption'],
    ['/v1/checkout/codes/', 'redemption'],
    ['/v1/codes/history', 'insights'],
    ['/v1/codes/12.7/history', 'insights'],
    ['/v1/codes/a%2F..%2Fb/history', 'insights'],
  ])('sends %s to %s', async (path, upstream) => {
    expect(await to(path)).toBe(upstream);
    expect(await to(path, 'POST')).toBe(upstream);
  });

  it.each([
    '/v1',
    '/v1/',
    '/v1/me',
    '/v1/members',
    '/v1/checkout',
    '/v1/codes',
    '/v1/campaignsX',
    '/v1/campaigns.json',
    '/v1/auditXcsv',
    '/v1/canary-touchesX',
    '/v1/orders',
    '/v1/campaigns%2Fcmp_1',
    '/v1/members%2Fm_1/pins',
    '/v1%2Fcampaigns',
    '//v1/campaigns',
    '/v1//campaigns',
    '/V1/campaigns',
    '/v2/campaigns',
    '/x/v1/campaigns',
    '/v1/readyz',
    '/metrics',
  ])('sends %s nowhere', async (path) => {
    expect(await to(path)).toBe(nowhere);
  });

  it('judges a path with dots by where it leads', async () => {
    expect(await to('/v1/codes/../campaigns')).toBe('issuance');
    expect(await to('/v1/codes/%2e%2e/campaigns')).toBe('issuance');
    expect(await to('/v1/me/../../metrics')).toBe(nowhere);
  });

  it('hands over method, query, headers and body as they came', async () => {
    const { app, seen } = gatewayOver();
    await app.request('/v1/campaigns/a%20b?limit=1&cursor=x%2Fy', {
      method: 'PUT',
      headers: { authorization: 'Bearer t', 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    const { request } = seen[0] as Seen;
    const { pathname, search } = new URL(request.url);
    expect([request.method, pathname, search]).toEqual(['PUT', '/v1/campaigns/a%20b', '?limit=1&cursor=x%2Fy']);
    expect(await request.text()).toBe('{"a":1}');
    expect(Object.fromEntries(request.headers)).toMatchObject({
      authorization: 'Bearer t',
      'idempotency-key': 'k',
      'content-type': 'application/json',
    });
  });

  it("hands back the service's status, headers and body as they are", async () => {
    const { app } = gatewayOver({
      issuance: () =>
        new Response('a,b\r\n', { status: 409, headers: { 'content-type': 'text/csv', 'retry-after': '7' } }),
    });
    const response = await app.request('/v1/campaigns');
    expect([response.status, await response.text()]).toEqual([409, 'a,b\r\n']);
    expect([response.headers.get('content-type'), response.headers.get('retry-after')]).toEqual(['text/csv', '7']);
  });
});

describe('a service that is away', () => {
  it.each<[string, Upstream]>([
    ['rejects', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'throws',
      () => {
        throw new TypeError('fetch failed');
      },
    ],
  ])('is named by a 503 when it %s, and the others answer', async (_, redemption) => {
    const { app } = gatewayOver({ redemption });
    const response = await app.request('/v1/checkout/hold', { method: 'POST', headers: { 'x-request-id': 'trace-1' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await bodyOf(response)).toMatchObject({
      type: 'urn:fcode:problem:unavailable',
      detail: 'redemption is away.',
      instance: 'trace-1',
    });
    expect((await app.request('/v1/campaigns')).status).toBe(200);

    const ready = await app.request('/readyz');
    expect([ready.status, await bodyOf(ready)]).toEqual([200, { status: 'ready', away: ['redemption'] }]);
    expect((await app.request('/healthz')).status).toBe(200);

    const document = await app.request('/openapi.json');
    expect([document.status, (await bodyOf(document)).detail]).toEqual([503, 'redemption is away.']);
  });

  it('is listed too when it answers that it is not ready, with all the others', async () => {
    const unready: Upstream = () => Response.json({ status: 'not_ready' }, { status: 503 });
    const { app } = gatewayOver({ membership: unready, insights: unready });
    expect(await bodyOf(await app.request('/readyz'))).toEqual({
      status: 'ready',
      away: ['membership', 'insights'],
    });
  });

  it('is nobody when all are ready', async () => {
    const { app, seen } = gatewayOver();
    const response = await app.request('/readyz');
    expect([response.status, await bodyOf(response)]).toEqual([200, { status: 'ready', away: [] }]);
    expect(seen.map(({ upstream }) => upstream).sort()).toEqual([...upstreamNames].sort());
  });
});

it('says at its root where to look', async () => {
  const { app } = gatewayOver();
  expect(await bodyOf(await app.request('/'))).toMatchObject({ document: '/openapi.json', ready: '/readyz' });
});

describe('the request id', () => {
  it('of the caller goes to the service', async () => {
    const { app, seen } = gatewayOver();
    await app.request('/v1/campaigns', { method: 'POST', body: '{}', headers: { 'x-request-id': 'trace-1' } });
    expect(seen[0]?.request.headers.get('x-request-id')).toBe('trace-1');
  });

  it.each([undefined, 'not well formed', 'x'.repeat(65)])(
    'is made here when %s was sent, and is one for both',
    async (id) => {
      const { app, seen } = gatewayOver({ redemption: () => Promise.reject(new Error('away')) });
      const headers: Record<string, string> = id === undefined ? {} : { 'x-request-id': id };
      await app.request('/v1/campaigns', { headers });
      expect(seen[0]?.request.headers.get('x-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
      for (const path of ['/v1/checkout/hold', '/nowhere', '/v1/nowhere']) {
        const refused = await app.request(path, { method: 'POST', headers });
        expect(refused.headers.get('x-request-id'), path).toMatch(/^req_[0-9A-Z]{26}$/);
        expect((await bodyOf(refused)).instance, path).toBe(refused.headers.get('x-request-id'));
      }
    },
  );

  it('is the same in the answer of a real service behind it', async () => {
    const service = createApp({
      name: 'issuance',
      title: 'Issuance',
      verify: async () => undefined,
      logger,
      clock: Date.now,
      notReady: () => undefined,
    });
    const ids: (string | null)[] = [];
    const { app } = gatewayOver({
      issuance: async (request) => {
        ids.push(request.headers.get('x-request-id'));
        return service.fetch(request);
      },
    });
    const response = await app.request('/v1/campaigns');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(ids).toEqual([response.headers.get('x-request-id')]);
  });
});

describe('over a socket', () => {
  const open: Served[] = [];
  afterEach(() => Promise.all(open.splice(0).map((served) => served.close(0))));
  const serve = async (upstreams: Partial<Record<UpstreamName, Upstream>> = {}) => {
    const { app, seen } = gatewayOver(upstreams);
    const served = await listen((request) => app.fetch(request), { port: 0 });
    open.push(served);
    return { url: served.url, seen };
  };

  it('refuses a body that is too large before any service hears of it, whether or not its length is said', async () => {
    const { url, seen } = await serve();
    const text = 'x'.repeat(256 * 1024 + 1);
    for (const body of [text, new Blob([text]).stream()]) {
      const response = await fetch(`${url}/v1/checkout/hold`, { method: 'POST', body, duplex: 'half' });
      expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
      expect(await bodyOf(response)).toMatchObject({ type: 'urn:fcode:problem:body_too_large' });
    }
    expect(seen).toEqual([]);
  });

  it('hands on a body of just the size, and a new request id, in one process', async () => {
    const { url } = await serve({
      redemption: async (request) =>
        Response.json({ bytes: (await request.text()).length, id: request.headers.get('x-request-id') }),
    });
    const text = 'x'.repeat(256 * 1024);
    for (const body of [text, new Blob([text]).stream()]) {
      const response = await fetch(`${url}/v1/checkout/hold`, { method: 'POST', body, duplex: 'half' });
      expect(await bodyOf(response)).toEqual({ bytes: text.length, id: expect.stringMatching(/^req_/) });
    }
  });

  it('passes on a long answer piece by piece, as it comes', async () => {
    let send = (_: string | undefined) => {};
    const { url } = await serve({
      issuance: () =>
        new Response(
          new ReadableStream<Uint8Array>({
            start: (stream) => {
              send = (piece) =>
                piece === undefined ? stream.close() : stream.enqueue(new TextEncoder().encode(piece));
              send('code\r\n');
            },
          }),
          { headers: { 'content-type': 'text/csv' } },
        ),
    });
    const response = await fetch(`${url}/v1/campaigns/cmp_1/batches/1/codes.csv`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    // The next piece is made only after this one has arrived, so a gateway that buffers would never end.
    expect((await reader?.read())?.value).toBe('code\r\n');
    for (const piece of ['one\r\n', 'two\r\n']) {
      send(piece);
      expect((await reader?.read())?.value).toBe(piece);
    }
    send(undefined);
    expect((await reader?.read())?.done).toBe(true);
  });
});
