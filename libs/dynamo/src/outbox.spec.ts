import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { catalog, codeHeld, type Dialect, defineEvent, dialectOf, hear, type OutboxEntry } from '@fcode/events';
import { accept, refuse } from '@fcode/policy';
import { until } from '@fcode/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreBusy } from './errors.ts';
import { type Bench, type Opened, type OpenOptions, startBench } from './fixtures/bench.ts';
import { held, hold, note, noted, release, released, request, type Seat, seat } from './fixtures/seat.ts';
import { isWrite, startWire, type Wire } from './fixtures/wire.ts';
import { decodeOutbox, keyAttributes, nameOf } from './item.ts';
import { Store } from './store.ts';

let bench: Bench;
let wire: Wire;
beforeAll(async () => {
  bench = await startBench();
  wire = await startWire(bench.engine.endpoint);
});
afterEach(() => {
  bench.log.away = false;
  bench.log.slow = 0;
  wire.pass();
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
const take = ({ store }: Opened, at: Place, order = 'order-1') => store.change([at], hold(at, order), request());
const free = ({ store }: Opened, at: Place, order = 'order-1') => store.change([at], release(at, order), request());
const sequences = async (at: Place) => (await bench.published(nameOf(at))).map(({ sequence }) => Number(sequence));
/** In the order in which a listener first sees them. */
const firsts = async (at: Place) => [...new Set(await sequences(at))];
const waiting = async (at: Place) => decodeOutbox((await bench.raw(at)) ?? {}).map(({ sequence }) => sequence);
const isClear = async (at: Place) => {
  const item = await bench.raw(at);
  return item !== undefined && item.pending === undefined && item.outbox?.L?.length === 0;
};
/** An instance that commits but whose events reach the log only through others: it dies before it publishes. */
const dying = (options: OpenOptions = {}) =>
  bench.open({ ...options, log: { ...bench.log, append: () => Promise.reject(new Error('dead')) } });
const oneToo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the events of a change', () => {
  it('reach the log, readable, named by their seat and sequence; then the seat is cleared and its sequence stays', async () => {
    const opened = bench.open();
    opened.store.outbox.start();
    const at = fresh();
    await take(opened, at);
    await free(opened, at);
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await firsts(at)).toEqual([1, 2]);
    const [first] = await bench.published(nameOf(at));
    expect(first).toMatchObject({
      id: `redemption/${at.pk}#${at.sk}@1`,
      type: 'fcode.code.held.v1',
      correlationid: 'req-1',
    });
    expect(hear(first as never)).toMatchObject({
      type: 'code.held',
      sequence: 1,
      data: { order: { orderId: 'order-1' } },
    });
    expect(await bench.raw(at)).toMatchObject({ seq: { N: '2' } });
    expect((await opened.store.read([at]))[0].state.holds).toBe(1);
    // What was remembered for clearing is forgotten.
    await until(() => !opened.store.outbox.isPublished(at, 1), 'the memory of it to go');
    expect((await take(opened, at, 'order-2')).outcome).toBe('accepted');
    await until(() => isClear(at), 'the outbox to be cleared again');
    expect(await firsts(at)).toEqual([1, 2, 3]);
    await opened.store.outbox.stop();
  });

  it('of one decision are numbered one by one in their order', async () => {
    const opened = bench.open();
    const at = fresh();
    const both = () => ({
      outcome: 'accepted' as const,
      facts: [held(at, 'a'), noted(at), held(at, 'b')],
      receipt: {},
      reasons: [],
    });
    await opened.store.change([at], both, request());
    await opened.store.change([at], note(at), request());
    await opened.store.change([at], both, request());
    await until(async () => (await firsts(at)).length === 4);
    const events = await bench.published(nameOf(at));
    expect(new Set(events.map((event) => (hear(event).data as { order: { orderId: string } }).order.orderId))).toEqual(
      new Set(['a', 'b']),
    );
    // A change without events counts too.
    expect(await firsts(at)).toEqual([1, 2, 4, 5]);
    expect((await opened.store.read([at]))[0]).toMatchObject({ seq: 5, state: { notes: 3, holds: 4 } });
  });

  it('that are in no catalog stay private', async () => {
    const opened = bench.open();
    const at = fresh();
    await opened.store.change([at], note(at), request());
    expect(await waiting(at)).toEqual([]);
    expect(await bench.raw(at)).not.toHaveProperty('pending');
    expect((await opened.store.read([at]))[0].state.notes).toBe(1);
  });

  it('are published although the answer is no', async () => {
    const opened = bench.open();
    const at = fresh();
    const lost = (state: Seat) =>
      refuse('hold_lost', [{ code: 'hold_lost' }], state.notes > 0 ? [] : [held(at, 'ops'), noted(at)]);
    expect(await opened.store.change([at], lost, request())).toMatchObject({
      outcome: 'refused',
      refusal: 'hold_lost',
    });
    await until(async () => (await sequences(at)).length > 0);
    expect((await opened.store.change([at], lost, request())).outcome).toBe('refused');
    expect([await firsts(at), (await opened.store.read([at]))[0].seq]).toEqual([[1], 1]);
  });

  it('all come, in order, while the seat changes faster than the log takes them', async () => {
    const opened = bench.open();
    opened.store.outbox.start();
    bench.log.slow = 15;
    const at = fresh();
    for (let round = 0; round < 20; round += 1) {
      await take(opened, at);
      await free(opened, at);
      await new Promise((resolve) => setTimeout(resolve, round));
    }
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await firsts(at)).toEqual(oneToo(40));
    await opened.store.outbox.stop();
  });

  it('all come, in order, while two processes change the seat in turns, publish and clear it', async () => {
    const both = [bench.open({ relayAfterMs: 100 }), bench.open({ relayAfterMs: 100 })];
    for (const { store } of both) store.outbox.start();
    const at = fresh();
    for (let round = 0; round < 60; round += 1) {
      const opened = both[round % 2] as Opened;
      await take(opened, at, `order-${round}`);
      await free(both[(round >> 1) % 2] as Opened, at, `order-${round}`);
      if (round % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await firsts(at)).toEqual(oneToo(120));
    for (const { store } of both) await store.outbox.stop();
  });

  it('leave with the next change at once when the log has them already', async () => {
    const opened = bench.open();
    const at = fresh();
    await take(opened, at);
    await until(() => opened.store.outbox.isPublished(at, 1));
    expect(await waiting(at)).toEqual([1]);
    await free(opened, at);
    expect(await waiting(at)).toEqual([2]);
    await until(async () => (await sequences(at)).length === 2);
    expect(await sequences(at)).toEqual([1, 2]);
  });

  it('of a seat that went along with another one are cleared too, and published once', async () => {
    const opened = bench.open({ relayAfterMs: 60_000 });
    const [home, along] = [fresh(), fresh()];
    await take(opened, along);
    const pair = () => ({
      outcome: 'accepted' as const,
      facts: [held(home, 'a'), noted(along)],
      receipt: {},
      reasons: [],
    });
    await until(() => opened.store.outbox.isPublished(along, 1));
    await opened.store.change([home, along], pair, request());
    opened.store.outbox.start();
    await until(async () => (await isClear(home)) && (await isClear(along)), 'both to be cleared', 3);
    expect([await sequences(home), await sequences(along)]).toEqual([[1], [1]]);
    await opened.store.outbox.stop();
  });
});

