import { join } from 'node:path';
import { openStore, type Store } from '@fcode/dynamo';
import { openEmbeddedLog } from '@fcode/event-log';
import { createLogger, secretVerifier, signToken } from '@fcode/http';
import { outboxShards, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import type { Fact } from '@fcode/policy';
import { defaultPolicy, scoreAt, tierAt, weightOf } from '@fcode/policy';
import { startTestStore, type TestStore } from '@fcode/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMembership } from './app.ts';
import { type Contribution, contribute } from './contribute.rule.ts';
import { ContributionStore } from './contribution-store.ts';
import { type Entry, entryRef } from './ledger.ts';
import { memberRef, stranger } from './member.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-01T00:00:00.000Z');
const did = (ref: string, rest: Partial<Contribution> = {}): Contribution => ({
  memberId: 'm_mia',
  source: 'github',
  ref,
  kind: 'fix',
  occurredAt: now - day,
  ...rest,
});
const nothing: Entry[] = [];
const after = (facts: Fact[]) => facts.reduce(memberRef('m_mia').evolve, stranger);

describe('a contribution', () => {
  it('is worth its points on the day, half of them a half-life later', () => {
    const decision = contribute([did('1', { occurredAt: now })], defaultPolicy, now, stranger, nothing);
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
    const member = after(decision.facts);
    expect(scoreAt(member, now)).toBeCloseTo(8, 6);
    expect(scoreAt(member, now + 180 * day)).toBeCloseTo(4, 6);
    expect(member.kinds).toEqual({ fix: { count: 1, weight: member.S } });
  });

  it('is told with the score that it makes, and when the tier falls', () => {
    const many = Array.from({ length: 3 }, (_, n) => did(String(n), { kind: 'feat', occurredAt: now }));
    const decision = contribute(many, defaultPolicy, now, stranger, nothing);
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
    expect(decision.facts.map(({ type }) => type)).toEqual([
      'contribution.recorded',
      'contribution.recorded',
      'contribution.recorded',
      'score.changed',
    ]);
    const { fallsAt } = (decision.facts[3] as Fact).data as { fallsAt: string };
    const member = after(decision.facts);
    expect(tierAt(defaultPolicy, member, Date.parse(fallsAt) - 1000).tier).toBe('loyal');
    expect(tierAt(defaultPolicy, member, Date.parse(fallsAt) + 1000).tier).toBe('fan');
  });

  it('is refused when its kind is unknown, it lies in the future, or it is already somebody else’s; others stand', () => {
    const theirs: Entry = { recorded: { ...did('4'), memberId: 'm_leo', occurredAt: '', points: 1, weight: '1' } };
    const decision = contribute(
      [
        did('1', { kind: 'magic' }),
        did('2', { occurredAt: now + day }),
        did('3'),
        did('4'),
        did('5', { kind: 'constructor' }),
      ],
      defaultPolicy,
      now,
      stranger,
      [{}, {}, {}, theirs, {}],
    );
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: {
        results: [
          { status: 'refused', reason: 'unknown_kind' },
          { status: 'refused', reason: 'in_the_future' },
          { status: 'accepted' },
          { status: 'refused', reason: 'belongs_to_another' },
          { status: 'refused', reason: 'unknown_kind' },
        ],
      },
    });
  });

  it('makes the same sum in whatever order it arrives with others', () => {
    const arrival = fc.array(fc.record({ ago: fc.nat(4000), kind: fc.constantFrom('feat', 'fix', 'docs', 'chore') }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(arrival, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (list, random) => {
        const all = list.map(({ ago, kind }, n) => did(String(n), { kind, occurredAt: now - ago * day }));
        const shuffled = all
          .map((one) => ({ one, by: random.next().value }))
          .sort((a, b) => a.by - b.by)
          .map(({ one }) => one);
        const sumOf = (order: Contribution[]) =>
          order.reduce((member, one) => {
            const decision = contribute([one], defaultPolicy, now, member, nothing);
            return decision.outcome === 'accepted' ? decision.facts.reduce(memberRef('m_mia').evolve, member) : member;
          }, stranger).S;
        const plain = all.reduce(
          (sum, { kind, occurredAt }) =>
            sum + weightOf(defaultPolicy, defaultPolicy.points[kind] as number, occurredAt),
          0n,
        );
        expect(sumOf(shuffled)).toBe(String(plain));
      }),
    );
  });
});

