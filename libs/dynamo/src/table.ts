import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreBusy } from './errors.ts';
import { type Attributes, type Encoded, type Key, keyAttributes, nameOf } from './item.ts';
import { Lanes } from './lanes.ts';
import { type Outcome, outcomeOfCode, outcomeOfError } from './outcome.ts';

/** A guarded write of one item: `seq` is the sequence that it must still have, 0 for not there yet. */
export interface Write {
  key: Key;
  expected: number;
  /**
   * - an item: written whole;
   * - `clear`: its outbox is emptied, and its sequence stays, since nothing happened to it;
   * - `check`: nothing is written, only the guard is checked (in a transaction).
   */
  item: Encoded | 'clear' | 'check';
}

export interface Written {
  outcome: Outcome;
  /** The statement is wrong: a bug, thrown to its own caller only. */
  error?: unknown;
}

interface Transacted {
  outcome: Outcome;
  /** Positions of the guards that failed. */
  lost: number[];
}

interface Read {
  item?: Attributes | undefined;
  error?: unknown;
}

export interface Page {
  items: Attributes[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

export interface Range {
  pk: string;
  /** Sort keys that begin with this. */
  prefix?: string;
  /** Sort keys after this one; not together with `prefix`. */
  after?: string;
  limit: number;
  cursor?: string;
  newestFirst?: boolean;
}

/** An item of the board; the index may lag behind the item. */
export interface Ranked {
  key: Key;
  rank: string;
}

export interface TableOptions {
  client: DynamoDBClient;
  name: string;
  /** Requests of one kind under way at once; default 4. */
  inFlight?: number;
  /** Writes that may wait in memory; default 2,000. */
  queue?: number;
}

/** A table's wire: every statement, condition and error of the SDK stays in this file. */
export class Table {
  readonly name: string;
  readonly #client: DynamoDBClient;
  readonly #writes: Lanes<Write, Written>;
  readonly #reads: Lanes<Key, Read>;
  readonly #transactions: Lanes<Write[], Transacted>;
  readonly #snapshots: Lanes<Key[], (Attributes | undefined)[]>;
  /** Requests sent, for tests and telemetry: what a hot path costs is a promise. */
  readonly sent = { batches: 0, statements: 0, transactions: 0, reads: 0, queries: 0 };

  constructor({ client, name, inFlight = 4, queue = 2000 }: TableOptions) {
    this.#client = client;
    this.name = name;
    this.#writes = new Lanes({
      size: 25,
      inFlight,
      queue,
      idOf: ({ key }) => nameOf(key),
      run: (writes) => this.#writeBatch(writes),
    });
    this.#reads = new Lanes({ size: 100, inFlight, queue, run: (keys) => this.#readBatch(keys) });
    // A transaction shares its request with nobody, so more of them may be under way.
    const alone = <Job, Result>(send: (job: Job) => Promise<Result>) =>
      new Lanes<Job, Result>({
        size: 1,
        inFlight: 4 * inFlight,
        queue,
        run: (jobs) => Promise.all(jobs.map(send)),
      });
    this.#transactions = alone((writes) => this.#transactNow(writes));
    this.#snapshots = alone((keys) => this.#snapshotNow(keys));
  }

  /** Whether writes are waiting for a place in a request. */
  get isBusy(): boolean {
    return this.#writes.waiting > 0 || this.#transactions.waiting > 0;
  }

  /** One guarded write, group-committed with whatever else is being written. */
  write(write: Write, deadline: number): Promise<Written> {
    return this.#writes.submit(write, deadline);
  }

  /** A consistent read, grouped like the writes. Rejects with StoreBusy when the store does not answer. */
  async read(key: Key, deadline: number): Promise<Attributes | undefined> {
    const { item, error } = await this.#reads.submit(key, deadline);
    if (error !== undefined) throw error;
    return item;
  }

  /** All of the writes or none, in one round trip; which guards failed comes back by position. */
  transact(writes: Write[], deadline: number): Promise<Transacted> {
    return this.#transactions.submit(writes, deadline);
  }