describe('an instance that dies between commit and publication', () => {
  it('leaves its events to the relay of any other', async () => {
    const dead = dying();
    const at = fresh();
    expect((await take(dead, at)).outcome).toBe('accepted');
    const other = bench.open({ relayAfterMs: 20 });
    other.store.outbox.start();
    await until(() => isClear(at), 'another to publish and clear');
    expect(await sequences(at)).toEqual([1]);
    await Promise.all([other.store.outbox.stop(), dead.store.outbox.stop()]);
  });

  it('leaves them to the next one who changes the seat, who publishes them in order', async () => {
    const [dead, other, at] = [dying(), bench.open(), fresh()];
    await take(dead, at);
    await free(other, at);
    await until(async () => (await firsts(at)).length === 2);
    expect(await sequences(at)).toEqual([1, 2]);
    await dead.store.outbox.stop();
  });

  it('is not helped before its time, and a cleared seat is not published again', async () => {
    const [dead, other, at] = [dying(), bench.open(), fresh()];
    await take(dead, at);
    await other.store.outbox.relay(60_000);
    expect(await sequences(at)).toEqual([]);
    await other.store.outbox.relay(-1000);
    expect(await sequences(at)).toEqual([1]);
    await other.store.outbox.stop();
    expect(await isClear(at)).toBe(true);
    await bench.open().store.outbox.relay(-1000);
    expect(await sequences(at)).toEqual([1]);
    await dead.store.outbox.stop();
  });

  it('loses no event when another clears what it published before', async () => {
    const [dead, other, at] = [dying(), bench.open(), fresh()];
    await take(other, at);
    await until(() => other.store.outbox.isPublished(at, 1));
    await free(dead, at);
    expect(await waiting(at)).toEqual([1, 2]);
    // Stopping clears.
    await other.store.outbox.stop();
    expect(await waiting(at)).toEqual([1, 2]);
    const third = bench.open();
    await third.store.outbox.relay(-1000);
    expect(await firsts(at)).toEqual([1, 2]);
    await third.store.outbox.stop();
    expect(await isClear(at)).toBe(true);
    await dead.store.outbox.stop();
  });

  it('does not keep the relay from others when it came from a newer program, whose events it leaves alone', async () => {
    const [newer, older, dead, at] = [fresh(), bench.open({ relayAfterMs: 20 }), dying(), fresh()];
    await take(dead, newer);
    await take(dead, at);
    const [entry] = decodeOutbox((await bench.raw(newer)) ?? {});
    const unknown: OutboxEntry = { ...(entry as OutboxEntry), type: 'code.exchanged' };
    await older.client.send(
      new UpdateItemCommand({
        TableName: older.table.name,
        Key: keyAttributes(newer),
        UpdateExpression: 'SET outbox = :outbox',
        ExpressionAttributeValues: { ':outbox': { L: [{ S: JSON.stringify(unknown) }] } },
      }),
    );
    older.store.outbox.start();
    await until(() => isClear(at), 'the relay to publish the other', 5);
    // Nor does it block what this instance commits itself, on that seat and elsewhere.
    const mine = fresh();
    await free(older, newer);
    await take(older, mine);
    await until(() => isClear(mine), 'own events to be published', 5);
    expect(await waiting(newer)).toEqual([1, 2]);
    expect(await sequences(newer)).toEqual([]);
    expect(older.logged.join()).toContain('code.exchanged');
    await older.store.outbox.stop();
    await dead.store.outbox.stop();
    await older.client.send(
      new UpdateItemCommand({
        TableName: older.table.name,
        Key: keyAttributes(newer),
        UpdateExpression: 'REMOVE pending',
      }),
    );
  });
});

