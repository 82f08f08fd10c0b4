import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLogger, type Role } from '@fcode/http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDemoHalfLoaded, loadDemo } from './demo.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { emptyFolder, enginesOn, killRunning, removeFolders, startMain } from './fixtures/folders.ts';

const open: Embedded[] = [];
const start = async (folder: string, port = 0): Promise<Embedded> => {
  const system = await startEmbedded({ folder, port, logger: createLogger('fcode', 'silent') });
  open.push(system);
  return system;
};
afterEach(async () => {
  killRunning();
  for (const system of open.splice(0)) await system.stop();
});

const ask = async (
  { url, token }: Embedded,
  role: Role,
  method: string,
  path: string,
  body?: object,
  subject = `${role}_1`,
) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await token({ subject, roles: [role] })}`,
      'idempotency-key': randomUUID(),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, text, body: () => JSON.parse(text) as Record<string, unknown> };
};
const askTo = async (system: Embedded, method: string, path: string, body?: object, subject?: string) => {
  const answer = await ask(system, 'ops', method, path, body, subject);
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
};

interface Kept {
  campaignId: string;
  csv: string;
  code: string;
}
const csvOf = async (system: Embedded, campaignId: string, batch: number) =>
  (await askTo(system, 'GET', `/v1/campaigns/${campaignId}/batches/${batch}/codes.csv`)).text;
/** Somebody works with the system: a pin, a campaign, a grant of codes. */
const work = async (system: Embedded): Promise<Kept & { batch: number }> => {
  await askTo(system, 'PUT', '/v1/members/m_1/pins', { pins: ['angel'], reason: 'test' });
  const now = Date.now();
  const created = await askTo(system, 'POST', '/v1/campaigns', {
    name: 'Drop',
    skus: ['PHONE-1'],
    startsAt: new Date(now - 1000).toISOString(),
    endsAt: new Date(now + 86_400_000).toISOString(),
    quota: 10,
    allotment: { fan: 1 },
    buyerLimit: 0,
    holdSeconds: 60,
  });
  const campaignId = created.body().campaignId as string;
  await askTo(system, 'POST', `/v1/campaigns/${campaignId}/publish`, {});
  const grants = `/v1/campaigns/${campaignId}/grants`;
  const asked = await askTo(system, 'POST', grants, { to: { bearer: 3 }, reason: 'test', reference: 'T-1' });
  const grant = `${grants}/${String(asked.body().grantId)}`;
  await askTo(system, 'POST', `${grant}/approve`, {}, 'ops_2');
  const batch = (await askTo(system, 'GET', grant)).body().batch as number;
  const csv = await csvOf(system, campaignId, batch);
  return { campaignId, batch, csv, code: csv.split('\r\n')[1]?.split(',')[0] as string };
};

/** A folder in which somebody worked, and which was closed in order; tests take copies. */
let worked: string;
let kept: Awaited<ReturnType<typeof work>>;
let firstStart: boolean;
let secretsAtFirst: string;
beforeAll(async () => {
  worked = emptyFolder();
  const system = await start(worked);
  firstStart = system.isFirstStart;
  secretsAtFirst = readFileSync(join(worked, 'secrets.json'), 'utf8');
  kept = await work(system);
  await system.stop();
  open.splice(0);
}, 20_000);
afterAll(removeFolders);
const copyOfWorked = (): string => {
  const folder = emptyFolder();
  cpSync(worked, folder, { recursive: true });
  return folder;
};

describe('a second start on a folder', () => {
  it('is not a first one, and has everything: data, secrets, codes', async () => {
    const folder = copyOfWorked();
    const system = await start(folder);
    expect([firstStart, system.isFirstStart]).toEqual([true, false]);
    expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).toBe(secretsAtFirst);
    expect((await askTo(system, 'GET', '/v1/members/m_1/standing')).body()).toMatchObject({ tier: 'angel' });
    expect(await csvOf(system, kept.campaignId, kept.batch)).toBe(kept.csv);
    const sold = await ask(system, 'checkout', 'POST', '/v1/checkout/redeem', {
      code: kept.code,
      orderId: '1001',
      sku: 'PHONE-1',
      buyer: { memberId: 'm_1' },
    });
    expect([sold.status, sold.body().status], sold.text).toEqual([200, 'redeemed']);
  });

  it('takes the tokens of the first', async () => {
    const folder = copyOfWorked();
    const first = await start(folder);
    const authorization = `Bearer ${await first.token({ subject: 'ops_1', roles: ['ops'] })}`;
    await first.stop();
    const second = await start(folder);
    expect((await fetch(`${second.url}/v1/campaigns`, { headers: { authorization } })).status).toBe(200);
  });

  it('keeps secrets to their owner, and makes them so again', async () => {
    const file = join(worked, 'secrets.json');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const folder = copyOfWorked();
    chmodSync(join(folder, 'secrets.json'), 0o644);
    await start(folder);
    expect((statSync(join(folder, 'secrets.json')).mode & 0o777).toString(8)).toBe('600');
  });

  it('has other secrets on another folder', async () => {
    const folder = emptyFolder();
    const other = await start(folder);
    const mine = JSON.parse(secretsAtFirst) as Record<string, string>;
    const theirs = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as Record<string, string>;
    expect(Object.keys(theirs)).toEqual(Object.keys(mine));
    for (const [name, secret] of Object.entries(mine)) expect(theirs[name], name).not.toBe(secret);
    const unknown = { code: kept.code, orderId: '1', sku: 'PHONE-1', buyer: { memberId: 'm_1' } };
    expect((await ask(other, 'checkout', 'POST', '/v1/checkout/hold', unknown)).status).toBe(404);
  });
});

describe('the demo', () => {
  it('that broke off is finished by the next start, and is there once', async () => {
    const system = await start(emptyFolder());
    await expect(loadDemo({ ...system, url: `${system.url}/nowhere` })).rejects.toThrow('could not be loaded');
    expect(isDemoHalfLoaded(system)).toBe(true);
    const marker = join(system.folder, 'demo.loading');
    const began = readFileSync(marker, 'utf8');
    await loadDemo(system);
    expect(isDemoHalfLoaded(system)).toBe(false);
    // As if it had been killed just before the end.
    writeFileSync(marker, began);
    await loadDemo(system);
    const { items } = (await askTo(system, 'GET', '/v1/campaigns')).body() as { items: { campaignId: string }[] };
    expect(items).toHaveLength(1);
    const batches = await askTo(system, 'GET', `/v1/campaigns/${items[0]?.campaignId}/batches`);
    expect(batches.body()).toMatchObject({ items: [{ kind: 'grant', size: 10 }, { kind: 'claims' }] });
    const grants = await askTo(system, 'GET', `/v1/campaigns/${items[0]?.campaignId}/grants`);
    expect(grants.body().items).toMatchObject([{ status: 'done', by: 'ops_demo', approvals: [{ by: 'ops_olga' }] }]);
  });
});

describe('a folder that is in use', () => {
  it('is refused to another process with what to do, and the first goes on', async () => {
    const system = await start(copyOfWorked());
    const { exited, stdout, stderr } = startMain({ FCODE_DATA: system.folder, PORT: '1' });
    expect(await exited).toBe(1);
    expect(stderr()).toBe(
      `Another F-code system (process ${process.pid}) is running on ${system.folder}. Stop it, or choose another folder: FCODE_DATA=./other\n`,
    );
    expect(stdout()).toBe('');
    expect((await askTo(system, 'GET', '/v1/campaigns')).status).toBe(200);
  });

  it('is refused in the same process too, and is free after stop', async () => {
    const folder = copyOfWorked();
    const system = await start(folder);
    await expect(start(folder)).rejects.toThrow(`Another F-code system (process ${process.pid}) is running`);
    expect(enginesOn(folder)).toHaveLength(1);
    await system.stop();
    expect(enginesOn(folder)).toEqual([]);
    expect((await start(folder)).isFirstStart).toBe(false);
  });

  it('is not said to be so when the lock is broken otherwise', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'lock.sqlite'), 'not a database at all, '.repeat(100));
    await expect(start(folder)).rejects.toThrow(/lock\.sqlite cannot be locked: file is not a database/);
  });
});

describe('the address of its store', () => {
  const told = (folder: string) => readFileSync(join(folder, 'store.url'), 'utf8');

  it('is told in the folder while it runs, and no longer, nor by one that did not start', async () => {
    const folder = copyOfWorked();
    writeFileSync(join(folder, 'store.url'), 'http://127.0.0.1:1\n');
    const system = await start(folder);
    expect(told(folder)).toBe(`${system.storeEndpoint}\n`);
    // Who is refused leaves it alone.
    await expect(start(folder)).rejects.toThrow('is running');
    expect(told(folder)).toBe(`${system.storeEndpoint}\n`);
    await system.stop();
    expect(existsSync(join(folder, 'store.url'))).toBe(false);
    writeFileSync(join(folder, 'events.sqlite'), 'not a database at all, '.repeat(100));
    await expect(start(folder)).rejects.toThrow('not a database');
    expect(existsSync(join(folder, 'store.url'))).toBe(false);
  });
});

describe('a port that is taken', () => {
  it('is named with what to do, leaves nothing running, and the next start is still the first', async () => {
    const folder = emptyFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      await expect(start(folder, port)).rejects.toThrow(
        `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1}`,
      );
      expect(enginesOn(folder)).toEqual([]);
    } finally {
      taken.close();
    }
    const system = await start(folder, port);
    expect(system.url).toBe(`http://127.0.0.1:${port}`);
    // Else nobody would get the demo whose first try met a taken port.
    expect(system.isFirstStart).toBe(true);
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
  });
});

