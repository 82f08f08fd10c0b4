import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ownBroker } from '../fixtures/broker.ts';
import { happened } from '../fixtures/happened.ts';
import { quick } from '../fixtures/timing.ts';
import { topics } from '../fixtures/topics.ts';
import { logOptionsOf } from '../log-options.ts';
import { configOf, type KafkaAccess } from './client.ts';
import { soon } from './fixtures/kafka-rig.ts';
import { openKafkaLog } from './kafka.ts';
import { ensureTopics } from './topics.ts';

const secure = (await ownBroker({ secure: true }))?.secure;

const accessBy = (sasl: 'plain' | 'scram-sha-256' | 'scram-sha-512'): KafkaAccess => ({
  brokers: [secure?.brokers ?? ''],
  tls: true,
  caFile: secure?.caFile,
  sasl,
  username: secure?.username,
  password: secure?.password,
});

describe.skipIf(!secure)('Kafka: a cluster with TLS and passwords', { timeout: 90_000 }, () => {
  it.for(['scram-sha-512', 'scram-sha-256', 'plain'] as const)('is written and read with %s', async (sasl) => {
    const prefix = `t${randomUUID().slice(0, 8)}`;
    const access = accessBy(sasl);
    await ensureTopics({ access, topics, groups: ['all'], prefix });
    const log = openKafkaLog({ access, topics, prefix, timing: quick });
    const ids: string[] = [];
    log.subscribe({ group: 'all', topics: ['redemption'], handle: async ({ id }) => void ids.push(id) });
    await log.append([happened('k', 0)]);
    await vi.waitUntil(() => ids.length === 1, soon);
    expect(await log.deadLetters('all')).toEqual([]);
    await log.close();
  });

  const refusals: [string, () => KafkaAccess, RegExp][] = [
    ['a wrong password', () => ({ ...accessBy('scram-sha-512'), password: 'wrong' }), /invalid credentials/],
    ['one with scram-sha-256', () => ({ ...accessBy('scram-sha-256'), password: 'wrong' }), /invalid credentials/],
    ['one with plain', () => ({ ...accessBy('plain'), password: 'wrong' }), /Invalid username or password/],
    ['a certificate that nobody vouches for', () => ({ ...accessBy('plain'), caFile: undefined }), /certificate/],
  ];
  it.for(refusals)(
    'refuses %s in words that tell what to check, and the process goes on',
    async ([, access, words]) => {
      const prefix = `t${randomUUID().slice(0, 8)}`;
      await ensureTopics({ access: accessBy('plain'), topics, groups: ['all'], prefix });
      const told: string[] = [];
      const say = ({ err }: { err?: Error }) => void told.push(String(err?.message));
      const onFatal = vi.fn<(error: Error) => void>();
      const logger = { info: () => {}, warn: say, error: say };
      const log = openKafkaLog({ access: access(), topics, prefix, timing: quick, onFatal, logger });
      log.subscribe({ group: 'all', topics: ['redemption'], handle: async () => {} });
      const refused = await log.append([happened('k', 0)]).catch((error: Error) => error.message);
      const asked = await log.lag('all', ['redemption']).catch((error: Error) => error.message);
      await vi.waitUntil(() => told.length > 0, soon);
      await sleep(500);
      await log.close();
      expect(onFatal).not.toHaveBeenCalled();
      for (const message of [refused, asked, told[0]]) expect(message).toMatch(words);
    },
  );
});

describe('Kafka: how a cluster is reached', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('names the variable of what is missing', () => {
    const access = { brokers: ['localhost:9092'], tls: true };
    expect(() => configOf({ ...access, sasl: 'plain' })).toThrow(/FCODE_KAFKA_USERNAME.*FCODE_KAFKA_PASSWORD/);
    expect(() => configOf({ ...access, sasl: 'scram-sha-512', username: 'fcode' })).toThrow(/FCODE_KAFKA_PASSWORD/);
    expect(() => configOf({ ...access, sasl: 'scram-sha-256', password: 'x' })).toThrow(/FCODE_KAFKA_USERNAME/);
    expect(() => configOf({ ...access, sasl: 'aws-msk-iam' })).toThrow(/AWS_REGION/);
    expect(() => configOf({ ...access, caFile: '/nowhere/ca.pem' })).toThrow(/FCODE_KAFKA_CA_FILE.*\/nowhere\/ca.pem/);
  });

  it('asks for no password where none is needed, and for TLS where MSK does', () => {
    expect(configOf({ brokers: ['localhost:9092'] })).toMatchObject({ ssl: false, brokers: ['localhost:9092'] });
    expect(configOf({ brokers: ['localhost:9092'] }).sasl).toBeUndefined();
    // As the environment says it when it says nothing of TLS.
    const silent = { FCODE_EVENT_LOG: 'kafka:b:9098', FCODE_TOPIC_PREFIX: 'fcode', FCODE_KAFKA_TLS: false };
    const onMsk = logOptionsOf({ ...silent, FCODE_KAFKA_SASL: 'aws-msk-iam', AWS_REGION: 'eu-west-1' });
    expect(configOf({ ...onMsk.access, brokers: ['b:9098'] }).ssl).toBe(true);
    expect(configOf({ ...logOptionsOf(silent).access, brokers: ['b:9098'] }).ssl).toBe(false);
  });

  it('signs a token for MSK with the credentials of the environment, and asks nobody', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    const { sasl } = configOf({ brokers: ['b:9098'], sasl: 'aws-msk-iam', region: 'eu-west-1' });
    if (!sasl || !('oauthBearerProvider' in sasl) || !sasl.oauthBearerProvider) throw new Error('no provider');
    const { value } = await sasl.oauthBearerProvider();
    const url = new URL(Buffer.from(value, 'base64url').toString());
    expect(url.protocol).toBe('https:');
    expect(url.hostname).toBe('kafka.eu-west-1.amazonaws.com');
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/,
    );
    expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeGreaterThanOrEqual(300);
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });
});
