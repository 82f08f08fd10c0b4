import { accept, refuse } from '@fcode/policy';
import { startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, type Opened, startBench } from './fixtures/bench.ts';
import {
  held,
  hold,
  holdBoth,
  holdOnce,
  note,
  noted,
  release,
  released,
  request,
  type Seat,
  seat,
} from './fixtures/seat.ts';
import { startWire } from './fixtures/wire.ts';
import { nameOf } from './item.ts';
import type { Store } from './store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

let batches = 0;
const fresh = () => {
  batches += 1;
  return seat(batches);
};
type Place = ReturnType<typeof seat>;
const orders = (count: number, prefix = 'order') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const outcomes = (decisions: { outcome: string }[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(decisions, ({ outcome }) => outcome)).map(([outcome, all]) => [outcome, all?.length]),
  );
const holdIn = (store: Store, at: Place, order: string) => store.change([at], hold(at, order), request());
const ownerOf = async (at: Place) => (await bench.open().store.read([at]))[0];

describe('the first order on an untouched seat', () => {
  it('is one statement in one request, without a read', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { store, table } = bench.open({ endpoint: proxy.endpoint });
    const at = fresh();
    expect(await holdIn(store, at, 'order-1')).toMatchObject({ outcome: 'accepted', receipt: { owner: 'order-1' } });
    expect(table.sent).toEqual({ batches: 1, statements: 1, transactions: 0, reads: 0, queries: 0 });
    expect(proxy.calls.map(({ operation }) => operation)).toEqual(['BatchExecuteStatement']);
    expect(JSON.parse(proxy.calls[0]?.body ?? '').Statements).toHaveLength(1);
    await proxy.stop();
  });

  it('shares its request with others that come at the same time', async () => {
    const { store, table } = bench.open();
    const seats = Array.from({ length: 25 }, fresh);
    const decisions = await Promise.all(seats.map((at) => holdIn(store, at, 'order-1')));
    expect(outcomes(decisions)).toEqual({ accepted: 25 });
    expect(table.sent).toMatchObject({ batches: 1, statements: 25, reads: 0 });
  });
});

