import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from '../support/system.ts';

const root = new URL('../../', import.meta.url).pathname;
let system: System;

beforeAll(async () => {
  system = await startSystem({ membership: true, insights: true, gateway: true });
});
afterAll(() => system.stop());

const start = (main: string, environment: Record<string, string>) =>
  spawnSync(process.execPath, [`${root}${main}`], {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });

describe("every service's real main.ts, on Node as it is", () => {
  it('boots, and is alive and ready', async () => {
    const { membership, insights, gateway, redemption, issuance, referral } = system;
    for (const running of [membership, insights, gateway, ...redemption, ...issuance, ...referral]) {
      expect((await fetch(`${running?.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${running?.url}/readyz`)).status).toBe(200);
    }
  });

  it('is reached through the gateway, path by path, and documented in one place', async () => {
    const url = system.gateway?.url as string;
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/checkout/hold',
        '/v1/campaigns',
        '/v1/members/{memberId}/pins',
        '/v1/codes/history',
        '/v1/codes/{code}/history',
      ]),
    );
    const ops = await system.as('ops', 'ops_1');
    expect((await ops(url, 'GET', '/v1/campaigns')).body).toEqual({ items: [] });
    expect((await ops(url, 'PUT', '/v1/members/m_1/pins', { pins: ['angel'], reason: 'test' })).status).toBe(200);
    expect((await ops(url, 'GET', '/v1/members/m_1/standing')).body).toMatchObject({ tier: 'angel' });
    expect((await ops(url, 'GET', '/v1/nothing')).word).toBe('not_found');
  });

  it('ends in order on SIGTERM', async () => {
    const extra = await system.add('redemption');
    expect(await extra.stop()).toBe(0);
  });

  // The other services read theirs by the same function as redemption; compose.spec.ts names what each needs.
  it.each(['redemption', 'gateway'])('says which variables %s misses, with an example, and no stack', (service) => {
    const { status, stderr } = start(`services/${service}/src/main.ts`, {});
    expect(status).toBe(1);
    expect(stderr).toMatch(/PORT is missing: the port to listen on. Example: PORT=8081/);
    expect(stderr).not.toMatch(/at .*\.ts:\d+/);
  });

  it('never repeats a secret that is not right', () => {
    const { stderr } = start('services/issuance/src/main.ts', {
      PORT: '8099',
      FCODE_EVENT_LOG: 'sqlite:/tmp/never-made/events.sqlite',
      FCODE_JWT_SECRET: 'hush-hush',
      FCODE_CODE_KEYS: '1:hush-hush',
    });
    expect(stderr).toContain('FCODE_JWT_SECRET is not right');
    expect(stderr).not.toContain('hush-hush');
  });

  it('answers while a service behind the gateway is away, and says which', async () => {
    const url = system.gateway?.url as string;
    await system.insights?.kill();
    expect(((await (await fetch(`${url}/readyz`)).json()) as { away: string[] }).away).toEqual(['insights']);
    const ops = await system.as('ops', 'ops_1');
    const answer = await ops(url, 'GET', '/v1/codes/1.0/history');
    expect([answer.status, answer.word, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    expect((await ops(url, 'GET', '/v1/campaigns')).status).toBe(200);
  });
});
