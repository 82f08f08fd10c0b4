import { type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { OutboxEntry } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import { connect } from './connection.ts';
import { type Attributes, decode, decodeOutbox, type Key } from './item.ts';
import { outcomeOfError } from './outcome.ts';
import { type Spread, spreadRef } from './spread.ts';
import { Table } from './table.ts';

/** An item as it stands in a table, whatever it is about: for who checks a system, never for who serves it. */
export interface Found extends Key {
  seq: number;
  state: Record<string, unknown>;
  /** The events that it still has to publish, as far as it knows. */
  outbox: OutboxEntry[];
  /** When it was last written, in epoch ms. */
  since: number;
  /** Whether it stands in the index by which the relay finds what is to be published. */
  isPending: boolean;
}

/** A page of items. */
const aPage = { ConsistentRead: true, Limit: 500 };
/** How many items stand in the index, of as many as fit into a page. */
const aCount = { IndexName: 'outbox', Select: 'COUNT' } as const;
/** Nobody waits for an answer here, and a page is a megabyte. */
const pageTimeoutMs = 10_000;
const readWithinMs = 10_000;
const triesAtMost = 8;
/** What the outbox index is counted up to. */
const pendingAtMost = 10_000;

/** A table as somebody reads it who changes nothing: page by page, consistently, beside those who work with it. */
export class TableReader {
  readonly #client: DynamoDBClient;
  readonly #table: Table;

  /** `endpoint` absent means DynamoDB itself. */
  constructor({ endpoint, name }: { endpoint?: string | undefined; name: string }) {
    this.#client = connect({ ...(endpoint === undefined ? {} : { endpoint }), requestTimeoutMs: pageTimeoutMs });
    this.#table = new Table({ client: this.#client, name });
  }

  /** Every item, in no order. Items may change meanwhile: each is as it was at some instant since the first page was asked for. */
  async *items(): AsyncGenerator<Found> {
    for (let start: Attributes | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await patiently(() => this.#page(aPage, start));
      for (const item of Items) yield foundIn(item);
      start = LastEvaluatedKey;
      if (!start) return;
    }
  }

  async #page(what: Omit<ScanCommandInput, 'TableName'>, start: Attributes | undefined) {
    const from = start ? { ExclusiveStartKey: start } : {};
    const command = new ScanCommand({ TableName: this.#table.name, ...what, ...from });
    try {
      return await this.#client.send(command);
    } catch (error) {
      // Throws what is wrong for good: a table that is not there, credentials that are no good.
      outcomeOfError(error);
      throw new Unavailable(`the store did not answer: ${(error as Error).name}`);
    }
  }

  /** One item as it is now; undefined when there is none. */
  async item(key: Key): Promise<Found | undefined> {
    const attributes = await patiently(() => this.#table.read(key, performance.now() + readWithinMs));
    return attributes && foundIn(attributes);
  }

  /** Several items as they were at one instant. */
  async snapshot(keys: Key[]): Promise<(Found | undefined)[]> {
    const all = await patiently(() => this.#table.snapshot(keys, performance.now() + readWithinMs));
    return all.map((attributes) => attributes && foundIn(attributes));
  }

  /** The items of one partition, in key order; with `prefix`, those whose sort keys begin with it. */
  async *partition(pk: string, prefix?: string): AsyncGenerator<Found> {
    for (let cursor: string | undefined; ; ) {
      const range = {
        pk,
        limit: aPage.Limit,
        ...(prefix === undefined ? {} : { prefix }),
        ...(cursor ? { cursor } : {}),
      };
      const page = await patiently(() => this.#table.query(range));
      for (const item of page.items) yield foundIn(item);
      cursor = page.cursor;
      if (cursor === undefined) return;
    }
  }

  /** How many items stand in the outbox index, counted up to 10,000 or little more; the index may lag by moments. */
  async unpublished(): Promise<number> {
    // At rest there are none in any shard, and one page says so.
    let found = 0;
    for (let start: Attributes | undefined; ; ) {
      const { Count = 0, LastEvaluatedKey } = await patiently(() => this.#page(aCount, start));
      found += Count;
      start = LastEvaluatedKey;
      if (!start || found >= pendingAtMost) return found;
    }
  }

  /** Over how many shards each index is spread. */
  async spread(): Promise<Spread> {
    const attributes = await patiently(() => this.#table.read(spreadRef, performance.now() + readWithinMs));
    return decode(attributes, spreadRef).state;
  }

  close(): void {
    this.#client.destroy();
  }
}

const foundIn = (attributes: Attributes): Found => {
  const { state } = unmarshall({ state: attributes.state ?? { M: {} } }) as Pick<Found, 'state'>;
  return {
    pk: attributes.pk?.S as string,
    sk: attributes.sk?.S as string,
    seq: Number(attributes.seq?.N),
    state,
    outbox: decodeOutbox(attributes),
    since: Number(attributes.since?.N),
    isPending: attributes.pending !== undefined,
  };
};

/** The store is for those who serve: who only looks waits for it, for some seconds. */
const patiently = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Unavailable) || tries >= triesAtMost) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2000, 50 * 2 ** tries)));
    }
  }
};
