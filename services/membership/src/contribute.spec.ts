import { type Fact, scoreAt, tierAt, weightOf } from '@fcode/policy';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Contribution, contribute, nameOfEntry } from './contribute.rule.ts';
import { ContributionStore } from './contribution-store.ts';
import { type Bench, dayMs, iso, noon as now, scorePolicy, startBench, type World } from './fixtures/bench.ts';
import { Ladders } from './ladders.ts';
import { type Entry, entryRef } from './ledger.ts';
import { memberRef, stranger } from './member.ts';

const ladder = { policy: scorePolicy };
const did = (ref: string, rest: Partial<Contribution> = {}): Contribution => ({
  memberId: 'm_mia',
  source: 'github',
  ref,
  kind: 'fix',
  occurredAt: now - dayMs,
  ...rest,
});
const nothing = new Map<string, Entry>();
const after = (facts: Fact[]) => facts.reduce(memberRef('m_mia').evolve, stranger);

describe('a contribution', () => {
  it('is worth its points on the day, half of them a half-life later', () => {
    const decision = contribute([did('1', { occurredAt: now })], ladder, now, stranger, nothing);
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
    const member = after(decision.facts);
    expect(scoreAt(member, now)).toBeCloseTo(8, 6);
    expect(scoreAt(member, now + 180 * dayMs)).toBeCloseTo(4, 6);
    expect(member.kinds).toEqual({ fix: { count: 1, weight: member.S } });
  });

  it('is told with the score that it makes, and when the tier falls', () => {
    const many = Array.from({ length: 3 }, (_, n) => did(String(n), { kind: 'feat', occurredAt: now }));
    const decision = contribute(many, ladder, now, stranger, nothing);
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
    expect(decision.facts.map(({ type }) => type)).toEqual([
      'contribution.recorded',
      'contribution.recorded',
      'contribution.recorded',
      'score.changed',
      'tier.changed',
    ]);
    expect((decision.facts[4] as Fact).data).toMatchObject({ from: 'fan', to: 'loyal', because: 'score' });
    const { fallsAt } = (decision.facts[3] as Fact).data as { fallsAt: string };
    const member = after(decision.facts);
    expect(tierAt(ladder, member, Date.parse(fallsAt) - 1).tier).toBe('loyal');
    expect(tierAt(ladder, member, Date.parse(fallsAt)).tier).toBe('fan');
    expect(member).toMatchObject({ told: 'loyal', fallsAt: Date.parse(fallsAt) });
  });

  it('is refused when its kind is unknown, it lies in the future, or it is already somebody else’s; others stand', () => {
    const theirs: Entry = { recorded: { ...did('4'), memberId: 'm_leo', occurredAt: '', points: 1, weight: '1' } };
    const decision = contribute(
      [
        did('1', { kind: 'magic' }),
        did('2', { occurredAt: now + dayMs }),
        did('3'),
        did('4'),
        did('5', { kind: 'constructor' }),
      ],
      ladder,
      now,
      stranger,
      new Map([[nameOfEntry(did('4')), theirs]]),
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
        const all = list.map(({ ago, kind }, n) => did(String(n), { kind, occurredAt: now - ago * dayMs }));
        const shuffled = all
          .map((one) => ({ one, by: random.next().value }))
          .sort((a, b) => a.by - b.by)
          .map(({ one }) => one);
        const sumOf = (order: Contribution[]) =>
          order.reduce((member, one) => {
            const decision = contribute([one], ladder, now, member, nothing);
            return decision.outcome === 'accepted' ? decision.facts.reduce(memberRef('m_mia').evolve, member) : member;
          }, stranger).S;
        const plain = all.reduce(
          (sum, { kind, occurredAt }) => sum + weightOf(scorePolicy, scorePolicy.points[kind] as number, occurredAt),
          0n,
        );
        expect(sumOf(shuffled)).toBe(String(plain));
      }),
    );
  });
});

