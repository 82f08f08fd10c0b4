import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { connect, Store, Table } from '@fcode/dynamo';
import { type EmbeddedLog, openEmbeddedLog } from '@fcode/event-log';
import { scoreChanged } from '@fcode/events';
import { createLogger, type Role } from '@fcode/http';
import { outboxShards, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { defaultPolicy } from '@fcode/policy';
import { startStoreProxy, startTestStore, type TestStore, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMembership } from './app.ts';
import { type Member, memberRef } from './member.ts';
import { pin } from './pin.rule.ts';

const noon = Date.parse('2026-12-01T12:00:00.000Z');
const dayMs = 86_400_000;
const clients: DynamoDBClient[] = [];
const stops: (() => Promise<void>)[] = [];
let engine: TestStore;
let log: EmbeddedLog;
let time = noon;

beforeAll(async () => {
  engine = await startTestStore();
  log = openEmbeddedLog({ file: join(engine.folder, 'log.sqlite'), topics });
});
afterAll(async () => {
  for (const stop of stops) await stop();
  for (const client of clients) client.destroy();
  await log.close();
  await engine.stop();
});

/** An instance of the service; a token is a role and a subject. */
const open = (endpoint = engine.endpoint) => {
  const client = connect({ endpoint });
  clients.push(client);
  const logger = createLogger('membership', 'silent');
  const table = new Table({ client, name: tableName('membership') });
  const store = new Store({ table, log, shards: outboxShards, clock: () => time, logger });
  const service = createMembership({
    store,
    policy: defaultPolicy,
    verify: async (token) => {
      const [role, subject] = token.split(':') as [Role, string];
      return { subject, roles: [role] };
    },
    logger,
    clock: () => time,
  });
  stops.push(() => service.stop());
  const ask = async (method: string, path: string, as: string, body?: object, key?: string) => {
    const answer = await service.app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      replayed: answer.headers.get('idempotent-replayed') === 'true',
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const pinned = (memberId: string, pins: string[], key?: string) =>
    ask('PUT', `/v1/members/${memberId}/pins`, 'ops:olga', { pins, reason: 'first hundred' }, key);
  return { store, ask, pinned };
};

const logged = async (memberId: string) => {
  const pages = await Promise.all(
    Array.from({ length: log.partitions('membership') }, (_, partition) => log.read('membership', partition, 0, 1000)),
  );
  return pages.flat().flatMap(({ event }) => (event.subject === `member/${memberId}` ? [event] : []));
};

const newcomer: Member = Object.freeze({
  S: '0',
  t0: 0,
  halfLifeDays: 180,
  pins: Object.freeze([]),
  kinds: Object.freeze({}),
});
const byOps = { memberId: 'm_mia', by: 'olga', reason: 'first hundred' };

describe('a pin', () => {
  it('gives tiers by hand and says so in two facts: who did it, and the standing that follows', () => {
    expect(pin({ ...byOps, pins: ['core', 'angel', 'core'] }, newcomer)).toMatchObject({
      outcome: 'accepted',
      receipt: { memberId: 'm_mia', pins: ['angel', 'core'] },
      facts: [
        { type: 'member.pinned', data: { ...byOps, pins: ['angel', 'core'] } },
        { type: 'score.changed', data: { memberId: 'm_mia', S: '0', halfLifeDays: 180, pins: ['angel', 'core'] } },
      ],
    });
  });

  it('leaves the score as it is', () => {
    const member: Member = { S: '120500000', t0: noon, halfLifeDays: 90, pins: [], kinds: {} };
    const decision = pin({ ...byOps, pins: ['angel'] }, member);
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    expect(facts.reduce(memberRef('m_mia').evolve, member)).toEqual({ ...member, pins: ['angel'] });
  });

  it('of what is pinned already changes nothing, in whatever order it is written', () => {
    const member: Member = { ...newcomer, pins: ['angel', 'core'] };
    expect(pin({ ...byOps, pins: ['core', 'angel'] }, member)).toMatchObject({ outcome: 'again' });
    expect(pin({ ...byOps, pins: [] }, newcomer)).toMatchObject({ outcome: 'again' });
  });

  it('is taken back with an empty list', () => {
    const decision = pin({ ...byOps, pins: [] }, { ...newcomer, pins: ['angel'] });
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { pins: [] } });
  });
});

