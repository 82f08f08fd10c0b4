import { type EngineAnswer, jsonAnswer } from './store-faults.ts';
import { type Attributes, hashKey, indexKeys, itemName, sortKey, writtenBy } from './written-keys.ts';

type Value = Attributes[string];

interface Query {
  TableName: string;
  IndexName?: string;
  Select?: string;
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, Value>;
  ExclusiveStartKey?: Attributes;
  ScanIndexForward?: boolean;
  Limit?: number;
}

interface Answer {
  Items?: Attributes[];
  Count?: number;
  ScannedCount?: number;
  LastEvaluatedKey?: Attributes;
}

/** An item as the engine's index had it. */
interface Version {
  item: Attributes;
  at: number;
}

/** The last that was seen of it, and what it was before it was written last. */
interface Seen extends Version {
  /** Of the queries that may find it. */
  group: string;
  name: string;
  older?: Version | undefined;
}

const never = Number.NEGATIVE_INFINITY;
const mostWritten = 200_000;
const mostSeen = 50_000;

/**
 * Answers queries of an index as it might have stood some time ago, of which it knows what passed through here:
 * - an item that was written since then is left out, or stands as an earlier answer had it;
 * - an item that an earlier answer had since then, and that is gone, is there.
 * Queries and statements that it does not understand go by unchanged, and are told in `notUnderstood`.
 */
export class StaleIndex {
  /** For tests to find empty. */
  readonly notUnderstood = new Set<string>();
  /** When each item was last written, in that order. */
  readonly #written = new Map<string, number>();
  /** By group and name, in the order of when they were seen. */
  readonly #seen = new Map<string, Seen>();
  readonly #groups = new Map<string, Map<string, Seen>>();

  forget(): void {
    this.#written.clear();
    this.#seen.clear();
    this.#groups.clear();
  }

