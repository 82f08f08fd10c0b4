import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@fcode/client';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { capacityFor } from '@fcode/infra/capacity';
import { ensureTables } from '@fcode/infra/engine';
import { services } from '@fcode/infra/tables';
import { startDynamoLocal } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';
import { startWarmEngine, type WarmEngine } from './fixtures/warm-engine.ts';

let folder: string;
let system: Embedded;
let token: string;
let campaign: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-prepare-'));
  system = await startEmbedded({ folder: join(folder, 'data'), port: 0, logger: createLogger('fcode', 'error') });
  token = await system.token({ subject: 'olga', roles: ['ops'] });
  const ops = createClient({ url: system.url, token });
  const window = { startsAt: new Date(Date.now() + 86_400_000).toISOString(), endsAt: '2099-01-01T00:00:00.000Z' };
  const drop = { name: 'Drop', skus: ['PHONE-1'], ...window, quota: 100, allotment: { fan: 1 } };
  ({ campaignId: campaign } = await ops.campaigns.create(drop));
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

const peak = { claimsPerSecond: 2000, ordersPerSecond: 1500 };
const flags = ['--claims', '2000', '--orders', '1500'];
const prepare = (environment: Record<string, string>, ...options: string[]) =>
  runFcode({ FCODE_URL: system.url, FCODE_TOKEN: token, ...environment }, [
    'campaign',
    'prepare',
    campaign,
    ...options,
  ]);
const unitsOf = (table: string) => capacityFor(peak).tables.find((one) => one.table === table);

describe('fcode campaign prepare', { timeout: 60_000 }, () => {
  it('shows what is needed beside what there is', async () => {
    const { code, out, err } = await startFcode(
      { FCODE_URL: system.url, FCODE_TOKEN: token, FCODE_DATA: system.folder },
      ['campaign', 'prepare', campaign, ...flags],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const writes = unitsOf('redemption')?.writeUnits;
    for (const line of [
      /^WHAT +NEEDED +THERE +TO DO$/m,
      new RegExp(`^redemption writes/s +${writes} +- +-$`, 'm'),
      /^redemption outbox writes\/s +6000 +- +-$/m,
      /^index shards +16 +16 +enough$/m,
      /^issuance partitions +\d+ +8 +its next version in topics\.ts, or listeners fall behind and catch up$/m,
      /^This engine does not know warm throughput: there is none to be raised\.$/m,
    ]) {
      expect(out).toMatch(line);
    }
    expect(out).not.toMatch(/due writes/);
  });

  it('says which setting more shards of the indexes are', async () => {
    const { out } = await prepare({ FCODE_DATA: system.folder }, '--claims', '0', '--orders', '6401');
    expect(out).toMatch(
      /^index shards +64 +16 +FCODE_INDEX_SHARDS=64 for every service, one process after the other$/m,
    );
  });

  it('gives programs all of it', async () => {
    const { out } = await prepare({ FCODE_DATA: system.folder }, ...flags, '--json');
    const { plan, there, ...rest } = JSON.parse(out) as Record<string, unknown>;
    expect(rest).toEqual({ campaignId: campaign, ...peak });
    expect(plan).toEqual(capacityFor(peak));
    expect(there).toEqual({
      indexShards: Object.fromEntries(services.map((service) => [service, 16])),
      tables: services.map((table) => ({ table, name: `fcode-${table}`, isOnDemand: true })),
    });
  });

  it('skips what the engine that comes along does not know, and says so', async () => {
    const { code, out, err } = await prepare({ FCODE_DATA: system.folder }, ...flags, '--apply');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/does not know warm throughput: it was skipped\.$/m);
  });

  it('shows the plan where nobody knows the store, and applies nothing there', async () => {
    const { code, out } = await prepare({}, ...flags);
    expect(code).toBe(0);
    expect(out).toMatch(/^index shards +16 +- +-$/m);
    expect(out).toMatch(/^What is there is not known here: There is no store in /m);
    expect(await prepare({}, ...flags, '--apply')).toMatchObject({ code: 1, out: '', err: /There is no store/ });
  });

  it.for<[options: string[], code: number, said: RegExp]>([
    [['--orders', '1'], 2, /required option '--claims <number>' not specified/],
    [['--claims', '-1', '--orders', '1'], 2, /whole number/],
    [['--claims', '50001', '--orders', '1'], 1, /claimsPerSecond/],
  ])('refuses %o', async ([options, code, said]) => {
    expect(await prepare({ FCODE_DATA: system.folder }, ...options)).toMatchObject({ code, out: '', err: said });
  });
});