describe('a pin over HTTP', () => {
  it('is seen in the standing at once, with the reason, by the member and by ops', async () => {
    const { ask, pinned } = open();
    expect((await ask('GET', '/v1/me/standing', 'member:m_mia')).body).toEqual({
      memberId: 'm_mia',
      tier: 'fan',
      score: 0,
      pins: [],
      reasons: [{ code: 'tier_by_score', tier: 'fan', score: 0, minScore: 0 }],
      next: { tier: 'loyal', missing: 20 },
    });
    expect(await pinned('m_mia', ['angel'])).toMatchObject({
      status: 200,
      body: { memberId: 'm_mia', pins: ['angel'] },
    });
    const mine = await ask('GET', '/v1/me/standing', 'member:m_mia');
    expect(mine.body).toMatchObject({
      tier: 'angel',
      pins: ['angel'],
      reasons: [{ code: 'tier_pinned', tier: 'angel' }],
    });
    expect((await ask('GET', '/v1/members/m_mia/standing', 'ops:olga')).body).toEqual(mine.body);
  });

  it('is told once, in order, however often it is sent and to whichever instance', async () => {
    const [one, other] = [open(), open()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, position) => (position % 2 ? one : other).pinned('m_race', ['core'])),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const events = await until(async () => {
      const found = await logged('m_race');
      return found.length >= 2 ? found : undefined;
    });
    expect(events.map(({ type }) => type)).toEqual(['fcode.member.pinned.v1', 'fcode.score.changed.v1']);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2]);
  });

  it('happens once when the answer of the store was lost', async () => {
    const proxy = await startStoreProxy(engine.endpoint);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'BatchExecuteStatement' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    expect((await open(proxy.endpoint).pinned('m_lost', ['loyal'])).status).toBe(200);
    expect(lost).toBe(1);
    const [{ seq, state }] = await open().store.read([memberRef('m_lost')]);
    expect([seq, state.pins]).toEqual([2, ['loyal']]);
    await proxy.stop();
  });

  it('gets the first answer again under its key, also after the pins were changed', async () => {
    const { pinned } = open();
    const first = await pinned('m_key', ['core'], 'k1');
    await pinned('m_key', []);
    expect(await pinned('m_key', ['core'], 'k1')).toMatchObject({ status: 200, replayed: true, body: first.body });
    expect((await pinned('m_key', ['angel'], 'k1')).status).toBe(422);
  });

  it('is for ops only, and for tiers that there are', async () => {
    const { ask, pinned } = open();
    const body = { pins: ['angel'], reason: 'me' };
    expect((await ask('PUT', '/v1/members/m_eve/pins', 'member:m_eve', body)).status).toBe(403);
    expect((await pinned('m_eve', ['pyramid'])).status).toBe(422);
    expect((await ask('GET', '/v1/members/m_mia/standing', 'member:m_eve')).status).toBe(403);
  });
});

describe('a standing', () => {
  it('decays by itself: half the score after a half-life, and the tier falls without any event', async () => {
    const { store, ask } = open();
    await store.change(
      [memberRef('m_decay')],
      () => ({
        outcome: 'accepted',
        facts: [
          scoreChanged.of({
            memberId: 'm_decay',
            S: '150000000',
            t0: new Date(noon).toISOString(),
            halfLifeDays: 180,
            pins: [],
          }),
        ],
        receipt: {},
        reasons: [],
      }),
      { at: noon, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' },
    );
    const standingAt = async (at: number) => {
      time = at;
      const { body } = await ask('GET', '/v1/me/standing', 'member:m_decay');
      time = noon;
      return [body.tier, Math.round(Number(body.score) * 1000) / 1000];
    };
    expect(await standingAt(noon)).toEqual(['core', 150]);
    expect(await standingAt(noon + 180 * dayMs)).toEqual(['loyal', 75]);
    expect(await standingAt(noon + 720 * dayMs)).toEqual(['fan', 9.375]);
  });
});
