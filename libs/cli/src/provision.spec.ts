import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTopics } from '@fcode/event-log';
import { type Engine, freePort, startEngine } from '@fcode/infra/engine';
import { services } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { startKafka } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-provision-'));
  engine = await startEngine(join(folder, 'store.sqlite'));
});
afterAll(async () => {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

const provision = (environment: Record<string, string>, ...options: string[]) =>
  runFcode(environment, ['provision', ...options]);

describe('tables', { timeout: 60_000 }, () => {
  it('are made where they are missing, and stay where they are', async () => {
    const environment = { DYNAMODB_ENDPOINT: engine.endpoint, FCODE_TABLE_PREFIX: 'prod' };
    const names = services.map((service) => `prod-${service}`);
    const where = `Tables at ${engine.endpoint}`;
    const made = await startFcode(environment, ['provision']);
    expect(made).toEqual({ code: 0, out: `${where}: made ${names.join(', ')}.`, err: '' });
    expect(await provision(environment)).toEqual({ code: 0, out: `${where}: all are there.`, err: '' });
    const { out } = await provision({ ...environment, FCODE_EVENT_LOG: 'sqlite:/nowhere/log' }, '--json');
    expect(JSON.parse(out)).toEqual({ tables: { endpoint: engine.endpoint, made: [], there: names } });
  });

  it('are made at an engine that comes up meanwhile', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const provisioning = provision({ DYNAMODB_ENDPOINT: endpoint }, '--wait', '30');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const late = await startEngine(join(folder, 'late.sqlite'), port);
    const { code, out } = await provisioning;
    await late.stop();
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/: made fcode-membership, /) });
  });
});

describe.concurrent('a refusal', { timeout: 60_000 }, () => {
  const away = 'http://127.0.0.1:1';
  it.for<[environment: Record<string, string>, options: string, said: string]>([
    [{}, '', 'DYNAMODB_ENDPOINT is missing'],
    [{ FCODE_EVENT_LOG: 'kafka:127.0.0.1:1' }, '', 'for the topics alone: npx fcode provision --only topics'],
    [{}, '--only topics', 'FCODE_EVENT_LOG is missing'],
    [{ FCODE_EVENT_LOG: 'sqlite:/nowhere/log' }, '--only topics', 'Only on Kafka are there topics to make'],
    [{ DYNAMODB_ENDPOINT: 'nowhere' }, '', 'DYNAMODB_ENDPOINT is not right'],
    [
      { DYNAMODB_ENDPOINT: away },
      '',
      `No store engine answers at ${away} (connect ECONNREFUSED 127.0.0.1:1). Start it, or`,
    ],
    [{ FCODE_EVENT_LOG: 'kafka:127.0.0.1:1' }, '--only topics', 'No broker answers at kafka:127.0.0.1:1'],
  ])('%o %s', async ([environment, options, said]) => {
    const { code, out, err } = await provision(environment, ...options.split(' ').filter(Boolean));
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining(said) });
    expect(err.split('\n')).toHaveLength(1);
  });
});

const kafka = await startKafka();
afterAll(() => kafka?.stop());

describe.skipIf(!kafka)('topics', { timeout: 90_000 }, () => {
  const address = `kafka:${kafka?.brokers}`;
  const access = { brokers: kafka?.brokers.split(',') ?? [] };
  const environmentOf = (prefix: string) => ({ FCODE_EVENT_LOG: address, FCODE_TOPIC_PREFIX: prefix });
  const anyPrefix = () => `t${randomUUID().slice(0, 8)}`;

  it('are made where they are missing, and stay where they are', async () => {
    const prefix = anyPrefix();
    const environment = { ...environmentOf(prefix), DYNAMODB_ENDPOINT: engine.endpoint };
    const first = await startFcode(environment, ['provision']);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(new RegExp(`^Tables at .*\nTopics at ${address}: made ${prefix}\\.membership\\.v1, `));
    for (const name of ['redemption.v1', 'dead-letters.insights', 'replays.referral']) {
      expect(first.out).toContain(`${prefix}.${name}`);
    }
    await ensureTopics({ access, topics, groups: ['referral'], prefix: `${prefix}-grows` });
    const grown = await provision(environmentOf(`${prefix}-grows`), '--only', 'topics');
    expect(grown.out).toMatch(/-grows\.replays\.insights; 6 others were there\.$/);
    const again = await provision(environment, '--only', 'topics', '--json');
    expect(JSON.parse(again.out)).toEqual({ topics: { address, made: [] } });
  });

  it('with other partitions are an error that says what to do', async () => {
    const prefix = anyPrefix();
    const few = { ...topics, redemption: { version: 1, partitions: 3 } };
    await ensureTopics({ access, topics: few, groups: [], prefix });
    expect(await provision(environmentOf(prefix), '--only', 'topics')).toEqual({
      code: 1,
      out: '',
      err:
        `fcode: ${prefix}.redemption.v1 has 3 partitions, not 16: counts are fixed. ` +
        'To grow, define the next version of the topic.',
    });
  });
});
