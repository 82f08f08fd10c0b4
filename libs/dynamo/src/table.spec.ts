import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from './connection.ts';
import { type Bench, startBench } from './fixtures/bench.ts';
import { seat } from './fixtures/seat.ts';
import { refusingStatements, startWire, throttled, type Wire } from './fixtures/wire.ts';
import { type Encoded, encode } from './item.ts';
import { outcomeOfError } from './outcome.ts';
import { Table, type Write } from './table.ts';

let bench: Bench;
let wire: Wire;
beforeAll(async () => {
  bench = await startBench();
  wire = await startWire(bench.engine.endpoint);
});
afterEach(() => wire.pass());
afterAll(async () => {
  await bench.stop();
  await wire.stop();
});

let codes = 0;
const soon = () => performance.now() + 5000;
const item = (seq: number, state: object = { holds: 0 }, pending = false): Encoded =>
  encode(
    {
      seq,
      state,
      outbox: pending
        ? [{ type: 'code.held', sequence: seq, time: '', data: {}, correlationId: 'c', causationId: 'c' }]
        : [],
      answers: [],
    },
    '0',
    1000 + seq,
  );
const write = (key: { pk: string; sk: string }, expected: number, what: Write['item']): Write => ({
  key: { pk: key.pk, sk: key.sk },
  expected,
  item: what,
});

describe('a write', () => {
  it('tells done from a lost guard, untouched or touched', async () => {
    const { table } = bench.open();
    const key = seat(1);
    const outcome = async (expected: number, next: Write['item']) =>
      (await table.write(write(key, expected, next), soon())).outcome;
    expect(await outcome(1, item(2))).toBe('lost');
    expect(await bench.raw(key)).toBeUndefined();
    expect(await outcome(0, item(1))).toBe('done');
    expect(await outcome(0, item(1))).toBe('lost');
    expect(await outcome(1, item(2, { holds: 7 }, true))).toBe('done');
    expect(await bench.raw(key)).toMatchObject({
      seq: { N: '2' },
      pending: { S: '0' },
      state: { M: { holds: { N: '7' } } },
    });
    expect(await outcome(1, item(2))).toBe('lost');
    expect(await outcome(1, 'clear')).toBe('lost');
    expect(await outcome(2, 'clear')).toBe('done');
    expect(await outcome(2, 'clear')).toBe('done');
    const cleared = await bench.raw(key);
    expect(cleared).toMatchObject({ seq: { N: '2' }, outbox: { L: [] }, state: { M: { holds: { N: '7' } } } });
    expect(cleared).not.toHaveProperty('pending');
  });

  it('rides with others in one request and has its own outcome', async () => {
    const { table } = bench.open();
    await table.write(write(seat(2, 1), 0, item(1)), soon());
    const outcomes = await Promise.all(
      [0, 1, 2].map(async (index) => (await table.write(write(seat(2, index), 0, item(1)), soon())).outcome),
    );
    expect(outcomes).toEqual(['done', 'lost', 'done']);
    expect(table.sent).toMatchObject({ batches: 2, statements: 4 });
  });

  it('that is wrong fails its own caller only, whether the store refuses the statement or the whole request', async () => {
    const { table } = bench.open();
    const stranger = () => write(seat(3, Math.trunc(Math.random() * 1e9)), 0, item(1));
    const wrong = [
      write({ pk: '', sk: 'x' }, 0, item(1)),
      write({ pk: 'seat-3', sk: 'number' }, 0, item(1, { tiny: 1e-200 })),
    ];
    for (const bug of wrong) {
      const [before, bad, after] = await Promise.all(
        [stranger(), bug, stranger()].map((one) => table.write(one, soon())),
      );
      expect([before?.outcome, before?.error, after?.outcome, after?.error]).toEqual([
        'done',
        undefined,
        'done',
        undefined,
      ]);
      expect(bad?.error).toBeInstanceOf(Error);
    }
  });

  it('that a batch answer leaves out is not taken for done', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    for (const body of [{}, { Responses: [{}] }]) {
      wire.handle = async () => ({ status: 200, body: JSON.stringify(body) });
      const outcomes = await Promise.all([1, 2].map((index) => table.write(write(seat(4, index), 0, item(1)), soon())));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
    }
  });

  it.each([
    ['ThrottlingError', 'later'],
    ['ProvisionedThroughputExceeded', 'later'],
    ['RequestLimitExceeded', 'later'],
    ['TransactionConflict', 'later'],
    ['InternalServerError', 'unknown'],
    ['ConditionalCheckFailed', 'lost'],
    ['DuplicateItem', 'lost'],
  ])('that is answered %s is %s, and its neighbours are done', async (code, expected) => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    codes += 1;
    const batch = 100 + codes;
    wire.handle = refusingStatements(({ Parameters }) =>
      JSON.stringify(Parameters[1]).includes('0001') ? code : undefined,
    );
    const outcomes = await Promise.all(
      [0, 1, 2].map(async (index) => (await table.write(write(seat(batch, index), 0, item(1)), soon())).outcome),
    );
    expect(outcomes).toEqual(['done', expected, 'done']);
  });

  it('is later when the whole request is throttled, unknown when the store has an error or cuts the line', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    const outcome = async () => (await table.write(write(seat(5), 0, item(1)), soon())).outcome;
    wire.handle = async () => throttled();
    expect(await outcome()).toBe('later');
    wire.handle = async () => throttled('ProvisionedThroughputExceededException');
    expect(await outcome()).toBe('later');
    wire.handle = async () => ({ status: 500, body: JSON.stringify({ __type: 'InternalServerError' }) });
    expect(await outcome()).toBe('unknown');
    wire.handle = async () => ({ status: 503, body: '<html>' });
    expect(await outcome()).toBe('unknown');
    wire.handle = async () => undefined;
    expect(await outcome()).toBe('unknown');
    expect(await bench.raw(seat(5))).toBeUndefined();
  });

  it('is later when nobody listens: it cannot have happened', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => nobody.once('listening', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const { table } = bench.open({ endpoint: `http://127.0.0.1:${port}` });
    expect((await table.write(write(seat(6), 0, item(1)), soon())).outcome).toBe('later');
    expect((await table.transact([write(seat(6), 0, item(1)), write(seat(6, 1), 0, item(1))], soon())).outcome).toBe(
      'later',
    );
  });

  it('to a table that is not there is a misconfiguration, thrown', async () => {
    const client = connect({ endpoint: bench.engine.endpoint });
    const table = new Table({ client, name: 'no-such-table' });
    expect((await table.write(write(seat(7), 0, item(1)), soon())).error).toBeInstanceOf(Error);
    await expect(table.read(seat(7), soon())).rejects.not.toMatchObject({ name: 'StoreBusy' });
    client.destroy();
  });

  it('knows a misconfiguration from trouble that passes', () => {
    const credentials = Object.assign(new Error('no such key'), {
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    expect(() => outcomeOfError(credentials)).toThrow('no such key');
    expect(outcomeOfError({ name: 'TimeoutError' })).toBe('unknown');
  });
});

