import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@fcode/http';
import { afterAll, describe, expect, it } from 'vitest';
import { createGateway, type Upstream, type UpstreamName, upstreamNames } from './app.ts';
import type { DemoSignIn } from './sign-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'fcode-pages-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>F-code</title>');
writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
writeFileSync(join(folder, 'secret.txt'), 'hush');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const upstreams = Object.fromEntries(
  upstreamNames.map((name): [UpstreamName, Upstream] => [name, () => Response.json({ name }, { status: 404 })]),
) as Record<UpstreamName, Upstream>;
const logger = createLogger('gateway', 'silent');
const signedIn = { token: 't', subject: 'm_mia', roles: ['member'], expiresAt: '2026-12-01T00:00:00.000Z' };
const demoOf = (isOpen: boolean): DemoSignIn => ({
  personas: [{ subject: 'm_mia', name: { en: 'Mia', zh: '米娅' }, roles: ['member'], tier: 'angel' }],
  ops: [{ subject: 'ops_olga', name: { en: 'Olga', zh: '欧佳' }, roles: ['ops'] }],
  shop: 'shop_demo',
  isOpen: () => isOpen,
  signIn: async (subject) => (subject === 'm_mia' ? signedIn : undefined),
});
const gateway = (demo = demoOf(true), pages = folder) => createGateway({ upstreams, logger, pages, demo }).app;
const html = { headers: { accept: 'text/html' } };

describe('the pages', () => {
  it.each(['/', '/shop', '/fan', '/accept', '/friend?invite=k7m2x9q4w8ra', '/ops', '/ops/campaigns/new'])(
    'are served at %s, and may load nothing of others',
    async (path) => {
      const answer = await gateway().request(path, html);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('F-code')]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    },
  );

  it('keep assets for good, and show nothing beside them', async () => {
    const asset = await gateway().request('/assets/app-1a2b.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
    for (const path of ['/secret.txt', '/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/index.html']) {
      expect((await gateway().request(path)).status, path).toBe(404);
    }
  });

  it('say themselves that there is no such page; a program is told as a problem, and so is anybody below /v1', async () => {
    const page = await gateway().request('/nowhere', html);
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect((await gateway().request('/nowhere')).headers.get('content-type')).toBe('application/problem+json');
    expect((await gateway().request('/v1/nothing', html)).headers.get('content-type')).toBe('application/problem+json');
  });

  it('are not there while they are not built: `/` says where to find what', async () => {
    const answer = await gateway(demoOf(true), join(folder, 'nowhere')).request('/', html);
    expect(await answer.json()).toMatchObject({ document: '/openapi.json' });
  });
});

describe('local sign-in', () => {
  const post = (body: string, { host = '127.0.0.1', type = 'application/json', demo = demoOf(true) } = {}) =>
    gateway(demo).request(`http://${host}/demo/sign-in`, { method: 'POST', headers: { 'content-type': type }, body });

  it('lets a visitor of this machine be anybody of the demo, and nobody else', async () => {
    expect(await (await gateway().request('http://localhost/demo/personas')).json()).toMatchObject({
      ops: [{ subject: 'ops_olga', name: { en: 'Olga', zh: '欧佳' }, roles: ['ops'] }],
      shop: 'shop_demo',
    });
    const answer = await post('{"subject":"m_mia"}');
    expect([await answer.json(), answer.headers.get('cache-control')]).toEqual([signedIn, 'no-store']);
    for (const body of ['{"subject":"ops_demo"}', '{"subject":7}', '{}', '[]', 'null', '{"subject":"m_mia","x":1}']) {
      expect((await post(body)).status, body).toBe(422);
    }
    expect((await post('{"subject"')).status).toBe(400);
    expect((await post('{"subject":"m_mia"}', { type: 'text/plain' })).status).toBe(415);
  });

  it('is not there under another name, which another site may have made lead here', async () => {
    for (const host of ['evil.example', '10.0.0.7', '127.0.0.1.evil.example']) {
      expect((await post('{"subject":"m_mia"}', { host })).status, host).toBe(404);
      expect((await gateway().request(`http://${host}/demo/personas`)).status, host).toBe(404);
    }
  });

  it('is not there where no demo was loaded', async () => {
    expect((await post('{"subject":"m_mia"}', { demo: demoOf(false) })).status).toBe(404);
    expect((await gateway(demoOf(false)).request('http://localhost/demo/personas')).status).toBe(404);
  });
});