describe('the events of an item that processes of several releases change', () => {
  /** From the second version on, a hold tells what the thing is called. */
  const held = (versions: { emits?: 1 }) =>
    defineEvent({
      ...codeHeld,
      version: 2,
      ...versions,
      schema: codeHeld.schema.extend({ name: codeHeld.schema.shape.sku }),
      upcast: (_, data) => ({ name: 'unknown', ...(data as object) }),
      downcast: (_, { name: _name, ...data }) => data,
    });
  /** Reads the second version and writes the first. */
  const second = dialectOf({ ...catalog, 'code.held': held({ emits: 1 }) });
  /** Writes the second version too. */
  const third = dialectOf({ ...catalog, 'code.held': held({}) });
  const versions = async (at: Place) =>
    (await bench.published(nameOf(at))).map(({ type, sequence }) => `${Number(sequence)} ${type}`);
  const entries = async (at: Place) => decodeOutbox((await bench.raw(at)) ?? {});
  const relayed = async (by: Opened) => {
    await by.store.outbox.relay(-1000);
    await by.store.outbox.stop();
  };

  it('in a version that one does not know wait for one that does, in order, and are not lost', async () => {
    const [newer, older, at] = [dying({ dialect: third }), bench.open({ relayAfterMs: 20 }), fresh()];
    older.store.outbox.start();
    await take(newer, at);
    await free(older, at);
    await take(older, at, 'order-2');
    await until(() => older.logged.some((line) => line.includes('upgrade first')));
    // Its relay has looked as well.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await versions(at)).toEqual([]);
    expect((await entries(at)).map(({ sequence, v }) => [sequence, v])).toEqual([
      [1, 2],
      [2, undefined],
      [3, undefined],
    ]);
    await older.store.outbox.stop();
    expect(await waiting(at)).toEqual([1, 2, 3]);

    await relayed(bench.open({ dialect: third }));
    expect(await versions(at)).toEqual(['1 fcode.code.held.v2', '2 fcode.code.released.v1', '3 fcode.code.held.v2']);
    expect(await isClear(at)).toBe(true);
    await newer.store.outbox.stop();
  });

  it.each<[string, Dialect, Dialect | undefined, string]>([
    [
      'of before is published by the last in the version that it writes',
      dialectOf(catalog),
      third,
      '1 fcode.code.held.v2',
    ],
    ['of before is published by the next as it is', dialectOf(catalog), second, '1 fcode.code.held.v1'],
    ['of the next is published by the one of before: it can be taken back', second, undefined, '1 fcode.code.held.v1'],
    ['of the last is published by the next as all can read it', third, second, '1 fcode.code.held.v1'],
  ])('that one %s', async (_, committer, relay, published) => {
    const [dead, at] = [dying({ dialect: committer }), fresh()];
    await take(dead, at);
    await relayed(bench.open(relay ? { dialect: relay } : {}));
    expect(await versions(at)).toEqual([published]);
    expect(await isClear(at)).toBe(true);
    const [event] = await bench.published(nameOf(at));
    expect(event?.id).toBe(`redemption/${nameOf(at)}@1`);
    expect(third.hear(event as never).data).toMatchObject({ order: { orderId: 'order-1' }, name: 'unknown' });
    await dead.store.outbox.stop();
  });

  it('that were there before versions were told are of the first', async () => {
    const [dead, at] = [dying(), fresh()];
    await take(dead, at);
    expect(JSON.stringify(await bench.raw(at))).not.toContain('\\"v\\"');
    await relayed(bench.open({ dialect: third }));
    const [event] = await bench.published(nameOf(at));
    expect(event).toMatchObject({ type: 'fcode.code.held.v2', data: { name: 'unknown' } });
    await dead.store.outbox.stop();
  });
});

