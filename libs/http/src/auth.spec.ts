import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unavailable } from '@fcode/policy';
import { createRoute, z } from '@hono/zod-openapi';
import { exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp, jsonAnswer, only, problems } from './app.ts';
import { audience, issuer, jwksVerifier, secretVerifier, signToken } from './auth.ts';
import { createLogger } from './logger.ts';

const secret = 'a secret of this test, and long enough';
const mia = { subject: 'm_mia', roles: ['member' as const] };
const seconds = () => Math.floor(Date.now() / 1000);

/** A good token's claims; what a test says replaces them, `undefined` leaves one out. */
const claimsWith = (other: Record<string, unknown> = {}): Record<string, unknown> => {
  const claims = { sub: 'm_mia', roles: ['member'], iss: issuer, aud: audience, exp: seconds() + 60, ...other };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
};
const signedWith = (by: string, other: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(claimsWith(other)).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(by));
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of a shared secret', () => {
  const verify = secretVerifier(secret);

  it('is taken while it is good, and says who calls', async () => {
    expect(await verify(await signedWith(secret))).toEqual(mia);
    expect(await verify(await signToken(secret, mia))).toEqual(mia);
  });

  it('may carry several roles', async () => {
    const both = { subject: 'x', roles: ['checkout' as const, 'ops' as const] };
    expect(await verify(await signToken(secret, both))).toEqual(both);
  });

  it('may carry roles of others, which give no right here and take none', async () => {
    const rolesOf = async (roles: string[]) => (await verify(await signedWith(secret, { roles })))?.roles;
    expect(await rolesOf(['root', 'member', 'MEMBER', '__proto__'])).toEqual(['member']);
    expect(await rolesOf(['root'])).toEqual([]);
    expect(await rolesOf([])).toEqual([]);
  });

  it.each(['m_mia', '7', 'auth0|5f7c', 'mia@example.com', 'a+b/c.d:e-f', 'x'.repeat(128)])(
    'says who calls as the identity provider does: %s',
    async (sub) => {
      expect(await verify(await signedWith(secret, { sub }))).toEqual({ ...mia, subject: sub });
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ['is over', { exp: seconds() - 1 }],
    ['has not begun', { nbf: seconds() + 60 }],
    ['never ends', { exp: undefined }],
    ['has an end that is no number', { exp: 'tomorrow' }],
    ['has another issuer', { iss: 'elsewhere' }],
    ['has no issuer', { iss: undefined }],
    ['is for another audience', { aud: 'elsewhere' }],
    ['is for nobody', { aud: undefined }],
    ['has no roles', { roles: undefined }],
    ['has roles that are no list', { roles: 'member' }],
    ['has roles that are no words', { roles: ['member', 7] }],
    ['is of nobody', { sub: undefined }],
    ['is of an empty subject', { sub: '' }],
    ['is of a subject that a spreadsheet takes for a formula', { sub: '=1+1' }],
    ['is of a subject with spaces', { sub: 'm mia' }],
    ['is of a subject of two lines', { sub: 'm_mia\n' }],
    ['is of a subject that is too long', { sub: 'x'.repeat(129) }],
  ])('is refused when it %s', async (_, other) => {
    expect(await verify(await signedWith(secret, other))).toBeUndefined();
  });

  it('has the roles of ours that it carries, and no others: what else a provider puts there gives no right', async () => {
    const rolesOf = async (roles: string[]) => (await verify(await signedWith(secret, { roles })))?.roles;
    expect(await rolesOf(['member', 'root', 'offline_access'])).toEqual(['member']);
    expect(await rolesOf(['root'])).toEqual([]);
    expect(await rolesOf([])).toEqual([]);
  });

  it.each(['=cmd', '-x', ' m_1', 'm 1', 'm\ud800', 'a#b'])('is refused when its subject is no id: %j', async (sub) => {
    expect(await verify(await signedWith(secret, { sub }))).toBeUndefined();
  });

  it('is refused when another secret signed it, or nobody did', async () => {
    expect(await verify(await signedWith(`${secret}!`))).toBeUndefined();
    const [header, body, signature] = (await signedWith(secret)).split('.');
    expect(await verify(`${part({ alg: 'none' })}.${body}.`)).toBeUndefined();
    expect(await verify(`${part({ alg: 'none' })}.${body}.${signature}`)).toBeUndefined();
    expect(await verify(`${header}.${part(claimsWith({ roles: ['ops'] }))}.${signature}`)).toBeUndefined();
  });

  it.each(['', '.', '..', 'nonsense', 'a.b.c', `${part({ alg: 'HS256' })}.${part({})}.`, 'é.é.é'])(
    'is refused when it is none: "%s"',
    async (token) => {
      expect(await verify(token)).toBeUndefined();
    },
  );

  it('ends when it says', async () => {
    const token = await signToken(secret, mia, '2s');
    expect(await verify(token)).toEqual(mia);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3000 });
    try {
      expect(await verify(token)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('needs a secret of 32 bytes', () => {
    const least = 'x'.repeat(32);
    expect(secretVerifier(least)).toBeTypeOf('function');
    expect(() => secretVerifier(least.slice(1))).toThrow('at least 32 bytes');
    expect(() => signToken(least.slice(1), mia)).toThrow('at least 32 bytes');
  });
});