describe('a transaction', () => {
  it('writes all or nothing, and tells by position which guards were lost', async () => {
    const { table } = bench.open();
    const [one, two, three] = [seat(8, 1), seat(8, 2), seat(8, 3)];
    expect(await table.transact([write(one, 0, item(1)), write(two, 0, 'check')], soon())).toEqual({
      outcome: 'done',
      lost: [],
    });
    expect(await bench.raw(two)).toBeUndefined();
    expect(await table.transact([write(three, 0, item(1)), write(one, 0, 'check')], soon())).toEqual({
      outcome: 'lost',
      lost: [1],
    });
    expect(await table.transact([write(one, 1, 'check'), write(three, 5, item(6))], soon())).toEqual({
      outcome: 'lost',
      lost: [1],
    });
    expect(await bench.raw(three)).toBeUndefined();
  });

  it('carries no ClientRequestToken and the length of what it does carry', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    wire.calls.length = 0;
    const state = { name: 'Žluťoučký 码 🎟', quoted: '"TransactItems"' };
    await table.transact([write(seat(9, 1), 0, item(1, state)), write(seat(9, 2), 0, item(1))], soon());
    const [call] = wire.calls;
    expect(call?.operation).toBe('TransactWriteItems');
    expect(call?.body).not.toContain('ClientRequestToken');
    expect(Object.keys(JSON.parse(call?.body ?? ''))).toEqual(['TransactItems']);
    expect(call?.headers['content-length']).toBe(String(Buffer.byteLength(call?.body ?? '')));
    expect((await bench.raw(seat(9, 1)))?.state).toMatchObject({
      M: { name: { S: state.name }, quoted: { S: state.quoted } },
    });
  });

  it.each([
    ['TransactionConflict', 'later'],
    ['ThrottlingError', 'later'],
    ['ConditionalCheckFailed', 'lost'],
    ['InternalServerError', 'unknown'],
  ])('that was cancelled for %s is %s', async (Code, expected) => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    const body = {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code, Message: Code }],
    };
    wire.handle = async () => ({ status: 400, body: JSON.stringify(body) });
    const { outcome } = await table.transact([write(seat(10, 1), 0, item(1)), write(seat(10, 2), 0, item(1))], soon());
    expect(outcome).toBe(expected);
  });

  it('waits its turn like other writes: bounded, and never sent after its deadline', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint, inFlight: 1, queue: 3 });
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    wire.handle = async (_, forward) => {
      await opened;
      return forward();
    };
    wire.calls.length = 0;
    const send = (index: number, deadline: number) =>
      table
        .transact([write(seat(11, index), 0, item(1)), write(seat(11, index + 100), 0, item(1))], deadline)
        .then(({ outcome }) => outcome)
        .catch((error: Error) => error.name);
    const outcomes = Array.from({ length: 60 }, (_, index) => send(index, performance.now() + 300));
    await new Promise((resolve) => setTimeout(resolve, 400));
    open();
    const counted = Object.groupBy(await Promise.all(outcomes), (outcome) => outcome);
    const underWay = counted.done?.length ?? 0;
    expect(underWay).toBeGreaterThan(0);
    expect(underWay).toBeLessThan(20);
    expect(counted.StoreBusy?.length).toBe(60 - underWay);
    expect(wire.calls.length).toBe(underWay);
  });
});

