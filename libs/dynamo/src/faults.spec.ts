import { type Fault, startStoreProxy } from '@fcode/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';
import { hold, holdBoth, holdOnce, note, release, request, seat } from './fixtures/seat.ts';
import { isWrite, refusingStatements, startWire, throttled, type Wire } from './fixtures/wire.ts';
import { nameOf } from './item.ts';

let bench: Bench;
let wire: Wire;
beforeAll(async () => {
  bench = await startBench();
  wire = await startWire(bench.engine.endpoint);
});
afterEach(() => {
  wire.pass();
  wire.calls.length = 0;
});
afterAll(async () => {
  await bench.stop();
  await wire.stop();
});

let batches = 0;
const fresh = () => {
  batches += 1;
  return seat(batches);
};
type Place = ReturnType<typeof seat>;
const stateOf = async (at: Place) => (await bench.open().store.read([at]))[0];
/** Ids of the events about a seat that are in the log or wait in its outbox. */
const eventsOf = async (at: Place) => {
  const logged = (await bench.published(nameOf(at))).map(({ sequence }) => Number(sequence));
  const waiting = (await stateOf(at)).outbox.map(({ sequence }) => sequence);
  return [...new Set([...logged, ...waiting])];
};
/** Loses the answers to the first `times` calls of `operation`. */
const losing = (operation: string, times = 1) => {
  let left = times;
  return (call: { operation: string }): Fault => (call.operation === operation && left-- > 0 ? 'lose' : 'pass');
};

describe('an answer of the store that is lost', () => {
  it.each([1, 3])('on a write (%i times) does not make a second effect or a wrong answer', async (times) => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { store } = bench.open({ endpoint: proxy.endpoint });
    proxy.fault = losing('BatchExecuteStatement', times);
    const at = fresh();
    expect(await store.change([at], hold(at, 'order-1'), request())).toMatchObject({ receipt: { owner: 'order-1' } });
    expect((await stateOf(at)).state.holds).toBe(1);
    expect(await eventsOf(at)).toEqual([1]);
    await proxy.stop();
  });

  it('on a write is found by the idempotency key, where the rule alone would refuse its own work', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { store } = bench.open({ endpoint: proxy.endpoint });
    const idempotency = { key: 'k', fingerprint: 'f' };
    const [at, other] = [fresh(), fresh()];
    const expected = await store.change([other], holdOnce(other, 'order-1'), request(5000, { idempotency }));
    proxy.fault = losing('BatchExecuteStatement');
    const decision = await store.change([at], holdOnce(at, 'order-1'), request(5000, { idempotency }));
    expect(decision).toMatchObject({ outcome: 'again' });
    expect((decision as { receipt: unknown }).receipt).toEqual((expected as { receipt: unknown }).receipt);
    expect(await eventsOf(at)).toEqual([1]);
    await proxy.stop();
  });

  it('on a transaction does not make a second effect or a wrong answer', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { store } = bench.open({ endpoint: proxy.endpoint });
    proxy.fault = losing('TransactWriteItems');
    const [left, right] = [fresh(), fresh()];
    const decision = await store.change([left, right], holdBoth(left, right, 'order-1'), request());
    expect(decision).toMatchObject({ outcome: 'again', receipt: { owner: 'order-1' } });
    expect([(await stateOf(left)).state.holds, (await stateOf(right)).state.holds]).toEqual([1, 1]);
    expect(await eventsOf(left)).toEqual([1, 2]);
    await proxy.stop();
  });

  it('on a read is read again', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { store } = bench.open({ endpoint: proxy.endpoint });
    const [left, right] = [fresh(), fresh()];
    await store.change([left, right], holdBoth(left, right, 'order-1'), request());
    proxy.fault = losing('GetItem', 2);
    expect((await store.change([left], hold(left, 'order-2'), request())).outcome).toBe('refused');
    proxy.fault = ({ operation }) => (operation.includes('Get') && Math.random() < 0.5 ? 'lose' : 'pass');
    expect((await store.change([left, right], holdBoth(left, right, 'order-2'), request())).outcome).toBe('refused');
    await proxy.stop();
  });

  it('or a request that never left, now and then, on any call: still one winner and one event each time', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    let count = 0;
    proxy.fault = () => {
      count += 1;
      return count % 3 === 0 ? 'lose' : count % 5 === 0 ? 'refuse' : 'pass';
    };
    const [one, other] = [bench.open({ endpoint: proxy.endpoint }), bench.open({ endpoint: proxy.endpoint })];
    for (let round = 0; round < 20; round += 1) {
      const at = fresh();
      const decisions = await Promise.all(
        Array.from({ length: 16 }, (_, order) =>
          (order % 2 ? one : other).store.change([at], hold(at, `order-${order}`), request()),
        ),
      );
      const winners = decisions.filter(({ outcome }) => outcome !== 'refused');
      const { state } = await stateOf(at);
      expect(winners).toHaveLength(1);
      expect(winners[0]).toMatchObject({ receipt: { owner: state.owner } });
      expect(state.holds).toBe(1);
      expect(await eventsOf(at)).toEqual([1]);
    }
    await proxy.stop();
  });
});

