import { randomUUID } from 'node:crypto';
import { type Role, roles, signToken } from '@fcode/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishDrop } from '../support/drop.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';

interface Operation {
  'x-roles'?: Role[];
  'x-public'?: boolean;
  requestBody?: { content: Record<string, { schema: unknown }> };
  parameters?: { name: string; in: string; required?: boolean }[];
}

interface Good {
  path?: string;
  headers?: Record<string, string>;
  body?: Record<string, unknown>;
  csv?: string;
}

/** A good request for every route; the document below tells when one is missing here. */
const good = (campaignId: string): Record<string, Good> => {
  const take = {
    code: '0000-0000-0000-0000',
    orderId: 'o1',
    sku: 'PHONE-1',
    buyer: { memberId: 'm_1' },
    price: { amount: 100, currency: 'EUR' },
    shopper: { id: 's1', network: '203.0.113.7' },
  };
  const { price: _, shopper: _shopper, ...given } = take;
  const redemption = { redemptionId: 'rdm_1_1_1', orderId: 'o1' };
  const hold = { holdId: 'hold_1_1_1', orderId: 'o1' };
  const reason = { reason: 'because' };
  const campaign = `/v1/campaigns/${campaignId}`;
  const grantId = 'gr_01J8Z0K7Q2W3E4R5T6Y7V8B9NA';
  const definition = {
    name: 'Drop',
    skus: ['PHONE-1'],
    startsAt: '2026-01-01T00:00:00.000Z',
    endsAt: '2027-01-01T00:00:00.000Z',
    quota: 10,
    allotment: { fan: 1 },
    buyerLimit: 1,
    holdSeconds: 60,
  };
  return {
    'POST /v1/checkout/check': { body: take },
    'POST /v1/checkout/hold': { body: take },
    'POST /v1/checkout/redeem': { body: take },
    'POST /v1/checkout/confirm': { body: hold },
    'POST /v1/checkout/release': { body: { ...hold, ...reason } },
    'POST /v1/checkout/extend': { body: hold },
    'POST /v1/checkout/cancel': { body: { ...redemption, ...reason } },
    'POST /v1/checkout/return': { body: { ...redemption, returnId: 'r1', refunded: 1, paid: 2, currency: 'EUR' } },
    'POST /v1/checkout/reissue': { body: { ...given, holdId: 'hold_1_1_1', shop: 'shop_1', ...reason } },
    'POST /v1/checkout/codes/revoke': { body: { code: '1.1', ...reason } },
    'POST /v1/checkout/members/{memberId}/revoke': { path: '/v1/checkout/members/m_1/revoke', body: reason },
    'GET /v1/checkout/names/{name}': { path: '/v1/checkout/names/SPRING-2026' },
    'POST /v1/checkout/batches/{batch}/revoke': { path: '/v1/checkout/batches/999999/revoke', body: reason },
    'POST /v1/checkout/campaigns/{campaignId}/pause': {
      path: `/v1/checkout/campaigns/${campaignId}/pause`,
      body: reason,
    },
    'POST /v1/checkout/campaigns/{campaignId}/resume': {
      path: `/v1/checkout/campaigns/${campaignId}/resume`,
      body: reason,
    },
    'POST /v1/checkout/campaigns/{campaignId}/kill': { path: '/v1/checkout/campaigns/cmp_none/kill', body: reason },
    'POST /v1/me/transfers': { body: { code: '0000-0000-0000-0000' } },
    'GET /v1/me/transfers': {},
    'POST /v1/me/transfers/{transferId}/withdraw': { path: '/v1/me/transfers/tr_1_1_1/withdraw', body: {} },
    'POST /v1/transfers/look': { body: { token: 'tr_1_1_1.x' } },
    'POST /v1/transfers/accept': { body: { token: 'tr_1_1_1.x' } },
    'GET /v1/lost-holds': {},
    'GET /v1/canary-touches': {},
    'GET /v1/audit': {},
    'GET /v1/audit.csv': {},
    'POST /v1/campaigns': { body: definition },
    'POST /v1/campaigns/preview': {
      body: { allotment: { fan: 1 }, regions: ['DE'], at: '2026-12-01T00:00:00.000Z' },
    },
    'GET /v1/campaigns': {},
    'GET /v1/campaigns/{campaignId}': { path: campaign },
    'PUT /v1/campaigns/{campaignId}': { path: campaign, headers: { 'if-match': '"1"' }, body: definition },
    'POST /v1/campaigns/{campaignId}/publish': { path: `${campaign}/publish`, body: {} },
    'POST /v1/campaigns/{campaignId}/duplicate': {
      path: `${campaign}/duplicate`,
      body: { startsAt: '2027-01-01T00:00:00.000Z', endsAt: '2027-01-02T00:00:00.000Z' },
    },
    'POST /v1/campaigns/{campaignId}/prepare': {
      path: `${campaign}/prepare`,
      body: { claimsPerSecond: 100, ordersPerSecond: 50 },
    },
    'POST /v1/campaigns/{campaignId}/pause': { path: `${campaign}/pause`, body: reason },
    'POST /v1/campaigns/{campaignId}/resume': { path: `${campaign}/resume`, body: reason },
    'POST /v1/campaigns/{campaignId}/close': { path: `${campaign}/close`, body: reason },
    'GET /v1/campaigns/{campaignId}/batches': { path: `${campaign}/batches` },
    'POST /v1/campaigns/{campaignId}/grants': {
      path: `${campaign}/grants`,
      body: { to: { bearer: 1, canaries: 0 }, ...reason, reference: 'r1' },
    },
    'POST /v1/campaigns/{campaignId}/grants/csv': {
      path: `${campaign}/grants/csv?reason=because&reference=r2`,
      csv: 'm_1,1',
    },
    'GET /v1/campaigns/{campaignId}/grants': { path: `${campaign}/grants` },
    'GET /v1/grants': { path: '/v1/grants?status=waiting' },
    'GET /v1/campaigns/{campaignId}/grants/{grantId}': { path: `${campaign}/grants/${grantId}` },
    'GET /v1/campaigns/{campaignId}/grants/{grantId}/rows': { path: `${campaign}/grants/${grantId}/rows` },
    'POST /v1/campaigns/{campaignId}/grants/{grantId}/approve': {
      path: `${campaign}/grants/${grantId}/approve`,
      body: {},
    },
    'POST /v1/campaigns/{campaignId}/grants/{grantId}/cancel': {
      path: `${campaign}/grants/${grantId}/cancel`,
      body: reason,
    },
    'GET /v1/campaigns/{campaignId}/batches/{batch}/canaries': { path: `${campaign}/batches/1/canaries` },
    'GET /v1/campaigns/{campaignId}/batches/{batch}/codes.csv': { path: `${campaign}/batches/1/codes.csv` },
    'GET /v1/campaigns/{campaignId}/allotment': { path: `${campaign}/allotment` },
    'GET /v1/campaigns/{campaignId}/allotments/{memberId}': { path: `${campaign}/allotments/m_1` },
    'POST /v1/campaigns/{campaignId}/claims': { path: `${campaign}/claims`, body: {} },
    'GET /v1/campaigns/{campaignId}/waitlist': { path: `${campaign}/waitlist` },
    'POST /v1/campaigns/{campaignId}/waitlist': { path: `${campaign}/waitlist`, body: {} },
    'POST /v1/campaigns/{campaignId}/waitlist/leave': { path: `${campaign}/waitlist/leave`, body: {} },
    'POST /v1/campaigns/{campaignId}/waitlist/take': { path: `${campaign}/waitlist/take`, body: {} },
    'GET /v1/campaigns/{campaignId}/waitlist/line': { path: `${campaign}/waitlist/line` },
    'POST /v1/campaigns/{campaignId}/waitlist/places': {
      path: `${campaign}/waitlist/places`,
      body: { places: 1, ...reason },
    },
    'POST /v1/contributions': {
      body: {
        contributions: [
          { memberId: 'm_1', source: 'forum', ref: '1', kind: 'fix', occurredAt: '2026-01-01T00:00:00+09:00' },
        ],
      },
    },
    'GET /v1/policy': {},
    'POST /v1/policy/cutoffs': { body: {} },
    'GET /v1/me/codes': {},
    'POST /v1/me/links': { body: { campaignId, channel: 'forum', signedAs: 'Mia' } },
    'GET /v1/me/links': {},
    'GET /v1/me/referrals': {},
    'GET /v1/me/shares': { path: `/v1/me/shares?campaignId=${campaignId}` },
    'GET /v1/funnels/{campaignId}': { path: `/v1/funnels/${campaignId}` },
    'GET /i/{linkId}': { path: '/i/k7m2x9q4w8ra' },
    'GET /v1/invites/{linkId}': { path: '/v1/invites/k7m2x9q4w8ra' },
    'POST /v1/referrals/{referralId}/reversal': { path: `/v1/referrals/ref_${'a'.repeat(22)}/reversal`, body: reason },
    'GET /v1/me/standing': {},
    'POST /v1/me/purchases': { body: { campaignId } },
    'GET /v1/me/purchases': {},
    'GET /v1/me/purchases/{purchaseId}': { path: `/v1/me/purchases/pur_${'0'.repeat(22)}` },
    'GET /v1/members/{memberId}/standing': { path: '/v1/members/m_1/standing' },
    'POST /v1/badges/{badge}/awards': {
      path: '/v1/badges/tester/awards',
      body: { members: ['m_1'], ...reason, reference: 'r1' },
    },
    'POST /v1/badges/{badge}/withdrawals': {
      path: '/v1/badges/tester/withdrawals',
      body: { members: ['m_1'], ...reason, reference: 'r1' },
    },
    'PUT /v1/members/{memberId}/pins': { path: '/v1/members/m_1/pins', body: { pins: ['core'], ...reason } },
    'POST /v1/codes/history': { body: { code: '1.0' } },
    'GET /v1/codes/{code}/history': { path: '/v1/codes/1.0/history' },
    'GET /v1/orders/{orderId}/history': { path: '/v1/orders/1001/history' },
    'GET /v1/members/{memberId}/history': { path: '/v1/members/m_1/history' },
  };
};