describe('files that do not belong together', () => {
  const apart = (folder: string) =>
    `The store and the event log in ${folder} do not belong together: one of them was replaced or removed. ` +
    'Restore store.sqlite and events.sqlite from the same backup, or start on an empty folder: FCODE_DATA=./other';
  /** Refused this time and the next, with nothing left running. */
  const refused = async (folder: string, sentence: string) => {
    for (const _ of [1, 2]) {
      await expect(start(folder)).rejects.toThrow(sentence);
      expect(enginesOn(folder)).toEqual([]);
    }
  };

  it.each(['store.sqlite', 'events.sqlite'])(
    'are refused when %s was removed, and taken when it is put back',
    async (file) => {
      const folder = copyOfWorked();
      rmSync(join(folder, file));
      await refused(folder, apart(folder));
      copyFileSync(join(worked, file), join(folder, file));
      const system = await start(folder);
      expect(await csvOf(system, kept.campaignId, kept.batch)).toBe(kept.csv);
    },
  );

  it.each(['store.sqlite', 'events.sqlite'])('are refused when %s is that of another installation', async (file) => {
    const other = emptyFolder();
    const system = await start(other);
    await askTo(system, 'PUT', '/v1/members/m_1/pins', { pins: ['angel'], reason: 'test' });
    await system.stop();
    const folder = copyOfWorked();
    copyFileSync(join(other, file), join(folder, file));
    await expect(start(folder)).rejects.toThrow(apart(folder));
    expect(enginesOn(folder)).toEqual([]);
  });

  it('are refused when the secrets are gone: new ones would make a forgery of every code', async () => {
    const folder = copyOfWorked();
    rmSync(join(folder, 'secrets.json'));
    await refused(folder, `The secrets of ${folder} are gone`);
    writeFileSync(join(folder, 'secrets.json'), secretsAtFirst);
    expect(await csvOf(await start(folder), kept.campaignId, kept.batch)).toBe(kept.csv);
  });
});

describe('an engine that ends by itself', () => {
  it('is told of, and stop still stops and frees the folder with everything in it', async () => {
    const folder = copyOfWorked();
    const system = await start(folder);
    const [engine, ...more] = enginesOn(folder);
    expect(more).toEqual([]);
    process.kill(engine as number, 'SIGKILL');
    await expect(system.broken).rejects.toThrow(/the store engine ended by itself .*store\.sqlite/);
    await system.stop();
    const again = await start(folder);
    expect(await csvOf(again, kept.campaignId, kept.batch)).toBe(kept.csv);
  });

  it('is not told of when it was stopped', async () => {
    const system = await start(copyOfWorked());
    let isBroken = false;
    system.broken.catch(() => {
      isBroken = true;
    });
    await system.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isBroken).toBe(false);
  });
});