describe('a write that arrives long after it was given up', () => {
  /** The first write is cut off and kept; `arrive` lets it reach the store. */
  const delayed = () => {
    let arrive: () => Promise<unknown> = async () => {};
    wire.handle = async (call, forward) => {
      if (!isWrite(call)) return forward();
      wire.pass();
      arrive = () => forward();
      return undefined;
    };
    return () => arrive();
  };

  it('changes nothing when its own retry has been done', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const at = fresh();
    const arrive = delayed();
    expect((await store.change([at], hold(at, 'order-1'), request())).outcome).toBe('accepted');
    await store.change([at], release(at, 'order-1'), request());
    await arrive();
    expect(await stateOf(at)).toMatchObject({ seq: 2, state: { holds: 1 } });
    expect((await stateOf(at)).state.owner).toBeUndefined();
  });

  it('does not take the seat from the one who got it meanwhile, in a transaction neither', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const [left, right] = [fresh(), fresh()];
    const arrive = delayed();
    // What the first process sees after the cut is the other's hold.
    const first = store.change([left, right], holdBoth(left, right, 'order-1'), request());
    expect((await other.store.change([right], hold(right, 'order-2'), request())).outcome).toBeDefined();
    const decisions = [await first];
    await arrive();
    const owners = [(await stateOf(left)).state.owner, (await stateOf(right)).state.owner];
    expect([
      ['order-1', 'order-1'],
      [undefined, 'order-2'],
    ]).toContainEqual(owners);
    expect(decisions[0]?.outcome).toBe(owners[0] === 'order-1' ? 'accepted' : 'refused');
  });

  it('may still win a seat that nobody took, and its order learns so when it asks again', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const at = fresh();
    let arrive: () => Promise<unknown> = async () => {};
    wire.handle = async (call, forward) => {
      if (isWrite(call)) arrive = () => forward();
      return undefined;
    };
    await expect(store.change([at], hold(at, 'order-1'), request(150))).rejects.toMatchObject({
      name: 'StoreBusy',
      outcomeUnknown: true,
    });
    wire.pass();
    await arrive();
    expect((await store.change([at], hold(at, 'order-2'), request())).outcome).toBe('refused');
    expect((await store.change([at], hold(at, 'order-1'), request())).outcome).toBe('again');
    expect(await eventsOf(at)).toEqual([1]);
  });
});