describe('the ledger', () => {
  let engine: TestStore;
  let store: Store;
  let other: Store;
  let stop: () => Promise<void>;
  const secret = 'x'.repeat(40);

  beforeAll(async () => {
    engine = await startTestStore();
    const log = openEmbeddedLog({ file: join(engine.folder, 'events.sqlite'), topics });
    const logger = createLogger('test', 'silent');
    const open = () =>
      openStore({
        endpoint: engine.endpoint,
        table: tableName('membership'),
        log,
        shards: outboxShards,
        clock: () => now,
        logger,
      });
    [store, other] = [open(), open()];
    stop = async () => {
      await log.close();
      await engine.stop();
    };
  });
  afterAll(() => stop());

  const request = () => ({ at: now, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' });
  const standingOf = async (memberId: string) => (await store.read([memberRef(memberId)]))[0].state;

  it('counts what two instances are told twenty times at once exactly once', async () => {
    const told = Array.from({ length: 5 }, (_, n) => did(`race-${n}`, { memberId: 'm_race' }));
    const stores = [new ContributionStore(store, defaultPolicy), new ContributionStore(other, defaultPolicy)];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (stores[n % 2] as ContributionStore).record(told, request())),
    );
    const accepted = results.flat().filter(({ status }) => status === 'accepted').length;
    expect(accepted).toBe(5);
    const { S, kinds } = await standingOf('m_race');
    expect(kinds.fix?.count).toBe(5);
    expect(S).toBe(String(5n * weightOf(defaultPolicy, 8, now - day)));
  });

  it('adds up to the score: every entry is in the sum, and the sum in the entries', async () => {
    const contributions = new ContributionStore(store, defaultPolicy);
    const rows = Array.from({ length: 300 }, (_, n) =>
      did(`sum-${n % 250}`, { memberId: `m_sum${(n % 250) % 3}`, occurredAt: now - (n % 250) * day }),
    );
    const results = await contributions.record(rows, { ...request(), deadline: performance.now() + 20_000 });
    expect(results.filter(({ status }) => status === 'accepted').length).toBe(250);
    expect(results.filter(({ status }) => status === 'duplicate').length).toBe(50);
    const entries = await store.read(rows.slice(0, 250).map(entryRef), performance.now() + 5000);
    for (const memberId of ['m_sum0', 'm_sum1', 'm_sum2']) {
      const sum = entries.reduce(
        (total, { state }) => (state.recorded?.memberId === memberId ? total + BigInt(state.recorded.weight) : total),
        0n,
      );
      expect((await standingOf(memberId)).S).toBe(String(sum));
    }
  });

  it('answers row by row over HTTP: a bad row stops none of the others, and the same again changes nothing', async () => {
    const logger = createLogger('test', 'silent');
    const { app } = createMembership({
      store,
      policy: defaultPolicy,
      verify: secretVerifier(secret),
      logger,
      clock: () => now,
    });
    const token = await signToken(secret, { subject: 'github', roles: ['connector'] });
    const good = {
      memberId: 'm_http',
      source: 'github',
      ref: 'h1',
      kind: 'feat',
      occurredAt: '2026-10-01T09:00:00+09:00',
    };
    const send = async () => {
      const response = await app.request('/v1/contributions', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          contributions: [
            good,
            { ...good, ref: 'h2', occurredAt: 'yesterday' },
            7,
            { ...good, ref: 'h3', extra: 1 },
            { ...good, ref: 'h4' },
          ],
        }),
      });
      expect(response.status).toBe(200);
      return ((await response.json()) as { results: { status: string; reason?: string }[] }).results;
    };
    const first = await send();
    expect(first.map(({ status }) => status)).toEqual(['accepted', 'refused', 'refused', 'refused', 'accepted']);
    expect(first[1]?.reason).toContain('occurredAt');
    const { S } = await standingOf('m_http');
    expect((await send()).map(({ status }) => status)).toEqual([
      'duplicate',
      'refused',
      'refused',
      'refused',
      'duplicate',
    ]);
    expect((await standingOf('m_http')).S).toBe(S);
    const mine = await app.request('/v1/me/standing', {
      headers: { authorization: `Bearer ${await signToken(secret, { subject: 'm_http', roles: ['member'] })}` },
    });
    expect(await mine.json()).toMatchObject({
      tier: 'fan',
      reasons: [{ code: 'tier_by_score' }, { code: 'contributed', kind: 'feat', count: 2 }],
      next: { tier: 'loyal' },
    });
  });
});