describe('a token of an identity provider', () => {
  const expected = { issuer: 'https://id.example.com', audience: 'fcode' };
  let rsa: GenerateKeyPairResult;
  let ec: GenerateKeyPairResult;
  let newer: GenerateKeyPairResult;
  let server: Server;
  let url: string;
  let asked: number;
  let published: JWK[];
  /** What the provider answers instead of its keys. */
  let trouble: { status: number; body: string } | undefined;

  const jwkOf = async ({ publicKey }: GenerateKeyPairResult, kid: string, alg: string) => ({
    ...(await exportJWK(publicKey)),
    kid,
    alg,
    use: 'sig',
  });
  const sign = ({ privateKey }: GenerateKeyPairResult, kid: string, alg: string, other: Record<string, unknown> = {}) =>
    new SignJWT(claimsWith({ iss: expected.issuer, ...other })).setProtectedHeader({ alg, kid }).sign(privateKey);

  beforeAll(async () => {
    [rsa, ec, newer] = await Promise.all([
      generateKeyPair('RS256', { extractable: true }),
      generateKeyPair('ES256', { extractable: true }),
      generateKeyPair('ES256', { extractable: true }),
    ]);
  });
  beforeEach(async () => {
    asked = 0;
    trouble = undefined;
    published = [await jwkOf(rsa, 'rsa-1', 'RS256'), await jwkOf(ec, 'ec-1', 'ES256')];
    server = createServer((_, answer) => {
      asked += 1;
      answer.writeHead(trouble?.status ?? 200, { 'content-type': 'application/json', connection: 'close' });
      answer.end(trouble?.body ?? JSON.stringify({ keys: published }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  const close = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  afterEach(async () => {
    vi.useRealTimers();
    await close();
  });
  afterAll(() => vi.useRealTimers());

  it('is taken when a published key signed it, and the keys are asked for once', async () => {
    const verify = jwksVerifier(url, expected);
    expect(await verify(await sign(rsa, 'rsa-1', 'RS256'))).toEqual(mia);
    expect(await verify(await sign(ec, 'ec-1', 'ES256'))).toEqual(mia);
    expect(asked).toBe(1);
  });

  it('is refused by the same checks of claims', async () => {
    const verify = jwksVerifier(url, expected);
    for (const other of [{ iss: issuer }, { aud: 'other' }, { exp: seconds() - 1 }, { exp: undefined }, { sub: '' }]) {
      expect(await verify(await sign(ec, 'ec-1', 'ES256', other)), JSON.stringify(other)).toBeUndefined();
    }
  });

  it('is refused when it is signed by HMAC with the public key as the secret, or not at all', async () => {
    const verify = jwksVerifier(url, expected);
    const claims = claimsWith({ iss: expected.issuer, roles: ['ops'] });
    const secrets = [
      await exportSPKI(rsa.publicKey),
      (await exportJWK(rsa.publicKey)).n as string,
      JSON.stringify(published[0]),
    ];
    for (const shared of secrets) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'rsa-1' })
        .sign(new TextEncoder().encode(shared));
      expect(await verify(forged)).toBeUndefined();
    }
    expect(await verify(`${part({ alg: 'none', kid: 'rsa-1' })}.${part(claims)}.`)).toBeUndefined();
  });

  it('is refused when its key is not published, or another key bears its name, or it brings its key along', async () => {
    const verify = jwksVerifier(url, expected);
    expect(await verify(await sign(newer, 'ec-2', 'ES256'))).toBeUndefined();
    expect(await verify(await sign(newer, 'ec-1', 'ES256'))).toBeUndefined();
    const jwk = await exportJWK(newer.publicKey);
    const brought = await new SignJWT(claimsWith({ iss: expected.issuer }))
      .setProtectedHeader({ alg: 'ES256', kid: 'ec-1', jwk })
      .sign(newer.privateKey);
    expect(await verify(brought)).toBeUndefined();
  });

  it('does not let strangers make us ask for the keys again and again', async () => {
    const verify = jwksVerifier(url, expected);
    for (let round = 0; round < 5; round++)
      expect(await verify(await sign(newer, `made-up-${round}`, 'ES256'))).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('is taken when a new key signed it, half a minute after the key was published at the latest', async () => {
    const verify = jwksVerifier(url, expected);
    expect(await verify(await sign(ec, 'ec-1', 'ES256'))).toEqual(mia);
    published = [await jwkOf(newer, 'ec-2', 'ES256')];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
    expect(await verify(await sign(newer, 'ec-2', 'ES256'))).toEqual(mia);
    expect(asked).toBe(2);
    // The key that was withdrawn counts no more.
    expect(await verify(await sign(ec, 'ec-1', 'ES256'))).toBeUndefined();
  });

  it('is good for half a minute after its key was withdrawn, and no longer', async () => {
    const verify = jwksVerifier(url, expected);
    const token = await sign(ec, 'ec-1', 'ES256');
    expect(await verify(token)).toEqual(mia);
    published = [await jwkOf(newer, 'ec-2', 'ES256')];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29_000 });
    expect(await verify(token)).toEqual(mia);
    vi.setSystemTime(Date.now() + 2000);
    expect(await verify(await sign(newer, 'ec-2', 'ES256'))).toEqual(mia);
    expect(await verify(token)).toBeUndefined();
  });

  it('is still taken when the provider is away after its keys were read', async () => {
    const verify = jwksVerifier(url, expected);
    expect(await verify(await sign(ec, 'ec-1', 'ES256'))).toEqual(mia);
    await close();
    expect(await verify(await sign(ec, 'ec-1', 'ES256'))).toEqual(mia);
  });

  const answerTo = async (token: string) => {
    const app = createApp({
      name: 'toy',
      title: 'Toy',
      verify: jwksVerifier(url, expected),
      logger: createLogger('toy', 'silent'),
      clock: Date.now,
      notReady: () => undefined,
    });
    const route = createRoute({
      method: 'get',
      path: '/v1/toys',
      ...only('member'),
      responses: { 200: jsonAnswer(z.object({}), 'Toys'), ...problems() },
    });
    app.openapi(route, (c) => c.json({}, 200));
    const ask = async () => {
      const response = await app.request('/v1/toys', { headers: { authorization: `Bearer ${token}` } });
      const { type } = (await response.json()) as { type?: string };
      return [response.status, type?.replace('urn:fcode:problem:', ''), response.headers.get('retry-after')];
    };
    return ask;
  };

  it('is answered by 503, neither 401 nor 500, while nobody answers for the keys, and by 200 once they are back', async () => {
    const token = await sign(ec, 'ec-1', 'ES256');
    const { port } = server.address() as AddressInfo;
    await close();
    const ask = await answerTo(token);
    expect(await ask()).toEqual([503, 'unavailable', '1']);
    await expect(jwksVerifier(url, expected)(token)).rejects.toBeInstanceOf(Unavailable);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(await ask()).toEqual([200, undefined, null]);
  });

  it.each<[string, { status: number; body: string }]>([
    ['an error', { status: 500, body: '{}' }],
    ['a redirection', { status: 302, body: '{}' }],
    ['a page', { status: 200, body: '<html>Down for maintenance</html>' }],
    ['JSON that is no key set', { status: 200, body: '{"hello":"world"}' }],
  ])('is answered by 503 while the provider answers %s instead of keys', async (_, answer) => {
    trouble = answer;
    const ask = await answerTo(await sign(ec, 'ec-1', 'ES256'));
    expect(await ask()).toEqual([503, 'unavailable', '1']);
    trouble = undefined;
    expect(await ask()).toEqual([200, undefined, null]);
  });
});