describe('while the log is away', () => {
  it('changes succeed, and the events flow in order when it is back', async () => {
    const opened = bench.open();
    opened.store.outbox.start();
    bench.log.away = true;
    const at = fresh();
    for (let round = 0; round < 5; round += 1) {
      expect((await take(opened, at)).outcome).toBe('accepted');
      expect((await free(opened, at)).outcome).toBe('accepted');
    }
    await until(() => opened.logged.some((line) => line.includes('away')));
    expect(await waiting(at)).toEqual(oneToo(10));
    bench.log.away = false;
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await firsts(at)).toEqual(oneToo(10));
    await opened.store.outbox.stop();
  });

  it('an item takes no more events than it has room for: its changes wait, and go on when the log is back', async () => {
    bench.log.away = true;
    const opened = bench.open();
    const at = fresh();
    // What many changes leave, in one of them: each would write all that waits.
    let accepted = 280;
    const many = Array.from({ length: accepted }, (_, n) => (n % 2 ? released(at, 'order-1') : held(at, 'order-1')));
    await opened.store.change([at], () => accept(many, {}), request());
    const turn = async () => {
      await take(opened, at);
      accepted += 1;
      await free(opened, at);
      accepted += 1;
    };
    const until400 = async () => {
      while (accepted < 400) await turn();
    };
    await expect(until400()).rejects.toThrow(StoreBusy);
    expect(accepted).toBeGreaterThan(299);
    // Others are served all the same.
    expect((await take(opened, fresh())).outcome).toBe('accepted');
    bench.log.away = false;
    await until(async () => (await firsts(at)).length === accepted, 'the events to flow');
    const order = accepted % 2 === 0 ? take : free;
    expect((await order(opened, at)).outcome).toBe('accepted');
    await opened.store.outbox.stop();
    expect(await firsts(at)).toEqual(oneToo(accepted + 1));
  });

  it('is found out with a few items, and when it is back each process publishes its own, once', async () => {
    const both = [bench.open({ relayAfterMs: 100 }), bench.open({ relayAfterMs: 100 })] as const;
    bench.log.away = true;
    const mine = both.flatMap((opened) => Array.from({ length: 40 }, () => ({ opened, at: fresh() })));
    for (const { opened, at } of mine) await take(opened, at);
    await sleep(200);
    // One that knows of nothing, like one that has been idle or has just come.
    const idle = bench.open({ relayAfterMs: 100 });
    await expect(idle.store.outbox.relay()).rejects.toThrow('away');
    bench.log.away = false;
    expect(await idle.store.outbox.relay()).toBeLessThanOrEqual(10);
    for (let times = 0; times < 5; times += 1) {
      expect(await idle.store.outbox.relay()).toBe(0);
      await sleep(200);
    }
    await until(async () => (await Promise.all(mine.map(({ at }) => sequences(at)))).every(({ length }) => length > 0));
    const twice = (await Promise.all(mine.map(({ at }) => sequences(at)))).filter(({ length }) => length > 1);
    expect(twice.length).toBeLessThanOrEqual(10);
  });

  it('stopping does not wait for it, and another publishes the rest', async () => {
    const opened = bench.open();
    opened.store.outbox.start();
    bench.log.away = true;
    const at = fresh();
    await take(opened, at);
    // Long enough for the pause between tries to have grown.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const began = performance.now();
    await opened.store.outbox.stop();
    expect(performance.now() - began).toBeLessThan(300);
    bench.log.away = false;
    const other = bench.open();
    await other.store.outbox.relay(-1000);
    expect(await firsts(at)).toEqual([1]);
    await other.store.outbox.stop();
  });
});