/** Values that no field of ours takes, by the type of the good one. */
const badValues = (value: unknown): unknown[] => {
  const wrongType = [null, { x: 1 }];
  if (typeof value === 'number') return [...wrongType, '1', -1, 1.5, 1e15, Number.MAX_SAFE_INTEGER];
  if (typeof value === 'string') return [...wrongType, 7, '', 'x'.repeat(100_000), 'half a pair \ud800'];
  if (Array.isArray(value)) return [...wrongType, 'x', Array.from({ length: 2000 }, () => value[0])];
  return [null, 'x', 7, [1]];
};

/** Every way to put one bad value, or one unknown field, into a good body. */
const spoilt = (body: Record<string, unknown>): { what: string; body: unknown }[] => [
  { what: 'an unknown field', body: { ...body, surprise: 1 } },
  { what: 'no object', body: [body] },
  { what: 'null', body: null },
  ...Object.entries(body).flatMap(([field, value]) => [
    ...badValues(value).map((bad) => ({
      what: `${field}: ${JSON.stringify(bad).slice(0, 30)}`,
      body: { ...body, [field]: bad },
    })),
    ...(value !== null && typeof value === 'object' && !Array.isArray(value)
      ? spoilt(value as Record<string, unknown>).map((inner) => ({
          what: `${field}.${inner.what}`,
          body: { ...body, [field]: inner.body },
        }))
      : []),
  ]),
];