describe('a read', () => {
  it('shares a request with others, and finds nothing where nothing is', async () => {
    const { table } = bench.open();
    await table.write(write(seat(20, 1), 0, item(1)), soon());
    const found = await Promise.all([seat(20, 1), seat(20, 2), seat(20, 1)].map((key) => table.read(key, soon())));
    expect(found.map((one) => one?.seq?.N)).toEqual(['1', undefined, '1']);
    expect(table.sent.reads).toBe(1);
  });

  it('of an impossible key fails its own caller only', async () => {
    const { table } = bench.open();
    await table.write(write(seat(21), 0, item(1)), soon());
    const keys = [seat(21), { pk: 'seat-21', sk: 'x'.repeat(3000) }, seat(21, 1)];
    const found = await Promise.allSettled(keys.map((key) => table.read(key, soon())));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('asks again for what the store left out, and is StoreBusy when it leaves out too much', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    const keys = [seat(22, 1), seat(22, 2), seat(22, 3)];
    await Promise.all(keys.map((key) => table.write(write(key, 0, item(1)), soon())));
    const oneAtATime: Wire['handle'] = async (call, forward) => {
      const body = JSON.parse(call.body) as { RequestItems: Record<string, { Keys: object[] }> };
      const asked = body.RequestItems[table.name] as { Keys: object[] };
      const [first, ...left] = asked.Keys;
      const answer = await forward(JSON.stringify({ RequestItems: { [table.name]: { ...asked, Keys: [first] } } }));
      const UnprocessedKeys = left.length > 0 ? { [table.name]: { ...asked, Keys: left } } : {};
      return { status: 200, body: JSON.stringify({ ...JSON.parse(answer.body), UnprocessedKeys }) };
    };
    wire.handle = oneAtATime;
    const found = await Promise.all(keys.map((key) => table.read(key, soon())));
    expect(found.map((one) => one?.seq?.N)).toEqual(['1', '1', '1']);
    wire.handle = async (call) => ({
      status: 200,
      body: JSON.stringify({ Responses: {}, UnprocessedKeys: JSON.parse(call.body).RequestItems }),
    });
    const failed = await Promise.allSettled(keys.map((key) => table.read(key, soon())));
    expect(failed.map((one) => one.status === 'rejected' && (one.reason as Error).name)).toEqual(
      keys.map(() => 'StoreBusy'),
    );
  });

  it('of several items at one instant never shows half of a transaction', async () => {
    const { table } = bench.open();
    const keys = [seat(23, 1), seat(23, 2)];
    const writing = (async () => {
      for (let seq = 0; seq < 60; seq += 1) {
        await table.transact(
          keys.map((key) => write(key, seq, item(seq + 1))),
          soon(),
        );
      }
    })();
    for (let round = 0; round < 60; round += 1) {
      const seqs = (await table.snapshot(keys, soon())).map((one) => one?.seq?.N);
      expect(seqs[0]).toBe(seqs[1]);
    }
    await writing;
  });

  it('of several items at one instant is StoreBusy, not wrong, when writes are in its way', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint });
    const body = {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    };
    wire.handle = async () => ({ status: 400, body: JSON.stringify(body) });
    await expect(table.snapshot([seat(24, 1), seat(24, 2)], soon())).rejects.toMatchObject({ name: 'StoreBusy' });
  });
});