describe('a store that throttles', () => {
  const sometimes = (code: string) => {
    let count = 0;
    return refusingStatements(() => (count++ % 3 === 0 ? undefined : code));
  };

  it.each(['ThrottlingError', 'TransactionConflict', 'InternalServerError', 'ProvisionedThroughputExceeded'])(
    'with %s for some statements of a batch delays those, and all end right',
    async (code) => {
      const { store } = bench.open({ endpoint: wire.endpoint });
      wire.handle = sometimes(code);
      const seats = Array.from({ length: 40 }, fresh);
      const decisions = await Promise.all(seats.map((at) => store.change([at], hold(at, 'order-1'), request())));
      expect(new Set(decisions.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
      for (const at of seats)
        expect(await stateOf(at)).toMatchObject({ seq: 1, state: { owner: 'order-1', holds: 1 } });
    },
  );

  it('for whole requests, of every kind, delays them', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const [left, right] = [fresh(), fresh()];
    let count = 0;
    wire.handle = async (_, forward) => (count++ % 4 === 3 ? forward() : throttled());
    expect((await store.change([left], note(left), request())).outcome).toBe('accepted');
    expect((await store.change([left, right], holdBoth(left, right, 'order-1'), request())).outcome).toBe('accepted');
    expect((await store.change([left, right], holdBoth(left, right, 'order-2'), request())).outcome).toBe('refused');
    expect(await eventsOf(left)).toEqual([2, 3]);
  });

  it('for two seconds is waited for when the deadline allows, and is not called a change by others', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const at = fresh();
    const until = performance.now() + 2000;
    const refusing = refusingStatements(() => 'ThrottlingError');
    wire.handle = (call, forward) => (performance.now() < until ? refusing(call, forward) : forward());
    expect((await store.change([at], hold(at, 'order-1'), request())).outcome).toBe('accepted');
  });

  it.each([
    ['throttled statements', () => refusingStatements(() => 'ThrottlingError'), false],
    ['throttled requests', (): Wire['handle'] => async () => throttled(), false],
    ['failing statements', () => refusingStatements(() => 'InternalServerError'), true],
    [
      'failing requests',
      (): Wire['handle'] => async () => ({ status: 500, body: '{"__type":"InternalServerError"}' }),
      true,
    ],
    ['cut connections', (): Wire['handle'] => async () => undefined, true],
  ])(
    'beyond the deadline (%s) is StoreBusy in time, and nothing is sent or written after it',
    async (_, handle, unknown) => {
      const { store } = bench.open({ endpoint: wire.endpoint });
      const at = fresh();
      wire.handle = handle();
      wire.calls.length = 0;
      const asked = request(400);
      const failure = await store.change([at], hold(at, 'order-1'), asked).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'StoreBusy', outcomeUnknown: unknown });
      expect(performance.now()).toBeLessThan(asked.deadline + 150);
      // A store in trouble is asked with growing pauses, not hammered.
      expect(wire.calls.length).toBeLessThan(40);
      wire.pass();
      await new Promise((resolve) => setTimeout(resolve, 250));
      expect(wire.calls.filter((call) => isWrite(call) && call.at > asked.deadline + 20)).toEqual([]);
      expect(await bench.raw(at)).toBeUndefined();
    },
  );

  it('a transaction beyond the deadline is StoreBusy, unknown only if it may have been written', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint });
    const [left, right] = [fresh(), fresh()];
    const ask = () => store.change([left, right], holdBoth(left, right, 'order-1'), request(200));
    wire.handle = async () => throttled();
    await expect(ask()).rejects.toMatchObject({ name: 'StoreBusy', outcomeUnknown: false });
    wire.handle = async (call, forward) => {
      await forward();
      return isWrite(call) ? undefined : throttled();
    };
    await expect(ask()).rejects.toMatchObject({ name: 'StoreBusy', outcomeUnknown: true });
    wire.pass();
    expect((await ask()).outcome).toBe('again');
  });
});

describe('a request whose deadline has passed', () => {
  it('writes nothing, neither alone nor in line nor with several seats', async () => {
    const { store, table } = bench.open();
    const [left, right] = [fresh(), fresh()];
    const late = [
      store.change([left], hold(left, 'order-1'), request(-1)),
      store.change([left, right], holdBoth(left, right, 'order-1'), request(-1)),
    ];
    for (const { status } of await Promise.allSettled(late)) expect(status).toBe('rejected');
    expect(table.sent).toMatchObject({ batches: 0, transactions: 0 });
  });

  it('hears so in time although the one before it waits for a store that is silent', async () => {
    const { store } = bench.open({ endpoint: wire.endpoint, requestTimeoutMs: 600 });
    const at = fresh();
    wire.handle = () => new Promise(() => {});
    const first = store.change([at], hold(at, 'order-1'), request(700)).catch((error: unknown) => error);
    const asked = request(100);
    await expect(store.change([at], hold(at, 'order-2'), asked)).rejects.toMatchObject({ outcomeUnknown: false });
    expect(performance.now() - asked.deadline).toBeLessThan(150);
    expect(await first).toMatchObject({ name: 'StoreBusy', outcomeUnknown: true });
  });
});