describe('clearing', () => {
  it('takes no room in the queue from customers', async () => {
    const opened = bench.open({ endpoint: wire.endpoint, inFlight: 1, queue: 40 });
    const seats = Array.from({ length: 160 }, fresh);
    for (let position = 0; position < seats.length; position += 40) {
      await Promise.all(seats.slice(position, position + 40).map((at) => take(opened, at)));
    }
    await until(() => seats.every((at) => opened.store.outbox.isPublished(at, 1)));
    // The store stands still while the clearing begins.
    let open = () => {};
    const moving = new Promise<void>((resolve) => (open = resolve));
    let clearing = () => {};
    const begun = new Promise<void>((resolve) => (clearing = resolve));
    wire.handle = async (call, forward) => {
      if (isWrite(call)) clearing();
      await moving;
      return forward();
    };
    opened.store.outbox.start();
    await begun;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const customers = Promise.allSettled(Array.from({ length: 40 }, () => take(opened, fresh())));
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    expect((await customers).filter(({ status }) => status === 'rejected')).toEqual([]);
    await until(async () => (await Promise.all(seats.map(isClear))).every(Boolean), 'all to be cleared');
    await opened.store.outbox.stop();
  });

  it('whose answer is lost is done again, and harms nothing', async () => {
    const opened = bench.open({ endpoint: wire.endpoint });
    const at = fresh();
    await take(opened, at);
    await until(() => opened.store.outbox.isPublished(at, 1));
    let left = 2;
    wire.handle = async (call, forward) => {
      const answer = await forward();
      return isWrite(call) && left-- > 0 ? undefined : answer;
    };
    opened.store.outbox.start();
    await until(() => !opened.store.outbox.isPublished(at, 1), 'the clearing to be known');
    expect(await isClear(at)).toBe(true);
    expect(await sequences(at)).toEqual([1]);
    await opened.store.outbox.stop();
  });
});

describe('events that the store is to note before they go', () => {
  const opening = (cover: () => Promise<void>): Opened => {
    const opened = bench.open();
    const warn = ({ err }: { err?: Error }) => void opened.logged.push(String(err?.message));
    const parts = { table: opened.table, log: bench.log, shards: 4, clock: Date.now, logger: { warn, error: warn } };
    return { ...opened, store: new Store({ ...parts, cover }) };
  };
  /** A store that notes when it is told to. */
  const covering = () => {
    const calls: PromiseWithResolvers<void>[] = [];
    const cover = () => {
      const call = Promise.withResolvers<void>();
      calls.push(call);
      return call.promise;
    };
    return { calls, opened: opening(cover) };
  };

  it('stay in the item until it has, whatever clears it or changes it', async () => {
    const { calls, opened } = covering();
    opened.store.outbox.start();
    const at = fresh();
    await take(opened, at);
    await until(() => calls.length === 1, 'the store to be told');
    expect(await sequences(at)).toEqual([1]);
    await free(opened, at);
    expect(await waiting(at)).toEqual([1, 2]);
    await until(async () => (await sequences(at)).length === 2);
    await sleep(600);
    expect([calls.length, await waiting(at)]).toEqual([1, [1, 2]]);
    // It covers what was appended before it was asked for, and no more.
    calls[0]?.resolve();
    await until(() => calls.length === 2, 'the store to be told again');
    expect([opened.store.outbox.isPublished(at, 1), opened.store.outbox.isPublished(at, 2)]).toEqual([true, false]);
    await take(opened, at, 'order-2');
    expect(await waiting(at)).toEqual([2, 3]);
    calls[1]?.resolve();
    await until(() => calls.length === 3, 'the store to be told of the last');
    calls[2]?.resolve();
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await sequences(at)).toEqual([1, 2, 3]);
    // Nothing to be noted, nothing asked.
    await sleep(600);
    expect(calls).toHaveLength(3);
    await opened.store.outbox.stop();
  });

  it('stay when it cannot, and it is asked again', async () => {
    const { calls, opened } = covering();
    opened.store.outbox.start();
    const at = fresh();
    await take(opened, at);
    await until(() => calls.length === 1);
    calls[0]?.reject(new Error('not now'));
    await until(() => calls.length === 2, 'the store to be told again');
    expect([await waiting(at), opened.logged.join()]).toEqual([[1], expect.stringContaining('not now')]);
    calls[1]?.resolve();
    await until(() => isClear(at), 'the outbox to be cleared');
    expect(await sequences(at)).toEqual([1]);
    await opened.store.outbox.stop();
  });

  it('make room at once where an item has no more', async () => {
    let covers = 0;
    const cover = async () => {
      covers += 1;
    };
    const opened = opening(cover);
    const at = fresh();
    const many = () => ({
      outcome: 'accepted' as const,
      facts: Array.from({ length: 120 }, (_, order) => held(at, `order-${order}`)),
      receipt: {},
      reasons: [],
    });
    for (const round of oneToo(5)) {
      expect((await opened.store.change([at], many, request())).outcome).toBe('accepted');
      await until(async () => (await sequences(at)).length === round * 120);
    }
    expect(covers).toBe(1);
    expect(await firsts(at)).toEqual(oneToo(600));
    await opened.store.outbox.stop();
    expect(await isClear(at)).toBe(true);
  });

  it('are noted before the last of them are cleared at the end', async () => {
    const { calls, opened } = covering();
    const at = fresh();
    await take(opened, at);
    const stopped = opened.store.outbox.stop();
    await until(() => calls.length === 1, 'the store to be told');
    expect(await waiting(at)).toEqual([1]);
    calls[0]?.resolve();
    await stopped;
    expect(await isClear(at)).toBe(true);
  });
});