describe('a store that never answers', () => {
  it('makes a write unknown and a read StoreBusy after the request timeout, and the line is free again', async () => {
    const { table } = bench.open({ endpoint: wire.endpoint, requestTimeoutMs: 150, inFlight: 1 });
    wire.handle = () => new Promise(() => {});
    const began = performance.now();
    const answers = await Promise.all([
      table.write(write(seat(30), 0, item(1)), soon()),
      table.transact([write(seat(30, 1), 0, item(1)), write(seat(30, 2), 0, item(1))], soon()),
      table.read(seat(30), soon()).catch((error: Error) => ({ outcome: error.name })),
      table.snapshot([seat(30), seat(31)], soon()).catch((error: Error) => ({ outcome: error.name })),
      table.query({ pk: 'seat-30', limit: 1 }).catch((error: Error) => ({ outcome: error.name })),
    ]);
    expect(answers.map((answer) => (answer as { outcome: string }).outcome)).toEqual([
      'unknown',
      'unknown',
      'StoreBusy',
      'StoreBusy',
      'StoreBusy',
    ]);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(140);
    expect(took).toBeLessThan(1500);
    wire.pass();
    expect((await table.write(write(seat(30), 0, item(1)), soon())).outcome).toBe('done');
  });
});

describe('a partition', () => {
  it('is read by pages, by prefix, after a key, newest first', async () => {
    const { store, table } = bench.open();
    const keys = ['a#1', 'a#2', 'a#3', 'b#1', 'b#2'].map((sk) => ({ pk: 'pages', sk }));
    await Promise.all(keys.map((key, position) => table.write(write(key, 0, item(1, { holds: position })), soon())));
    const { evolve, initial } = seat(0);
    const sks = async (range: object) => {
      const page = await store.query({ pk: 'pages', limit: 10, ...range }, { evolve, initial });
      return page.items.map(({ sk }) => sk).join(' ');
    };
    expect(await sks({})).toBe('a#1 a#2 a#3 b#1 b#2');
    expect(await sks({ prefix: 'a#' })).toBe('a#1 a#2 a#3');
    expect(await sks({ after: 'a#2' })).toBe('a#3 b#1 b#2');
    expect(await sks({ newestFirst: true, limit: 2 })).toBe('b#2 b#1');
    expect(await sks({ prefix: 'c#' })).toBe('');
    const first = await store.query({ pk: 'pages', limit: 3 }, { evolve, initial });
    expect(first.items.map(({ state }) => state.holds)).toEqual([0, 1, 2]);
    expect(await sks({ cursor: first.cursor })).toBe('b#1 b#2');
  });

  it('names those whose events wait, oldest first, and only those', async () => {
    const { table } = bench.open();
    await Promise.all(
      [3, 1, 2].map((seq) => table.write(write(seat(40, seq), 0, item(seq, { holds: 0 }, true)), soon())),
    );
    await table.write(write(seat(40, 9), 0, item(1)), soon());
    const waiting = async (before: number) =>
      (await table.pending('0', before, 100)).filter(({ pk }) => pk === 'seat-40').map(({ sk }) => Number(sk));
    expect(await waiting(1003)).toEqual([1, 2]);
    expect(await waiting(2000)).toEqual([1, 2, 3]);
  });
});