describe('sixty-four orders on one seat at once', () => {
  it('have one winner in one process, for one write and at most a read, a hundred times over', async () => {
    const { store, table } = bench.open();
    for (let round = 0; round < 100; round += 1) {
      const at = fresh();
      const before = { ...table.sent };
      const decisions = await Promise.all(orders(64).map((order) => holdIn(store, at, order)));
      expect(outcomes(decisions)).toEqual({ accepted: 1, refused: 63 });
      expect(table.sent.statements - before.statements).toBe(1);
      expect(table.sent.reads - before.reads).toBeLessThanOrEqual(1);
    }
  });

  it('have one winner across two processes, whom both know, a hundred times over', async () => {
    const [one, other] = [bench.open(), bench.open()];
    let [writes, reads] = [0, 0];
    for (let round = 0; round < 100; round += 1) {
      const at = fresh();
      const decisions = await Promise.all(
        orders(64).map((order, position) => holdIn((position % 2 ? one : other).store, at, order)),
      );
      expect(outcomes(decisions)).toEqual({ accepted: 1, refused: 63 });
      const winner = decisions.find(({ outcome }) => outcome === 'accepted');
      const { state, seq } = await ownerOf(at);
      expect({ state, seq }).toEqual({
        state: { owner: (winner as { receipt: { owner: string } }).receipt.owner, holds: 1, notes: 0 },
        seq: 1,
      });
      expect(new Set(decisions.flatMap((one) => (one.outcome === 'refused' ? [one.reasons[0]?.by] : [])))).toEqual(
        new Set([state.owner]),
      );
    }
    for (const { table } of [one, other]) {
      writes += table.sent.statements;
      reads += table.sent.reads;
    }
    expect(writes).toBeLessThanOrEqual(100 * 4);
    expect(reads).toBeLessThanOrEqual(100 * 4);
  });

  it('do not fail or noticeably slow the orders of others that come with them', async () => {
    const { store } = bench.open();
    const timeOf = async (crowd: number) => {
      const at = fresh();
      const strangers = Array.from({ length: 100 }, fresh);
      const began = performance.now();
      const crowded = orders(crowd).map((order) => holdIn(store, at, order));
      const others = strangers.map((stranger) => holdIn(store, stranger, 'order-1'));
      expect(outcomes(await Promise.all(others))).toEqual({ accepted: 100 });
      const took = performance.now() - began;
      await Promise.all(crowded);
      return took;
    };
    for (let round = 0; round < 3; round += 1) await timeOf(64);
    const [alone, beside]: [number[], number[]] = [[], []];
    for (let round = 0; round < 15; round += 1) {
      alone.push(await timeOf(0));
      beside.push(await timeOf(64));
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[7] as number;
    expect(median(beside)).toBeLessThan(3 * median(alone) + 20);
  });
});

describe('one request, sent again', () => {
  it('sixty-four times at once has one effect and one answer', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const at = fresh();
    const idempotency = { key: 'caller:1', fingerprint: 'hold order-1' };
    const decisions = await Promise.all(
      orders(64).map((_, position) =>
        (position % 2 ? one : other).store.change([at], holdOnce(at, 'order-1'), request(5000, { idempotency })),
      ),
    );
    const later = await one.store.change([at], holdOnce(at, 'order-1'), request(5000, { idempotency }));
    expect(outcomes(decisions)).toEqual({ accepted: 1, again: 63 });
    const first = decisions.find(({ outcome }) => outcome === 'accepted') as { receipt: unknown };
    for (const decision of [...decisions, later])
      expect((decision as { receipt: unknown }).receipt).toEqual(first.receipt);
    expect(later.outcome).toBe('again');
    const { seq, answers } = await ownerOf(at);
    expect([seq, answers.length]).toEqual([1, 1]);
  });

  it('with the same key for something else is refused, and nothing happens', async () => {
    const { store } = bench.open();
    const at = fresh();
    const ask = (fingerprint: string, rule = holdOnce(at, 'order-1')) =>
      store.change([at], rule, request(5000, { idempotency: { key: 'caller:1', fingerprint } }));
    await ask('hold order-1');
    expect(await ask('release order-1', release(at, 'order-1') as never)).toMatchObject({
      outcome: 'refused',
      refusal: 'idempotency_key_reused',
    });
    expect((await ownerOf(at)).seq).toBe(1);
  });

  it('with a key that another caller used is another request', async () => {
    const { store } = bench.open();
    const at = fresh();
    const ask = (key: string, order: string) =>
      store.change([at], holdOnce(at, order), request(5000, { idempotency: { key, fingerprint: order } }));
    expect((await ask('shop-1:key', 'order-1')).outcome).toBe('accepted');
    expect((await ask('shop-2:key', 'order-2')).outcome).toBe('refused');
  });

  it('under another key gets what the order was told, and again so whatever has happened since', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const at = fresh();
    const ask = (store: Store, key: string) =>
      store.change([at], hold(at, 'order-1'), request(5000, { idempotency: { key, fingerprint: 'hold order-1' } }));
    const first = await ask(one.store, 'key-1');
    expect(await ask(one.store, 'key-2')).toMatchObject({ outcome: 'again' });
    await one.store.change([at], release(at, 'order-1'), request());
    await holdIn(one.store, at, 'order-2');
    const { seq } = await ownerOf(at);
    for (const { store } of [one, other]) {
      const late = await ask(store, 'key-2');
      expect([late.outcome, 'receipt' in late && late.receipt]).toEqual(['again', 'receipt' in first && first.receipt]);
    }
    expect(await ownerOf(at)).toMatchObject({ seq, state: { owner: 'order-2' } });
  });

  it('gets its first answer after others changed the seat, up to the last thirty-two answers', async () => {
    const { store } = bench.open();
    const at = fresh();
    const ask = (number: number) =>
      store.change([at], note(at), request(5000, { idempotency: { key: `key-${number}`, fingerprint: 'note' } }));
    for (let number = 0; number < 33; number += 1) await ask(number);
    expect((await ask(1)).outcome).toBe('again');
    expect((await ask(0)).outcome).toBe('accepted');
    expect((await ownerOf(at)).state.notes).toBe(34);
  });
});