  /** Several items as they were at one instant. Rejects with StoreBusy, also when writes are in the way. */
  snapshot(keys: Key[], deadline: number): Promise<(Attributes | undefined)[]> {
    return this.#snapshots.submit(keys, deadline);
  }

  async #writeBatch(writes: Write[]): Promise<Written[]> {
    this.sent.batches += 1;
    this.sent.statements += writes.length;
    try {
      const { Responses = [] } = await this.#client.send(
        new BatchExecuteStatementCommand({ Statements: writes.map((write) => statement(this.name, write)) }),
      );
      // Answers belong to statements by position only: one too few, and none can be trusted.
      if (Responses.length !== writes.length) return writes.map(() => ({ outcome: 'unknown' }));
      return Responses.map(({ Error: error }) => settled(() => outcomeOfCode(error?.Code, error?.Message)));
    } catch (error) {
      if (writes.length > 1 && isRefusedWhole(error)) {
        return (await Promise.all(writes.map((write) => this.#writeBatch([write])))).flat();
      }
      const written = settled(() => outcomeOfError(error));
      return writes.map(() => written);
    }
  }

  async #transactNow(writes: Write[]): Promise<Transacted> {
    this.sent.transactions += 1;
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: writes.map((w) => part(this.name, w)) }));
      return { outcome: 'done', lost: [] };
    } catch (error) {
      const reasons = (error as { CancellationReasons?: { Code?: string; Message?: string }[] }).CancellationReasons;
      if (!reasons) return { outcome: outcomeOfError(error), lost: [] };
      const outcomes = reasons.map(({ Code, Message }) => outcomeOfCode(Code, Message));
      const lost = outcomes.flatMap((outcome, position) => (outcome === 'lost' ? [position] : []));
      if (lost.length > 0) return { outcome: 'lost', lost };
      return { outcome: outcomes.includes('unknown') ? 'unknown' : 'later', lost };
    }
  }

  async #snapshotNow(keys: Key[]): Promise<(Attributes | undefined)[]> {
    this.sent.reads += 1;
    const gets = keys.map((key) => ({ Get: { TableName: this.name, Key: keyAttributes(key) } }));
    try {
      const { Responses = [] } = await this.#client.send(new TransactGetItemsCommand({ TransactItems: gets }));
      if (Responses.length !== keys.length) throw new StoreBusy('the store left reads unanswered');
      return Responses.map(({ Item }) => Item);
    } catch (error) {
      const reasons = (error as { CancellationReasons?: { Code?: string; Message?: string }[] }).CancellationReasons;
      if (!reasons) throw asBusy(error);
      for (const { Code, Message } of reasons) outcomeOfCode(Code, Message);
      throw new StoreBusy('the items were being written');
    }
  }

  async #readBatch(keys: Key[]): Promise<Read[]> {
    this.sent.reads += 1;
    const found = new Map<string, Attributes>();
    const note = (item: Attributes) => found.set(nameOf({ pk: item.pk?.S as string, sk: item.sk?.S as string }), item);
    const wantedOnce = [...new Map(keys.map((key) => [nameOf(key), key])).values()];
    try {
      if (wantedOnce.length === 1) {
        const { Item } = await this.#client.send(
          new GetItemCommand({ TableName: this.name, Key: keyAttributes(wantedOnce[0] as Key), ConsistentRead: true }),
        );
        if (Item) note(Item);
      } else {
        let wanted: Attributes[] | undefined = wantedOnce.map(keyAttributes);
        for (let attempt = 0; wanted && wanted.length > 0; attempt += 1) {
          if (attempt > 5) throw new StoreBusy('the store left reads unanswered');
          if (attempt > 0) await pause(attempt);
          const answer: BatchGetItemCommandOutput = await this.#client.send(
            new BatchGetItemCommand({ RequestItems: { [this.name]: { Keys: wanted, ConsistentRead: true } } }),
          );
          for (const item of answer.Responses?.[this.name] ?? []) note(item);
          wanted = answer.UnprocessedKeys?.[this.name]?.Keys;
        }
      }
    } catch (error) {
      if (keys.length > 1 && isRefusedWhole(error)) {
        return (await Promise.all(keys.map((key) => this.#readBatch([key])))).flat();
      }
      return keys.map(() => ({ error: asBusy(error) }));
    }
    return keys.map((key) => ({ item: found.get(nameOf(key)) }));
  }

  /** One page of a partition in key order, read consistently. */
  async query({ pk, prefix, after, limit, cursor, newestFirst }: Range): Promise<Page> {
    this.sent.queries += 1;
    const bound = prefix === undefined ? after : prefix;
    const condition = bound === undefined ? '' : prefix === undefined ? ' AND sk > :sk' : ' AND begins_with(sk, :sk)';
    try {
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.name,
          ConsistentRead: true,
          KeyConditionExpression: `pk = :pk${condition}`,
          ExpressionAttributeValues: { ':pk': { S: pk }, ...(bound === undefined ? {} : { ':sk': { S: bound } }) },
          Limit: limit,
          ScanIndexForward: !newestFirst,
          ...(cursor === undefined ? {} : { ExclusiveStartKey: keyAttributes({ pk, sk: cursor }) }),
        }),
      );
      const last = LastEvaluatedKey?.sk?.S;
      return { items: Items, ...(last === undefined ? {} : { cursor: last }) };
    } catch (error) {
      throw asBusy(error);
    }
  }

  /** Keys of one outbox shard whose events have waited since before `before` (epoch ms), oldest first. */
  async pending(shard: string, before: number, limit: number): Promise<Key[]> {
    const { Items = [] } = await this.#queryIndex({
      IndexName: 'outbox',
      KeyConditionExpression: 'pending = :shard AND since < :before',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { N: String(before) } },
      Limit: limit,
    });
    return Items.map(keyOf);
  }

  /** Keys of one shard of what is due at `at` (epoch ms), the longest overdue first, in pages of `limit`. */
  async *due(shard: string, at: number, limit: number): AsyncGenerator<Key[]> {
    for (let start: Attributes | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await this.#queryIndex({
        IndexName: 'due',
        KeyConditionExpression: 'due = :shard AND dueAt <= :at',
        ExpressionAttributeValues: { ':shard': { S: shard }, ':at': { N: String(at) } },
        Limit: limit,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      if (Items.length > 0) yield Items.map(keyOf);
      start = LastEvaluatedKey;
      if (!start) return;
    }
  }

  /** How many items one shard of the board has; pages through their keys. */
  async ranked(shard: string): Promise<number> {
    let count = 0;
    for (let start: Attributes | undefined; ; ) {
      const { Count = 0, LastEvaluatedKey } = await this.#queryIndex({
        IndexName: 'board',
        KeyConditionExpression: 'board = :shard',
        ExpressionAttributeValues: { ':shard': { S: shard } },
        Select: 'COUNT',
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      count += Count;
      start = LastEvaluatedKey;
      if (!start) return count;
    }
  }

  /**
   * One shard of the board, the highest first, in pages of `pageOf` as it is read; with `between`, ranks of [from, to) only.
   */
  async *board(shard: string, between?: { from: string; to: string }, pageOf = 1000): AsyncGenerator<Ranked> {
    for (let start: Attributes | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await this.#queryIndex({
        IndexName: 'board',
        KeyConditionExpression: `board = :shard${between ? ' AND #rank BETWEEN :from AND :to' : ''}`,
        // A reserved word of DynamoDB's.
        ...(between ? { ExpressionAttributeNames: { '#rank': 'rank' } } : {}),
        ExpressionAttributeValues: {
          ':shard': { S: shard },
          ...(between ? { ':from': { N: between.from }, ':to': { N: String(BigInt(between.to) - 1n) } } : {}),
        },
        ScanIndexForward: false,
        Limit: pageOf,
        ...(start ? { ExclusiveStartKey: start } : {}),
      });
      for (const item of Items) yield { key: keyOf(item), rank: item.rank?.N as string };
      start = LastEvaluatedKey;
      if (!start) return;
    }
  }

  /** A page of an index; a page that is throttled or lost is asked for again a few times, since it may be one of many. */
  async #queryIndex(input: Omit<QueryCommandInput, 'TableName'>): Promise<QueryCommandOutput> {
    for (let attempt = 1; ; attempt += 1) {
      this.sent.queries += 1;
      try {
        return await this.#client.send(new QueryCommand({ TableName: this.name, ...input }));
      } catch (error) {
        const busy = asBusy(error);
        if (!(busy instanceof StoreBusy) || attempt >= 5) throw busy;
        await pause(attempt);
      }
    }
  }
}