  /** Notes what a call wrote; without an answer, what it may have written. */
  wrote(operation: string, body: Buffer, answer: EngineAnswer | undefined, staleMs: number): void {
    if (answer && answer.status !== 200) return;
    const now = performance.now();
    const note = (statement: string) => this.#note(statement);
    for (const name of writtenBy(operation, body.toString(), answer?.body.toString(), note)) {
      this.#written.delete(name);
      this.#written.set(name, now);
    }
    for (const [name, at] of this.#written) {
      if (at >= now - staleMs && this.#written.size <= mostWritten) break;
      this.#written.delete(name);
    }
  }

  /** The same answer where nothing is other than it was `agoMs` ago. */
  answer(body: Buffer, answer: EngineAnswer, agoMs: number, staleMs: number): EngineAnswer {
    const query = JSON.parse(body.toString()) as Query;
    if (answer.status !== 200 || query.IndexName === undefined || query.Select === 'COUNT') return answer;
    const index = indexKeys.get(query.IndexName);
    const condition = conditionOf(query);
    if (!index || condition?.hash !== index.hash) {
      this.#note(`${query.IndexName}: ${query.KeyConditionExpression}`);
      return answer;
    }
    const now = performance.now();
    const then = now - agoMs;
    const document = JSON.parse(answer.body.toString()) as Answer;
    const { Items: items = [] } = document;
    const nameOf = (item: Attributes) => itemName(query.TableName, item);
    const writtenAt = (name: string | undefined) => (name === undefined ? never : (this.#written.get(name) ?? never));
    const kept = items.filter((item) => writtenAt(nameOf(item)) <= then);
    const present = new Set(items.map(nameOf));

    const direction = query.ScanIndexForward === false ? -1 : 1;
    const order = (one: Value | undefined, other: Value | undefined) => direction * compare(one, other);
    const [start, end] = [query.ExclusiveStartKey?.[index.sort], document.LastEvaluatedKey?.[index.sort]];
    // Whoever stands level with an edge may be on the next page.
    const isOnPage = (value: Value) => (!start || order(value, start) > 0) && (!end || order(value, end) < 0);
    const group = groupOf(query, condition.value);
    const ghosts = [...(this.#groups.get(group)?.values() ?? [])].flatMap((seen) => {
      const isWritten = writtenAt(seen.name) > then;
      if (!isWritten && present.has(seen.name)) return [];
      const version = isWritten && seen.at >= writtenAt(seen.name) ? seen.older : seen;
      const value = version?.item[index.sort];
      return version && version.at >= then && value && condition.holds(value) && isOnPage(value) ? [version.item] : [];
    });
    this.#remember(query.TableName, group, items, now, staleMs);
    if (kept.length === items.length && ghosts.length === 0) return answer;

    let Items = [...kept, ...ghosts];
    if (ghosts.length > 0) Items.sort((one, other) => order(one[index.sort], other[index.sort]));
    const stale: Answer = { ...document };
    if (query.Limit !== undefined && Items.length > query.Limit) {
      Items = Items.slice(0, query.Limit);
      const keys = [hashKey, sortKey, index.hash, index.sort];
      stale.LastEvaluatedKey = Object.fromEntries(keys.map((key) => [key, Items.at(-1)?.[key] as Value]));
    }
    const { Count = items.length, ScannedCount = Count } = document;
    return jsonAnswer(200, { ...stale, Items, Count: Items.length, ScannedCount: ScannedCount - Count + Items.length });
  }

  #remember(table: string, group: string, items: Attributes[], now: number, staleMs: number): void {
    const members = this.#groups.get(group) ?? new Map<string, Seen>();
    if (items.length > 0) this.#groups.set(group, members);
    for (const item of items) {
      const name = itemName(table, item);
      if (name === undefined) continue;
      const last = members.get(name);
      const older = last && last.at < (this.#written.get(name) ?? never) ? last : last?.older;
      const seen: Seen = { group, name, item, at: now, older: older && { item: older.item, at: older.at } };
      const id = `${group}\n${name}`;
      this.#seen.delete(id);
      this.#seen.set(id, seen);
      members.set(name, seen);
    }
    for (const [id, old] of this.#seen) {
      if (old.at >= now - staleMs && this.#seen.size <= mostSeen) break;
      this.#seen.delete(id);
      const others = this.#groups.get(old.group);
      others?.delete(old.name);
      if (others?.size === 0) this.#groups.delete(old.group);
    }
  }

  #note(what: string): void {
    if (this.notUnderstood.size < 20) this.notUnderstood.add(what);
  }
}

/** Queries of one partition find the same items, but for the range that they ask for and what they filter by. */
const groupOf = (query: Query, partition: Value): string => {
  const { TableName, IndexName, FilterExpression, ProjectionExpression, ExpressionAttributeNames } = query;
  const filter = FilterExpression === undefined ? [] : [FilterExpression, query.ExpressionAttributeValues];
  const projection = ProjectionExpression === undefined ? [] : [ProjectionExpression, ExpressionAttributeNames];
  return JSON.stringify([TableName, IndexName, partition, filter, projection]);
};

interface Condition {
  hash: string;
  value: Value;
  /** Of the sort key. */
  holds: (value: Value) => boolean;
}

const comparisons: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Undefined when it is none of the forms in which the partition comes first. */
const conditionOf = (query: Query): Condition | undefined => {
  const {
    KeyConditionExpression = '',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values = {},
  } = query;
  const [, name = '', of = '', range] =
    /^\s*(#?\w+)\s*=\s*(:\w+)(?:\s+AND\s+(.+?))?\s*$/is.exec(KeyConditionExpression) ?? [];
  const value = values[of];
  const holds = range === undefined ? () => true : rangeOf(range, (placeholder = '') => values[placeholder]);
  return value && holds ? { hash: names?.[name] ?? name, value, holds } : undefined;
};

const rangeOf = (
  range: string,
  bindingOf: (placeholder: string | undefined) => Value | undefined,
): ((value: Value) => boolean) | undefined => {
  const [, sign = '', bound] = /^#?\w+\s*(=|<=|<|>=|>)\s*(:\w+)$/.exec(range) ?? [];
  const compares = comparisons[sign];
  if (compares) return (value) => compares(compare(value, bindingOf(bound)));
  const [, from, to] = /^#?\w+\s+BETWEEN\s+(:\w+)\s+AND\s+(:\w+)$/i.exec(range) ?? [];
  if (from) return (value) => compare(value, bindingOf(from)) >= 0 && compare(value, bindingOf(to)) <= 0;
  const [, prefix] = /^begins_with\s*\(\s*#?\w+\s*,\s*(:\w+)\s*\)$/i.exec(range) ?? [];
  if (prefix) return (value) => value.S?.startsWith(bindingOf(prefix)?.S ?? '') ?? false;
  return undefined;
};

/** Numbers by their value, of up to 38 digits; texts by their bytes. */
const compare = (one: Value | undefined, other: Value | undefined): number => {
  if (one?.N !== undefined && other?.N !== undefined) {
    if (one.N === other.N) return 0;
    const difference = Number(one.N) - Number(other.N);
    if (difference !== 0 || !/^-?\d+$/.test(one.N) || !/^-?\d+$/.test(other.N)) return difference;
    const [left, right] = [BigInt(one.N), BigInt(other.N)];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return Buffer.compare(Buffer.from(one?.S ?? ''), Buffer.from(other?.S ?? ''));
};