describe('where warm throughput is known', { timeout: 60_000 }, () => {
  let engine: WarmEngine;
  beforeAll(async () => {
    await ensureTables(system.storeEndpoint, 'warm');
    engine = await startWarmEngine(system.storeEndpoint);
  });
  afterAll(() => engine.stop());
  const at = () => ({ DYNAMODB_ENDPOINT: engine.endpoint, FCODE_TABLE_PREFIX: 'warm' });

  it('is shown beside what is needed, and raised where that is more, by table and index, and nothing is lowered', async () => {
    engine.has.set('warm-redemption/outbox', { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 9000 });
    engine.has.set('warm-insights', { ReadUnitsPerSecond: 100_000, WriteUnitsPerSecond: 4000 });
    const before = await prepare(at(), ...flags);
    expect(before.out).toMatch(/^redemption writes\/s +32000 +4000 +raise warm throughput: --apply$/m);
    expect(before.out).toMatch(/^redemption outbox writes\/s +6000 +9000 +enough$/m);
    expect(before.out).not.toMatch(/does not know/);
    expect(engine.updates).toEqual([]);

    const { code, out, err } = await prepare(at(), ...flags, '--apply');
    expect(code).toBe(0);
    expect(err).toMatch(/^Raising the warm throughput of warm-redemption\.$/m);
    expect(err).toMatch(/^warm-redemption is ready\.$/m);
    expect(out).toMatch(/^redemption writes\/s +32000 +32000 +raised$/m);
    expect(out).not.toMatch(/--apply/);
    const asked = new Map(engine.updates.map(({ TableName, ...update }) => [TableName, update]));
    expect(engine.updates.some(({ BillingMode }) => BillingMode !== undefined)).toBe(false);
    expect(asked.get('warm-redemption')).toEqual({
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 32_000 },
    });
    expect(asked.get('warm-insights')).toEqual({
      WarmThroughput: { ReadUnitsPerSecond: 100_000, WriteUnitsPerSecond: unitsOf('insights')?.writeUnits },
    });

    const updates = engine.updates.length;
    const again = await prepare(at(), ...flags, '--apply');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toMatch(/^redemption writes\/s +32000 +32000 +enough$/m);
    expect(engine.updates).toHaveLength(updates);
  });

  it('is waited for as long as one likes: who does not wait is told to look again, and nothing is asked for twice', async () => {
    engine.takesMs = 8000;
    const updates = engine.updates.length;
    const more = ['--claims', '9000', '--orders', '1500', '--apply'];
    const first = await prepare(at(), ...more, '--wait', '1');
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/^issuance writes\/s +51000 +\d+ +being raised: look again later$/m);
    const asked = engine.updates.length - updates;
    expect(asked).toBeGreaterThan(0);
    const second = await prepare(at(), ...more);
    expect(second.err).toMatch(/^warm-issuance is being changed already\.$/m);
    expect(second.out).toMatch(/^issuance writes\/s +51000 +51000 +enough$/m);
    expect(second.code).toBe(0);
    expect(engine.updates.length - updates).toBe(asked);
  });
});

const local = await startDynamoLocal({ own: true });
afterAll(() => local?.stop());

describe.skipIf(!local)('on DynamoDB Local', { timeout: 60_000 }, () => {
  it('is skipped, as it knows no warm throughput, and said so', async () => {
    const endpoint = local?.endpoint as string;
    await ensureTables(endpoint, 'drop');
    const environment = { DYNAMODB_ENDPOINT: endpoint, FCODE_TABLE_PREFIX: 'drop' };
    const { code, out, err } = await prepare(environment, ...flags, '--apply');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/does not know warm throughput: it was skipped\.$/m);
    expect(out).toMatch(/^index shards +16 +16 +enough$/m);
  });
});