let system: Embedded;
let url: string;
let campaignId: string;
let operations: [string, Operation][];
const tokens = {} as Record<Role, string>;

beforeAll(async () => {
  system = await startEmbedded();
  url = system.url;
  for (const role of roles) tokens[role] = await system.token(role, `${role}_1`);
  campaignId = await publishDrop(await system.as('ops', 'ops_1'), url);
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
});
afterAll(() => system.stop());

const ask = async (
  name: string,
  init: { token?: string | undefined; body?: string | undefined; type?: string | null; path?: string },
) => {
  const [method, path] = name.split(' ') as [string, string];
  const { csv, headers } = good(campaignId)[name] ?? {};
  const body = init.body ?? csv;
  const response = await fetch(`${url}${init.path ?? good(campaignId)[name]?.path ?? path}`, {
    method,
    headers: {
      'idempotency-key': randomUUID(),
      ...headers,
      ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
      ...(body !== undefined && init.type !== null
        ? { 'content-type': init.type ?? (csv === undefined ? 'application/json' : 'text/csv') }
        : {}),
    },
    // A Blob without a type is the way to send a body without a content type.
    ...(body === undefined ? {} : { body: init.type === null ? new Blob([body]) : body }),
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const problem = isProblem ? (JSON.parse(text) as { type: string; status: number; title: string }) : undefined;
  if (problem) expect(problem.status).toBe(response.status);
  return `${response.status} ${problem?.type.replace('urn:fcode:problem:', '') ?? 'no problem'}`;
};
const tokenOf = (operation: Operation): string => tokens[operation['x-roles']?.[0] as Role];

describe('every route', () => {
  it('stands in the table of good requests above, and says who may call it, if not anybody', () => {
    expect(Object.keys(good('x')).sort()).toEqual(operations.map(([name]) => name).sort());
    const unsaid = operations.filter(([, operation]) => !operation['x-roles']?.length && !operation['x-public']);
    expect(unsaid).toEqual([]);
    const open = operations.filter(([, operation]) => operation['x-public']).map(([name]) => name);
    expect(open.sort()).toEqual(['GET /i/{linkId}', 'GET /v1/invites/{linkId}', 'POST /v1/transfers/look']);
  });

  it('takes its good request past every check of form', async () => {
    for (const [name, operation] of operations) {
      const body = good(campaignId)[name]?.body;
      const answer = await ask(name, { token: tokenOf(operation), body: body && JSON.stringify(body) });
      expect(answer, name).not.toMatch(/^(400|401|403|405|413|415|422|500)/);
      if (name.endsWith('/close')) campaignId = await publishDrop(await system.as('ops', 'ops_1'), url);
    }
  });

  it('refuses no token, a token that is none, one that is over or of another system, and a wrong role', async () => {
    const foreign = await signToken('x'.repeat(40), { subject: 'ops_1', roles: [...roles] });
    for (const [name, operation] of operations) {
      if (operation['x-public']) continue;
      const body = good(campaignId)[name]?.body;
      const sent = { body: body && JSON.stringify(body) };
      const over = await system.token(operation['x-roles']?.[0] as Role, 'late', '-1s');
      expect(await ask(name, { ...sent, token: over }), name).toBe('401 unauthenticated');
      expect(await ask(name, { ...sent, token: foreign }), name).toBe('401 unauthenticated');
      expect(await ask(name, sent), name).toBe('401 unauthenticated');
      expect(await ask(name, { ...sent, token: 'nonsense' }), name).toBe('401 unauthenticated');
      expect(await ask(name, { ...sent, token: `${tokenOf(operation)}x` }), name).toBe('401 unauthenticated');
      for (const role of roles.filter((other) => !operation['x-roles']?.includes(other))) {
        expect(await ask(name, { ...sent, token: tokens[role] }), `${name} as ${role}`).toBe('403 forbidden');
      }
    }
  });

  it('refuses what is not JSON, is of another type or of none, or is too large', async () => {
    for (const [name, operation] of operations) {
      const body = good(campaignId)[name]?.body;
      if (!body) continue;
      const token = tokenOf(operation);
      for (const malformed of ['', '{', '{"a":', 'hello', '{"a":1}}']) {
        expect(await ask(name, { token, body: malformed }), `${name} ${malformed}`).toMatch(/^400 malformed_json/);
      }
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', null]) {
        expect(await ask(name, { token, body: JSON.stringify(body), type }), `${name} ${type}`).toBe(
          '415 unsupported_media_type',
        );
      }
      const oversize = JSON.stringify({ ...body, more: 'x'.repeat(300 * 1024) });
      expect(await ask(name, { token, body: oversize }), name).toBe('413 body_too_large');
    }
  });

  it('refuses unknown fields and values that are out of range or of another type', async () => {
    let asked = 0;
    for (const [name, operation] of operations) {
      const body = good(campaignId)[name]?.body;
      if (!body) continue;
      for (const bad of spoilt(body)) {
        asked += 1;
        expect(
          await ask(name, { token: tokenOf(operation), body: JSON.stringify(bad.body) }),
          `${name} ${bad.what}`,
        ).toBe('422 invalid_request');
      }
    }
    expect(asked).toBeGreaterThan(200);
  });

  it('refuses bad parameters in paths and queries', async () => {
    for (const [name, operation] of operations) {
      const token = tokenOf(operation);
      const body = good(campaignId)[name]?.body;
      const sent = { token, body: body && JSON.stringify(body) };
      const address = new URL(good(campaignId)[name]?.path ?? (name.split(' ')[1] as string), url);
      const withQuery = (parameter: string, value: string) => {
        const changed = new URL(address);
        changed.searchParams.set(parameter, value);
        return `${changed.pathname}${changed.search}`;
      };
      for (const { name: parameter, in: place } of operation.parameters ?? []) {
        if (place === 'query') {
          const values = parameter === 'limit' ? ['0', '-1', '1000', 'x', '1.5'] : ['', 'x'.repeat(300)];
          for (const value of values) {
            expect(
              await ask(name, { ...sent, path: withQuery(parameter, value) }),
              `${name} ${parameter}=${value}`,
            ).toBe('422 invalid_request');
          }
          expect(await ask(name, { ...sent, path: withQuery('surprise', '1') }), name).toBe('422 invalid_request');
        }
        if (place === 'path') {
          const template = name.split(' ')[1] as string;
          const filled = template
            .replace(`{${parameter}}`, `%20${'x'.repeat(300)}`)
            .replace('{campaignId}', campaignId)
            .replace('{batch}', '1')
            .replace('{memberId}', 'm_1');
          expect(await ask(name, { ...sent, path: filled }), `${name} ${parameter}`).toBe('422 invalid_request');
        }
      }
    }
  });

  it('refuses a missing Idempotency-Key where only the caller can tell a retry, and one that is too long everywhere', async () => {
    const withKey = operations.filter(([, { parameters }]) =>
      parameters?.some(({ name }) => name.toLowerCase() === 'idempotency-key'),
    );
    expect(withKey.length).toBeGreaterThan(5);
    for (const [name, operation] of withKey) {
      const [method, path] = name.split(' ') as [string, string];
      const required = operation.parameters?.some(
        ({ name: header, required: must }) => header.toLowerCase() === 'idempotency-key' && must,
      );
      const { path: filled = path, body, headers: others } = good(campaignId)[name] ?? {};
      const send = async (headers: Record<string, string>) => {
        const response = await fetch(`${url}${filled}`, {
          method,
          headers: {
            authorization: `Bearer ${tokenOf(operation)}`,
            'content-type': 'application/json',
            ...others,
            ...headers,
          },
          body: JSON.stringify(body),
        });
        return response.status;
      };
      if (required) expect(await send({}), name).toBe(422);
      expect(await send({ 'idempotency-key': 'x'.repeat(300) }), name).toBe(422);
    }
  });

  it('answers a wrong method by 405 and says which it takes', async () => {
    const response = await fetch(`${url}/v1/checkout/hold`, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const param = await fetch(`${url}/v1/members/m_1/pins`, { method: 'POST' });
    expect([param.status, param.headers.get('allow')]).toEqual([405, 'PUT']);
  });
});