describe('a refusal', () => {
  it('rests on the seat as it is now, not as this process knew it', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const at = fresh();
    await holdIn(one.store, at, 'order-1');
    expect((await holdIn(one.store, at, 'order-2')).outcome).toBe('refused');
    await other.store.change([at], release(at, 'order-1'), request());
    expect((await holdIn(one.store, at, 'order-2')).outcome).toBe('accepted');
  });

  it('is not shared with an order that came after the release, though it stood in the same line', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const one = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const at = fresh();
    await holdIn(other.store, at, 'order-1');
    // The read of the one in line is answered by the engine and then held back.
    let let_go = () => {};
    const answered = new Promise<void>((resolve) => {
      wire.handle = async (call, forward) => {
        const answer = await forward();
        if (call.operation === 'GetItem') {
          wire.pass();
          resolve();
          await new Promise<void>((go) => (let_go = go));
        }
        return answer;
      };
    });
    const before = holdIn(one.store, at, 'order-2');
    await answered;
    await other.store.change([at], release(at, 'order-1'), request());
    const after = holdIn(one.store, at, 'order-3');
    let_go();
    expect((await before).outcome).toBe('refused');
    expect((await after).outcome).toBe('accepted');
    await wire.stop();
  });

  it('never rests on what the caller read before', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const at = fresh();
    await holdIn(one.store, at, 'order-1');
    const [known] = await one.store.read([at]);
    await other.store.change([at], release(at, 'order-1'), request());
    const decision = await one.store.change([at], hold(at, 'order-2'), request(), [known]);
    expect(decision.outcome).toBe('accepted');
  });

  it('of two seats together rests on one instant, not on each at another', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const one = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const [left, right] = [fresh(), fresh()];
    const eitherOf = (order: string) => (first: Seat, second: Seat) =>
      first.owner === undefined ? hold(left, order)(first) : hold(right, order)(second);
    await holdIn(other.store, left, 'mover');
    // One order learns that the left is taken, the mover changes seats, another learns that the right is taken. A third
    // one stood in line behind both all the time: each was taken when it was looked at, but one was free at any instant.
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    let looked = () => {};
    const leftIsKnown = new Promise<void>((resolve) => (looked = resolve));
    wire.handle = async (call, forward) => {
      if (call.operation !== 'GetItem') return forward();
      if (call.body.includes(`"${right.pk}"`)) await opened;
      const answer = await forward();
      looked();
      return answer;
    };
    const first = holdIn(one.store, left, 'order-1');
    const second = one.store.change([right], release(right, 'order-2'), request());
    const third = one.store.change([left, right], eitherOf('order-3'), request());
    await leftIsKnown;
    expect((await other.store.change([left, right], move(left, right), request())).outcome).toBe('accepted');
    open();
    expect([(await first).outcome, (await second).outcome]).toEqual(['refused', 'refused']);
    expect((await third).outcome).toBe('accepted');
    expect([(await ownerOf(left)).state.owner, (await ownerOf(right)).state.owner]).toEqual(['order-3', 'mover']);
    await wire.stop();
  });
});

const move = (from: Place, to: Place) => (first: Seat, second: Seat) =>
  first.owner !== undefined && second.owner === undefined
    ? accept([released(from, first.owner), held(to, first.owner)], {})
    : refuse('cannot_move');

describe('what the caller knows', () => {
  it('saves the read before a change of a seat that was touched', async () => {
    const { store, table } = bench.open();
    const at = fresh();
    await holdIn(store, at, 'order-1');
    const [known] = await store.read([at]);
    const before = { ...table.sent };
    expect((await store.change([at], release(at, 'order-1'), request(), [known])).outcome).toBe('accepted');
    expect(table.sent.statements - before.statements).toBe(1);
    expect(table.sent.reads).toBe(before.reads);
  });

  it('gives way to what the line has learnt since', async () => {
    const { store, table } = bench.open();
    const at = fresh();
    await holdIn(store, at, 'order-1');
    const [old] = await store.read([at]);
    const before = { ...table.sent };
    const noted = Promise.all([1, 2, 3].map(() => store.change([at], note(at), request(), [old])));
    expect(outcomes(await noted)).toEqual({ accepted: 3 });
    expect(table.sent.statements - before.statements).toBe(3);
  });
});

