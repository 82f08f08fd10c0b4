import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { freePort, startEngine } from '@fcode/infra/engine';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { demoPolicy } from './demo.ts';
import { emptyFolder, enginesOn, killRunning, type Main, removeFolders, startMain } from './fixtures/folders.ts';

afterEach(killRunning);
afterAll(removeFolders);

const start = async (folder: string, args: string[] = []): Promise<Main & { url: string }> => {
  const port = await freePort();
  const main = startMain({ FCODE_DATA: folder, PORT: String(port) }, { args });
  await main.started;
  return { ...main, url: `http://127.0.0.1:${port}` };
};
/** The lines to paste, from the tokens on. */
const commandsOf = ({ stdout }: Main): string[] => {
  const lines = stdout().split('\n');
  return lines
    .slice(lines.findIndex((line) => line.startsWith('  export OPS=')))
    .filter((line) => line.startsWith('  '));
};
const tokenOf = (main: Main, name: string) => new RegExp(`export ${name}=(\\S+)`).exec(main.stdout())?.[1] as string;
/** Pastes them all into a plain shell; an answer a line. */
const paste = (main: Main): string[] => {
  const script = commandsOf(main);
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script.join('\n')], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n');
};
const get = async ({ url, ...main }: Main & { url: string }, name: string, path: string) => {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${tokenOf(main, name)}` } });
  return (await response.json()) as { items?: Record<string, unknown>[] } & Record<string, unknown>;
};
const historyOf = async ({ url, ...main }: Main & { url: string }, code: string): Promise<unknown> => {
  const headers = { authorization: `Bearer ${tokenOf(main, 'OPS')}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/codes/history`, { method: 'POST', headers, body: JSON.stringify({ code }) });
  return response.json();
};
const eventually = async (ask: () => Promise<boolean>): Promise<boolean> => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    if (await ask()) return true;
    await new Promise((again) => setTimeout(again, 20));
  }
  return false;
};

describe('npm start', () => {
  it('says where it answers, and what it prints works when it is pasted; SIGTERM ends it, and the next start has it all', async () => {
    const folder = join(emptyFolder(), 'made', 'by', 'itself');
    const first = await start(folder);
    expect(first.stdout()).toContain(`F-code answers at ${first.url}\n`);
    expect(first.stdout()).toContain(`${first.url}/openapi.json\n`);
    expect(first.stdout()).toContain(`Data           ${folder} `);
    expect((await fetch(`${first.url}/openapi.json`)).status).toBe(200);

    const policy = await get(first, 'MIA', '/v1/policy');
    expect(policy).toMatchObject({ version: demoPolicy.version, prices: demoPolicy.prices });
    const [allotment = '', code = '', redemption = '', history = ''] = paste(first);
    expect(JSON.parse(allotment)).toMatchObject({ allotted: 5, claimed: 0, tier: 'angel' });
    expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    expect(JSON.parse(redemption)).toMatchObject({ status: 'redeemed', orderId: '1001' });
    expect(JSON.parse(history)).not.toHaveProperty('title');
    const isKnown = async (at: typeof first) => JSON.stringify(await historyOf(at, code)).includes('redeemed');
    expect(await eventually(() => isKnown(first))).toBe(true);

    first.process.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(first.stderr()).toBe('');
    expect(enginesOn(folder)).toEqual([]);

    const second = await start(folder);
    expect((await get(second, 'OPS', '/v1/campaigns')).items).toHaveLength(1);
    expect((await get(second, 'MIA', '/v1/me/codes')).items).toMatchObject([{ code }]);
    // Where the demo is, points go on buying codes.
    expect(await get(second, 'MIA', '/v1/policy')).toMatchObject({ version: policy.version, prices: policy.prices });
    expect(await isKnown(second)).toBe(true);
    second.process.kill('SIGINT');
    expect(await second.exited).toBe(0);
  });

  it('leaves the demo out when it is asked to, and says how to begin', async () => {
    const main = await start(emptyFolder(), ['--empty']);
    expect(await get(main, 'OPS', '/v1/campaigns')).toEqual({ items: [] });
    expect(await get(main, 'MIA', '/v1/me/standing')).toMatchObject({ tier: 'fan' });
    expect(await get(main, 'MIA', '/v1/policy')).not.toHaveProperty('prices');
    const [campaignId = '', published = ''] = paste(main);
    expect(JSON.parse(published)).toMatchObject({ campaignId });
    expect(await get(main, 'OPS', `/v1/campaigns/${campaignId}`)).toMatchObject({ phase: 'open' });
  });

  it('leaves no engine behind when it is killed, and the next start has what was answered', async () => {
    const folder = emptyFolder();
    const first = await start(folder);
    const [, code = ''] = paste(first);
    expect(enginesOn(folder)).toHaveLength(1);
    first.process.kill('SIGKILL');
    await first.exited;
    expect(await eventually(async () => enginesOn(folder).length === 0)).toBe(true);
    const second = await start(folder);
    expect((await get(second, 'MIA', '/v1/me/codes')).items).toMatchObject([{ code }]);
    expect(await eventually(async () => JSON.stringify(await historyOf(second, code)).includes('redeemed'))).toBe(true);
  });

  it('ends, and says why, when its engine ends', async () => {
    const folder = emptyFolder();
    const main = await start(folder, ['--empty']);
    process.kill(enginesOn(folder)[0] as number, 'SIGKILL');
    expect(await main.exited).toBe(1);
    expect(main.stderr()).toContain('the store engine ended by itself');
    expect(main.stderr()).not.toMatch(/^\s+at /m);
  });
});

describe('a start that cannot be', () => {
  const failing = async (environment: Record<string, string>, options?: { main: string }) => {
    const main = startMain(environment, options);
    const code = await main.exited;
    expect([code, main.stdout()]).toEqual([1, '']);
    return main.stderr();
  };

  it('names the variable when PORT is none, and makes no folder', async () => {
    const folder = join(emptyFolder(), 'data');
    expect(await failing({ PORT: '65536', FCODE_DATA: folder })).toBe(
      'The environment is not complete:\n  PORT is not right: the port to listen on. Example: PORT=8080\n',
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('is one sentence when the port is taken, with nothing left running', async () => {
    const folder = emptyFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await failing({ PORT: String(port), FCODE_DATA: folder })).toBe(
      `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1}\n`,
    );
    taken.close();
    expect(enginesOn(folder)).toEqual([]);
  });

  it('names the platform and DYNAMODB_ENDPOINT when the engine was not installed, and that helps', async () => {
    const installed = installWithout('@dynoxide');
    const main = join(installed, 'infra/embedded/src/main.ts');
    const folder = emptyFolder();
    const port = String(await freePort());
    const stderr = await failing({ PORT: port, FCODE_DATA: folder }, { main });
    expect(stderr).toContain(`no binary for ${process.platform}-${process.arch}`);
    expect(stderr).toContain('DYNAMODB_ENDPOINT=http://127.0.0.1:8000');
    expect(stderr).not.toMatch(/^\s+at /m);

    const engine = await startEngine(join(emptyFolder(), 'store.sqlite'));
    const environment = { PORT: port, FCODE_DATA: folder, DYNAMODB_ENDPOINT: engine.endpoint };
    const helped = startMain(environment, { main, args: ['--empty'] });
    await helped.started;
    helped.process.kill('SIGTERM');
    expect(await helped.exited).toBe(0);
    await engine.stop();
  });
});

/** A copy of this repository as `npm ci` leaves it on a platform that has no package of that scope. */
const installWithout = (scope: string): string => {
  const root = resolve(import.meta.dirname, '../../..');
  const copy = emptyFolder();
  const isSource = (path: string) => !/\/(node_modules|\.turbo)(\/|$)/.test(path.slice(root.length));
  for (const part of ['libs', 'services', 'infra', 'package.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true, filter: isSource });
  }
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@fcode'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== scope && name !== '@fcode') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(root, 'node_modules/@fcode'))) {
    const link = join(root, 'node_modules/@fcode', name);
    const workspace = resolve(dirname(link), readlinkSync(link)).slice(root.length);
    symlinkSync(join(copy, workspace), join(modules, '@fcode', name));
  }
  return copy;
};
