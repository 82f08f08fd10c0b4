import type { ContributionsImported } from '@fcode/events';
import { startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Contribution, contribute } from './contribute.rule.ts';
import {
  type Bench,
  did,
  iso,
  noon,
  type Row,
  scorePolicy,
  startBench,
  takenBack,
  type World,
} from './fixtures/bench.ts';
import { counting, importOf, tell } from './import.ts';
import { stranger } from './member.ts';

let bench: Bench;
let world: World;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(async () => {
  bench.time.now = noon;
  world = await bench.world({ policy: scorePolicy });
});
afterAll(() => bench.stop());

type Instance = ReturnType<World['open']>;
const imported = async (instance: Instance, contributions: unknown[], as = 'ops:olga') =>
  (await instance.ask('POST', '/v1/contributions', as, { contributions })).body.results as { status: string }[];
/** What was told of imports, each once. */
const toldBy = async (instance: Instance): Promise<ContributionsImported['data'][]> => {
  await instance.flush();
  return world.facts('contributions.imported');
};

describe('contributions that ops record', () => {
  it('are told once a request, with who, how many and of which sources', async () => {
    const instance = world.open();
    // More members, and more rows of one, than one transaction takes.
    const rows = [
      ...Array.from({ length: 150 }, (_, number) => did(`m_${number}`, { source: 'forum' })),
      ...Array.from({ length: 100 }, () => did('m_busy')),
    ];
    const results = await imported(instance, [
      ...rows,
      did('m_1', { kind: 'magic', source: 'nowhere' }),
      { bad: 'row' },
    ]);
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(250);
    expect(await toldBy(instance)).toEqual([{ by: 'olga', count: 250, sources: ['forum', 'github'] }]);
    await imported(instance, [takenBack(rows[0] as Row)], 'ops:oscar');
    expect(await toldBy(instance)).toContainEqual({ by: 'oscar', count: 1, sources: ['forum'] });
  });

  it('are told of the request that they came with', async () => {
    const instance = world.open();
    const answer = await instance.service.app.request('/v1/contributions', {
      method: 'POST',
      headers: { authorization: 'Bearer ops:olga', 'content-type': 'application/json', 'x-request-id': 'import-1' },
      body: JSON.stringify({ contributions: [did('m_mia')] }),
    });
    expect(answer.status).toBe(200);
    await instance.flush();
    expect(await world.events('contributions')).toMatchObject([
      { type: 'fcode.contributions.imported.v1', correlationid: 'import-1', time: iso(noon) },
    ]);
  });

  it('are not told of where nothing changed, nor where a connector tells of them', async () => {
    const instance = world.open();
    const rows = [did('m_mia'), did('m_leo')];
    await imported(instance, rows, 'connector:github');
    await imported(instance, rows);
    await imported(instance, [did('m_mia', { kind: 'magic' })]);
    await imported(instance, [{ bad: 'row' }]);
    expect(await toldBy(instance)).toEqual([]);
  });

  it('are told, each row once, when the same request comes twenty times at once to two instances', async () => {
    const instances = [world.open(), world.open()] as const;
    const rows = Array.from({ length: 5 }, (_, number) => did(`m_${number}`));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, number) => imported(instances[number % 2 === 0 ? 0 : 1], rows)),
    );
    expect(results.flat().filter(({ status }) => status === 'accepted')).toHaveLength(5);
    await instances[0].flush();
    const told = await toldBy(instances[1]);
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(5);
  });
});

describe('an import that was recorded and not told of', () => {
  /** An instance whose store takes one transaction, the rows', and none after it. */
  const cutOff = async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    let taken = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'TransactWriteItems') return 'pass';
      taken += 1;
      return taken === 1
        ? 'pass'
        : { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'slow' } };
    };
    return { instance: world.open(proxy.endpoint), proxy };
  };

  it('is told of a minute later by whoever looks, once, and its rows were answered as they are', async () => {
    const { instance, proxy } = await cutOff();
    expect(await imported(instance, [did('m_mia'), did('m_mia')])).toEqual([
      { status: 'accepted' },
      { status: 'accepted' },
    ]);
    const other = world.open();
    bench.time.now += 59_000;
    await other.look();
    expect(await toldBy(other)).toEqual([]);
    bench.time.now += 1000;
    for (let looks = 0; looks < 2; looks += 1) await other.look();
    expect(await toldBy(other)).toEqual([{ by: 'olga', count: 2, sources: ['github'] }]);
    await instance.stop();
    await proxy.stop();
  });

  it('is told of at once when the request comes again', async () => {
    const { instance, proxy } = await cutOff();
    const rows = [did('m_mia')];
    await imported(instance, rows);
    const other = world.open();
    expect(await imported(other, rows)).toEqual([{ status: 'duplicate' }]);
    expect(await toldBy(other)).toEqual([{ by: 'olga', count: 1, sources: ['github'] }]);
    await instance.stop();
    await proxy.stop();
  });
});

describe('an import, as it is decided', () => {
  const row = (ref: string, source: string): Contribution => ({
    memberId: 'm_mia',
    source,
    ref,
    kind: 'fix',
    occurredAt: noon,
  });
  const counted = (rows: Contribution[]) => {
    const decision = contribute(rows, { policy: scorePolicy }, noon, stranger, new Map());
    return counting(decision, rows, { by: 'olga', correlationId: 'req_1', since: noon });
  };
  const after = (...all: Contribution[][]) =>
    all
      .flatMap((rows) => {
        const decision = counted(rows);
        return decision.outcome === 'accepted' ? decision.facts : [];
      })
      .reduce(importOf('olga', []).evolve, {});

  it('adds up what its transactions counted, and says what is due', () => {
    const state = after([row('1', 'wiki'), row('2', 'forum')], [row('3', 'wiki')]);
    expect(tell(state)).toMatchObject({
      outcome: 'accepted',
      facts: [{ type: 'contributions.imported', data: { by: 'olga', count: 3, sources: ['forum', 'wiki'] } }],
    });
    expect(importOf('olga', []).indexed?.(state)).toEqual({ dueAt: noon + 60_000 });
    expect(tell({}).outcome).toBe('again');
    expect(importOf('olga', []).indexed?.({})).toEqual({ dueAt: undefined });
  });

  it('is another by who asks, and by what is asked', () => {
    const rows = [row('1', 'wiki')];
    const names = [importOf('olga', rows), importOf('oscar', rows), importOf('olga', [row('2', 'wiki')])];
    expect(new Set(names.map(({ pk }) => pk)).size).toBe(3);
    expect(importOf('olga', rows).pk).toBe(importOf('olga', [row('1', 'wiki')]).pk);
  });
});