describe('a change of several seats', () => {
  it('changes all of them or none', async () => {
    const { store, table } = bench.open();
    const [left, right, third] = [fresh(), fresh(), fresh()];
    expect((await store.change([left, right], holdBoth(left, right, 'order-1'), request())).outcome).toBe('accepted');
    expect(table.sent).toMatchObject({ transactions: 1, reads: 0, statements: 0 });
    expect((await store.change([third, right], holdBoth(third, right, 'order-2'), request())).outcome).toBe('refused');
    expect([(await ownerOf(left)).state.owner, (await ownerOf(right)).state.owner]).toEqual(['order-1', 'order-1']);
    expect(await bench.raw(third)).toBeUndefined();
  });

  it('decides anew when the second one was changed by another process in between', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const one = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const [left, right] = [fresh(), fresh()];
    let times = 0;
    wire.handle = async (call, forward) => {
      if (call.operation === 'TransactWriteItems') {
        wire.pass();
        await other.store.change([right], note(right), request());
      }
      return forward();
    };
    const decision = await one.store.change(
      [left, right],
      (a: Seat, b: Seat) => {
        times += 1;
        return holdBoth(left, right, 'order-1')(a, b);
      },
      request(),
    );
    expect([decision.outcome, times]).toEqual(['accepted', 2]);
    expect((await ownerOf(right)).state).toEqual({ owner: 'order-1', holds: 1, notes: 1 });
    await wire.stop();
  });

  it('only checks a seat that its facts leave alone, and the check protects', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const one = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const ifFree = (at: Place, order: string) => (mine: Seat, guard: Seat) =>
      guard.owner === undefined ? hold(at, order)(mine) : hold(at, order)(guard);
    const [guard, first, second, third] = [fresh(), fresh(), fresh(), fresh()];
    // Untouched: it stays untouched.
    expect((await one.store.change([first, guard], ifFree(first, 'order-1'), request())).outcome).toBe('accepted');
    expect(await bench.raw(guard)).toBeUndefined();
    // Touched and free: its sequence stays.
    await other.store.change([guard], note(guard), request());
    expect((await one.store.change([second, guard], ifFree(second, 'order-1'), request())).outcome).toBe('accepted');
    expect((await bench.raw(guard))?.seq).toEqual({ N: '1' });
    // Taken between the decision and its commit.
    wire.handle = async (call, forward) => {
      if (call.operation === 'TransactWriteItems' && call.body.includes('order-2')) {
        wire.pass();
        await holdIn(other.store, guard, 'stranger');
      }
      return forward();
    };
    expect((await one.store.change([third, guard], ifFree(third, 'order-2'), request())).outcome).toBe('refused');
    expect(await bench.raw(third)).toBeUndefined();
    await wire.stop();
  });

  it('in crossing order by two processes never deadlocks, and loses and doubles nothing', async () => {
    const stores = [bench.open(), bench.open()];
    const [left, right] = [fresh(), fresh()];
    const both = (mine: Place, yours: Place) => () => accept([noted(mine), noted(yours)], {});
    let accepted = 0;
    const failures: unknown[] = [];
    const shop = async ({ store }: Opened, pair: [Place, Place], times: number) => {
      for (let round = 0; round < times; round += 1) {
        try {
          await store.change(pair, both(...pair), request());
          accepted += 1;
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(stores.flatMap((opened) => [shop(opened, [left, right], 25), shop(opened, [right, left], 25)]));
    // The process whose line is longer may win twelve times in a row; the other says so, and has written nothing.
    for (const failure of failures) expect(failure).toMatchObject({ name: 'KeepsChanging', outcomeUnknown: false });
    expect(accepted).toBeGreaterThan(50);
    const [a, b] = [await ownerOf(left), await ownerOf(right)];
    expect([a.state.notes, b.state.notes, a.seq, b.seq]).toEqual(Array.from({ length: 4 }, () => accepted));
  });
});

describe('a seat that never comes to rest', () => {
  it('is given up with an error that names it', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const one = bench.open({ endpoint: wire.endpoint });
    const other = bench.open();
    const at = fresh();
    wire.handle = async (call, forward) => {
      if (call.operation === 'BatchExecuteStatement') await other.store.change([at], note(at), request());
      return forward();
    };
    const failed = one.store.change([at], note(at), request());
    await expect(failed).rejects.toMatchObject({ name: 'KeepsChanging', outcomeUnknown: false });
    await expect(failed).rejects.toThrow(nameOf(at));
    await wire.stop();
  });
});

describe('too much at once', () => {
  it('is StoreBusy at once for what is beyond the queue, and harms nothing else', async () => {
    const wire = await startWire(bench.engine.endpoint);
    const { store } = bench.open({ endpoint: wire.endpoint, inFlight: 1, queue: 10 });
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    wire.handle = async (_, forward) => {
      await opened;
      return forward();
    };
    const first = holdIn(store, fresh(), 'order-1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const waiting = Array.from({ length: 10 }, () => holdIn(store, fresh(), 'order-1'));
    const refused = fresh();
    const began = performance.now();
    await expect(holdIn(store, refused, 'order-1')).rejects.toMatchObject({ name: 'StoreBusy', outcomeUnknown: false });
    expect(performance.now() - began).toBeLessThan(100);
    open();
    expect(outcomes(await Promise.all([first, ...waiting]))).toEqual({ accepted: 11 });
    expect(await bench.raw(refused)).toBeUndefined();
    expect((await holdIn(store, refused, 'order-1')).outcome).toBe('accepted');
    await wire.stop();
  });

  it('and a rule that throws fails its own caller only', async () => {
    const { store } = bench.open();
    const at = fresh();
    const bug = () => {
      throw new Error('a bug');
    };
    const results = await Promise.allSettled([
      store.change([at], bug, request()),
      holdIn(store, at, 'order-1'),
      store.change(
        [{ ...fresh(), evolve: () => ({ tiny: 1e-200 }) as never }],
        () => ({ outcome: 'accepted' as const, facts: [{ type: 'seat.spoilt', data: {} }], receipt: {}, reasons: [] }),
        request(5000),
      ),
      holdIn(store, fresh(), 'order-1'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