const keyOf = ({ pk, sk }: Attributes): Key => ({ pk: pk?.S as string, sk: sk?.S as string });

const settled = (outcome: () => Outcome): Written => {
  try {
    return { outcome: outcome() };
  } catch (error) {
    return { outcome: 'unknown', error };
  }
};

/** One bad statement or key can make the store refuse a whole request, before it did any of it. */
const isRefusedWhole = (error: unknown): boolean =>
  (error as Error).name === 'ValidationException' || (error as Error).name === 'SerializationException';

/** A failed read changed nothing; what may pass by itself becomes StoreBusy, a bug stays what it is. */
const asBusy = (error: unknown): unknown => {
  if (error instanceof StoreBusy) return error;
  const { error: bug } = settled(() => outcomeOfError(error));
  if (bug !== undefined) return bug;
  return new StoreBusy(`the store did not answer: ${(error as Error).name}`);
};

const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 5 * 2 ** attempt)));

// The one form of UPDATE that both DynamoDB and the embedded engine parse: one SET with commas, one REMOVE with one path.
const statement = (table: string, { key, expected, item }: Write) => {
  const where = 'WHERE "pk"=? AND "sk"=? AND "seq"=?';
  const guard = [{ S: key.pk }, { S: key.sk }, { N: String(expected) }];
  if (item === 'check') throw new Error('a guard without a write needs a transaction');
  if (item === 'clear') {
    return {
      Statement: `UPDATE "${table}" SET "outbox"=? REMOVE "pending" ${where}`,
      Parameters: [{ L: [] }, ...guard],
    };
  }
  const { seq, state, outbox, answers, pending, since, due, board } = item;
  if (due || board) throw new Error('an item that is indexed is written whole, in a transaction');
  const values = [seq, state, outbox, answers, since];
  if (expected === 0) {
    const names = ['seq', 'state', 'outbox', 'answers', 'since', ...(pending ? ['pending'] : [])];
    return {
      Statement: `INSERT INTO "${table}" VALUE {'pk': ?, 'sk': ?, ${names.map((name) => `'${name}': ?`).join(', ')}}`,
      Parameters: [{ S: key.pk }, { S: key.sk }, ...values, ...(pending ? [pending] : [])],
    };
  }
  const set = '"seq"=?, "state"=?, "outbox"=?, "answers"=?, "since"=?';
  const index = pending ? ', "pending"=?' : ' REMOVE "pending"';
  return {
    Statement: `UPDATE "${table}" SET ${set}${index} ${where}`,
    Parameters: [...values, ...(pending ? [pending] : []), ...guard],
  };
};

const part = (table: string, { key, expected, item }: Write) => {
  const guard =
    expected === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'seq = :seq', ExpressionAttributeValues: { ':seq': { N: String(expected) } } };
  if (item === 'clear') throw new Error('outboxes are cleared one by one');
  if (item === 'check') return { ConditionCheck: { TableName: table, Key: keyAttributes(key), ...guard } };
  return { Put: { TableName: table, Item: { ...keyAttributes(key), ...present(item) }, ...guard } };
};

const present = (item: Encoded): Attributes =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