describe('stopping', () => {
  it('publishes and clears what is known, and nothing is asked of store or log afterwards', async () => {
    const opened = bench.open({ relayAfterMs: 1 });
    opened.store.outbox.start();
    const seats = Array.from({ length: 30 }, fresh);
    await Promise.all(seats.map((at) => take(opened, at)));
    await opened.store.outbox.stop();
    const sent = { ...opened.table.sent };
    const { appends } = bench.log;
    for (const at of seats) expect([await isClear(at), await firsts(at)]).toEqual([true, [1]]);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect([opened.table.sent, bench.log.appends]).toEqual([sent, appends]);
  });

  it('waits for a relay that is under way', async () => {
    const dead = dying();
    const at = fresh();
    await take(dead, at);
    const opened = bench.open({ endpoint: wire.endpoint, relayAfterMs: 1 });
    let asked = () => {};
    const underWay = new Promise<void>((resolve) => (asked = resolve));
    wire.handle = async (call, forward) => {
      if (call.operation === 'Query') {
        asked();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      return forward();
    };
    opened.store.outbox.start();
    await underWay;
    await opened.store.outbox.stop();
    const sent = { ...opened.table.sent };
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(opened.table.sent).toEqual(sent);
    await dead.store.outbox.stop();
  });
});

describe('everything going wrong at once', () => {
  it('loses no event and keeps the order of each seat', async () => {
    const engaged = [1, 2, 3].map(() => bench.open({ endpoint: wire.endpoint, relayAfterMs: 50 }));
    const dead = dying();
    for (const { store } of engaged) store.outbox.start();
    let calls = 0;
    wire.handle = async (_, forward) => {
      calls += 1;
      if (calls % 11 === 0) return undefined;
      const answer = await forward();
      return calls % 7 === 0 ? undefined : answer;
    };
    const flapping = setInterval(() => {
      bench.log.away = !bench.log.away;
    }, 70);
    const seats = Array.from({ length: 6 }, fresh);
    await Promise.all(
      seats.map(async (at, seatNumber) => {
        for (let round = 0; round < 15; round += 1) {
          const one = (seatNumber + round) % 4 === 3 ? dead : (engaged[(seatNumber + round) % 3] as Opened);
          await take(one, at, `order-${round}`);
          await free(engaged[(seatNumber + round + 1) % 3] as Opened, at, `order-${round}`);
        }
      }),
    );
    clearInterval(flapping);
    bench.log.away = false;
    wire.pass();
    await until(async () => (await Promise.all(seats.map(isClear))).every(Boolean), 'all to be published and cleared');
    for (const at of seats) expect(await firsts(at)).toEqual(oneToo(30));
    await Promise.all([dead, ...engaged].map(({ store }) => store.outbox.stop()));
  });
});