describe('the ledger', () => {
  let bench: Bench;
  let world: World;
  beforeAll(async () => {
    bench = await startBench();
    world = await bench.world({ policy: scorePolicy });
  });
  afterAll(() => bench.stop());

  const request = () => ({ at: now, deadline: performance.now() + 5000, correlationId: 'test', causationId: 'test' });
  const contributionsOf = () => {
    const { store } = world.open();
    return new ContributionStore(store, new Ladders(store, scorePolicy));
  };

  it('counts what two instances are told twenty times at once exactly once', async () => {
    const told = Array.from({ length: 5 }, (_, n) => did(`race-${n}`, { memberId: 'm_race' }));
    const stores = [contributionsOf(), contributionsOf()];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (stores[n % 2] as ContributionStore).record(told, request())),
    );
    const accepted = results.flat().filter(({ status }) => status === 'accepted').length;
    expect(accepted).toBe(5);
    const { S, kinds } = await world.open().member('m_race');
    expect(kinds.fix?.count).toBe(5);
    expect(S).toBe(String(5n * weightOf(scorePolicy, 8, now - dayMs)));
  });

  it('adds up to the score: every entry is in the sum, and the sum in the entries', async () => {
    const rows = Array.from({ length: 300 }, (_, n) =>
      did(`sum-${n % 250}`, { memberId: `m_sum${(n % 250) % 3}`, occurredAt: now - (n % 250) * dayMs }),
    );
    const results = await contributionsOf().record(rows, { ...request(), deadline: performance.now() + 20_000 });
    expect(results.filter(({ status }) => status === 'accepted').length).toBe(250);
    expect(results.filter(({ status }) => status === 'duplicate').length).toBe(50);
    const { store, member } = world.open();
    const entries = await store.read(rows.slice(0, 250).map(entryRef), performance.now() + 5000);
    for (const memberId of ['m_sum0', 'm_sum1', 'm_sum2']) {
      const sum = entries.reduce(
        (total, { state }) => (state.recorded?.memberId === memberId ? total + BigInt(state.recorded.weight) : total),
        0n,
      );
      expect((await member(memberId)).S).toBe(String(sum));
    }
  });

  it('takes hundreds of one member in one call, more than a transaction holds, and counts each', async () => {
    const { ask, member } = world.open();
    const contributions = Array.from({ length: 450 }, (_, n) =>
      did(`busy-${n}`, { memberId: n % 3 ? 'm_busy' : 'm_idle' }),
    ).map(({ occurredAt, ...rest }) => ({ ...rest, occurredAt: iso(occurredAt) }));
    const { body } = await ask('POST', '/v1/contributions', 'connector:github', { contributions });
    expect((body.results as { status: string }[]).filter(({ status }) => status === 'accepted')).toHaveLength(450);
    expect((await member('m_busy')).kinds.fix?.count).toBe(300);
    expect((await member('m_idle')).kinds.fix?.count).toBe(150);
  });

  it('answers row by row over HTTP: a bad row stops none of the others, and the same again changes nothing', async () => {
    const { ask, member } = world.open();
    const good = {
      memberId: 'm_http',
      source: 'github',
      ref: 'h1',
      kind: 'feat',
      occurredAt: '2026-10-01T09:00:00+09:00',
    };
    const send = async () => {
      const contributions = [
        good,
        { ...good, ref: 'h2', occurredAt: 'yesterday' },
        { ...good, ref: 'h2', occurredAt: '0000-01-01T00:00:00+14:00' },
        7,
        { ...good, ref: 'h3', extra: 1 },
        { ...good, ref: 'h4' },
      ];
      const { status, body } = await ask('POST', '/v1/contributions', 'connector:github', { contributions });
      expect(status).toBe(200);
      return body.results as { status: string; reason?: string }[];
    };
    const first = await send();
    expect(first.map(({ status }) => status)).toEqual([
      'accepted',
      'refused',
      'refused',
      'refused',
      'refused',
      'accepted',
    ]);
    expect(first[1]?.reason).toContain('occurredAt');
    const { S } = await member('m_http');
    expect((await send()).map(({ status }) => status)).toEqual([
      'duplicate',
      'refused',
      'refused',
      'refused',
      'refused',
      'duplicate',
    ]);
    expect((await member('m_http')).S).toBe(S);
    expect((await ask('GET', '/v1/me/standing', 'member:m_http')).body).toMatchObject({
      tier: 'fan',
      reasons: [{ code: 'tier_open' }, { code: 'contributed', kind: 'feat', count: 2 }],
      next: { tier: 'loyal', minScore: 20 },
    });
  });
});
