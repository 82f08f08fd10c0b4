import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { OutboxEntry } from '@fcode/events';
import type { Fact } from '@fcode/policy';

export interface Key {
  pk: string;
  sk: string;
}

/** An item as the code sees it: where it is, what it starts as, how a fact changes it. */
export interface Ref<State> extends Key {
  initial: State;
  evolve: (state: State, fact: Fact) => State;
  /** Changed by this process alone, as a rule: what it last knew of the item is kept as the next guess. */
  owned?: true;
  /** Where the item stands in its table's indexes, by its state. */
  indexed?: (state: State) => Indexed;
}

/** Places in a table's indexes; where a part is absent, the item is not in that index. */
export interface Indexed {
  /** When something is to be done about it, in epoch ms: see Timers. */
  dueAt?: number | undefined;
  /** Its place on a board of the table: a whole number of at most 38 digits. */
  rank?: string | undefined;
  /** Which board that is; absent for the table's own. */
  board?: string | undefined;
}

/** The first answer to a request, kept in the item that the request changed. */
export interface Answer {
  /** The caller and its Idempotency-Key, hashed. */
  key: string;
  /** Of what was asked: the same key with another request is refused. */
  fingerprint: string;
  receipt: unknown;
}

/** `seq` counts changes and events: it is the guard of the next write and the sequence of the last event; 0 is untouched. */
export interface Item<State> {
  seq: number;
  state: State;
  outbox: OutboxEntry[];
  answers: Answer[];
}

export type Attributes = Record<string, AttributeValue>;

/** The name of an item in events and logs; unambiguous as long as no sort key contains a `#`. */
export const nameOf = ({ pk, sk }: Key): string => `${pk}#${sk}`;

export const untouched = <State>(ref: Ref<State>): Item<State> => ({
  seq: 0,
  state: ref.initial,
  outbox: [],
  answers: [],
});

const options = { removeUndefinedValues: true };

export const keyAttributes = ({ pk, sk }: Key): Attributes => ({ pk: { S: pk }, sk: { S: sk } });

export interface Encoded {
  seq: AttributeValue;
  state: AttributeValue;
  outbox: AttributeValue;
  answers: AttributeValue;
  pending?: AttributeValue;
  since: AttributeValue;
  due?: AttributeValue;
  dueAt?: AttributeValue;
  board?: AttributeValue;
  rank?: AttributeValue;
}

/** A shard of a board, as its index names it. */
export const shardOfBoard = (shard: string, board?: string): string =>
  board === undefined ? shard : `${board}/${shard}`;

/** The keys of the sparse indexes stand only while there is something to find by them. */
export const encode = (
  item: Item<unknown>,
  shard: string,
  now: number,
  { dueAt, rank, board }: Indexed = {},
): Encoded => ({
  seq: { N: String(item.seq) },
  state: { M: marshall(item.state as Record<string, unknown>, options) },
  outbox: { L: item.outbox.map((entry) => ({ S: JSON.stringify(entry) })) },
  // As text, so that a first answer that is given again is the same to the letter: maps have no order.
  answers: { L: item.answers.map((answer) => ({ S: JSON.stringify(answer) })) },
  ...(item.outbox.length > 0 ? { pending: { S: shard } } : {}),
  since: { N: String(now) },
  ...(dueAt === undefined ? {} : { due: { S: shard }, dueAt: { N: String(Math.round(dueAt)) } }),
  ...(rank === undefined ? {} : { board: { S: shardOfBoard(shard, board) }, rank: { N: rank } }),
});

export const decode = <State>(attributes: Attributes | undefined, ref: Ref<State>): Item<State> => {
  if (attributes === undefined) return untouched(ref);
  const { state } = unmarshall({ state: attributes.state ?? { M: {} } }) as { state: State };
  const answers = (attributes.answers?.L ?? []).map(({ S }) => JSON.parse(S as string) as Answer);
  return { seq: Number(attributes.seq?.N), state, outbox: decodeOutbox(attributes), answers };
};

export const decodeOutbox = (attributes: Attributes): OutboxEntry[] =>
  (attributes.outbox?.L ?? []).map(({ S }) => JSON.parse(S as string) as OutboxEntry);
