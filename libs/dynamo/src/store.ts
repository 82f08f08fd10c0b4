import { createHash } from 'node:crypto';
import type { EventLog, Logger } from '@fcode/event-log';
import { type Cause, type Dialect, dialect as ofThisRelease } from '@fcode/events';
import type { Decision } from '@fcode/policy';
import { KeepsChanging, StoreBusy } from './errors.ts';
import {
  type Answer,
  type Attributes,
  decode,
  encode,
  type Item,
  type Key,
  nameOf,
  type Ref,
  untouched,
} from './item.ts';
import { Outbox } from './outbox.ts';
import { isShardCount, type Spread, spreadAtFirst, spreadRef, widen, within } from './spread.ts';
import type { Page, Range, Table, Write } from './table.ts';
import { Turns } from './turns.ts';

/** Who asks for a change, when, and until when it may be begun. */
export interface Request extends Cause {
  /** Epoch ms by this instance's clock: the instant that rules decide at. */
  at: number;
  /** In ms of performance.now(); no write starts after it. */
  deadline: number;
  /** The caller's Idempotency-Key; the first answer is kept in the item. */
  idempotency?: { key: string; fingerprint: string };
}

/** Refused by the store itself, whatever the rule: the key was used before, for something else. */
export type KeyReused = 'idempotency_key_reused';

export interface StoreOptions {
  table: Table;
  log: EventLog;
  /** Over how many shards this process spreads what it writes to each index: a power of two from 1 to 256. */
  shards: number;
  clock: () => number;
  logger: Logger;
  relayAfterMs?: number;
  /** Resolves when what was appended before the call is noted in the store: see OutboxOptions. */
  cover?: () => Promise<void>;
  /** The events that it knows, and in which versions: this release's, where left out. */
  dialect?: Dialect;
}

type Refs<States extends unknown[]> = { [Index in keyof States]: Ref<States[Index]> };
type Items<States extends unknown[]> = { [Index in keyof States]: Item<States[Index]> | undefined };

/** A change as `change` takes it. */
export interface Change<States extends unknown[], Receipt, Refusal extends string> {
  refs: [...Refs<States>];
  rule: (...states: States) => Decision<Receipt, Refusal>;
  request: Request;
  known?: Items<States> | undefined;
}

/** Answers kept in an item, newest last; older ones give way, and the item's state still tells most retries. */
const answersKept = 32;
/**
 * Events that may wait in an item: an item has room for 400 KB, and while the log is away nobody takes any out. Changes of it
 * then wait too, instead of failing for good.
 */
const unpublishedAtMost = 300;
/** Races that one change may lose; trouble of the store is waited for until the deadline. */
const lostAtMost = 12;

/**
 * The only way state changes: load → decide → commit, and a lost race means decide again. Rules are pure; guards are the
 * items' sequence numbers; events commit in the item that they are about.
 */
export class Store {
  readonly outbox: Outbox;
  readonly table: Table;
  readonly #shards: number;
  /** As the table said last. */
  #spread = spreadAtFirst;
  readonly #clock: () => number;
  readonly #dialect: Dialect;
  readonly #turns = new Turns<Item<unknown>>();

  constructor({ table, log, shards, clock, logger, relayAfterMs, cover, dialect = ofThisRelease }: StoreOptions) {
    if (!isShardCount(shards)) throw new Error(`${shards} is no count of shards: powers of two from 1 to 256 are`);
    this.table = table;
    this.#shards = shards;
    this.#clock = clock;
    this.#dialect = dialect;
    this.outbox = new Outbox({
      table,
      log,
      spread: () => this.spread(),
      clock,
      logger,
      dialect,
      ...(relayAfterMs === undefined ? {} : { relayAfterMs }),
      ...(cover === undefined ? {} : { cover }),
    });
  }

  /** Consistent reads of several items in one call. Rejects with StoreBusy. */
  async read<States extends unknown[]>(
    refs: [...Refs<States>],
    deadline = performance.now() + 2000,
  ): Promise<{ [Index in keyof States]: Item<States[Index]> }> {
    const items = await Promise.all(
      refs.map(async (ref) => decode(await this.table.read(ref, deadline), ref as Ref<unknown>)),
    );
    return items as { [Index in keyof States]: Item<States[Index]> };
  }

  /** Why requests cannot be taken now; undefined when the store answers. For readiness. */
  async notAnswering(): Promise<string | undefined> {
    try {
      await this.table.read({ pk: 'ready', sk: 'ready' }, performance.now() + 1000);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** A page of one partition, in key order; `decodeAs` gives each item its type. */
  async query<State>(
    range: Range,
    decodeAs: Omit<Ref<State>, keyof Key>,
  ): Promise<{ items: (Item<State> & Key)[]; cursor?: string }> {
    const page: Page = await this.table.query(range);
    return {
      ...page,
      items: page.items.map((attributes: Attributes) => {
        const key = { pk: attributes.pk?.S as string, sk: attributes.sk?.S as string };
        return { ...key, ...decode(attributes, { ...key, ...decodeAs }) };
      }),
    };
  }

  /**
   * Over how many shards the table's indexes are spread, as it says now: whoever looks for something there looks at all of
   * `most`. Where this process is to spread over more or fewer than anybody did, it has the table say so first; until then
   * it keeps to those that everybody looks at. Rejects with StoreBusy.
   */
  async spread(deadline = performance.now() + 2000): Promise<Spread> {
    const [said] = await this.read([spreadRef], deadline);
    this.#spread = said.state;
    if (within(said.state, this.#shards) !== this.#shards) {
      const cause = { correlationId: 'shards', causationId: 'shards' };
      const request = { at: this.#clock(), deadline, ...cause };
      const decision = await this.change([spreadRef], (spread) => widen(this.#shards, spread), request, [said]);
      if (decision.outcome !== 'refused') this.#spread = decision.receipt;
    }
    return this.#spread;
  }

  /**
   * Decides on the items of `refs` and commits what was decided, all of it or nothing. The first ref is home: it
   * carries the events and the answer. The first try assumes that items are untouched unless `known` says better, so
   * that a first touch is one write and no read; a decision that would refuse is never made on an assumption.
   *
   * Rejects with StoreBusy when it cannot finish before the deadline; if `outcomeUnknown`, the same request again tells.
   */
  async change<const States extends unknown[], Receipt, Refusal extends string>(
    refs: [...Refs<States>],
    rule: (...states: NoInfer<States>) => Decision<Receipt, Refusal>,
    request: Request,
    known?: Items<NoInfer<States>>,
  ): Promise<Decision<Receipt, Refusal | KeyReused>> {
    const [decision] = await this.changeTogether<States, Receipt, Refusal>([{ refs, rule, request, known }]);
    return decision as Decision<Receipt, Refusal | KeyReused>;
  }

  /**
   * Several changes in one transaction: claims on one lease, contributions of many members. Each is decided on its items as
   * those before it leave them, and gets its own decision; what one refuses stops none of the others. The rules of `change`
   * hold. At most 100 different items.
   */
  changeTogether<States extends unknown[], Receipt, Refusal extends string>(
    changes: readonly Change<States, Receipt, Refusal>[],
  ): Promise<Decision<Receipt, Refusal | KeyReused>[]> {
    const plans = changes.map(({ refs, rule, request }) => ({
      names: refs.map(nameOf),
      refs: refs as Ref<unknown>[],
      rule: rule as (...states: unknown[]) => Decision<Receipt, Refusal>,
      request,
    }));
    const byName = new Map(plans.flatMap((plan) => plan.refs.map((ref) => [nameOf(ref), ref] as const)));
    const names = [...byName.keys()];
    const refs = [...byName.values()];
    const deadline = Math.min(...changes.map(({ request }) => request.deadline));
    const job = async (turn: Turn): Promise<Decision<Receipt, Refusal | KeyReused>[]> => {
      for (const change of changes) {
        change.refs.forEach((ref, position) => {
          const item = change.known?.[position];
          const name = nameOf(ref);
          if (item && item.seq > (turn.known(name)?.seq ?? 0)) turn.assume(name, item);
        });
      }
      let unknown = false;
      let troubles = 0;
      for (let lost = 0; lost < lostAtMost; ) {
        const before = new Map(
          names.map((name) => [name, turn.known(name) ?? untouched(byName.get(name) as Ref<unknown>)]),
        );
        for (const name of names) {
          const { outbox } = before.get(name) as Item<unknown>;
          if (outbox.length > unpublishedAtMost) await this.outbox.makeRoom(byName.get(name) as Key);
        }
        const after = new Map(before);
        const guarded = new Set<string>();
        const decisions = plans.map((plan) => {
          const items = plan.names.map((name) => after.get(name) as Item<unknown>);
          const decision = decide(items, plan.rule, plan.request);
          const [home, homeRef] = [items[0] as Item<unknown>, plan.refs[0] as Ref<unknown>];
          const kept = answerToKeep(home, decision, plan.request);
          if (kept) {
            guarded.add(plan.names[0] as string);
            after.set(plan.names[0] as string, this.#answered(home, homeRef, kept));
          }
          if (!writes(decision)) return decision;
          plan.names.forEach((name, position) => {
            guarded.add(name);
            const ref = plan.refs[position] as Ref<unknown>;
            const next = this.#next(items[position] as Item<unknown>, ref, decision, position === 0, plan.request);
            if (next) after.set(name, next);
          });
          return decision;
        });
        if (!decisions.every(writes) && !turn.isCurrent(names)) {
          await this.#refresh(refs, turn, deadline, unknown);
          continue;
        }
        if (guarded.size === 0) {
          // A write whose answer was lost turns out to have happened: its events need not wait for the relay.
          for (const {
            names: [home = ''],
            refs: [ref],
          } of unknown ? plans : []) {
            const { seq, outbox } = before.get(home) as Item<unknown>;
            this.outbox.committed(ref as Key, seq, outbox);
          }
          return decisions;
        }
        const touched = names.filter((name) => guarded.has(name));
        turn.sending();
        const outcome = await this.#commit(
          touched.map((name) => {
            const [was, item] = [before.get(name) as Item<unknown>, after.get(name) as Item<unknown>];
            return { ref: byName.get(name) as Ref<unknown>, expected: was.seq, item: item === was ? undefined : item };
          }),
          deadline,
          unknown,
        );
        if (outcome === 'done') {
          for (const name of touched) {
            const item = after.get(name) as Item<unknown>;
            turn.note(name, item);
            if (item !== before.get(name)) this.outbox.committed(byName.get(name) as Key, item.seq, item.outbox);
          }
          return decisions;
        }
        unknown ||= outcome === 'unknown';
        if (outcome === 'lost') {
          lost += 1;
        } else {
          troubles += 1;
          await backoff(troubles, deadline, unknown);
        }
        if (outcome !== 'later') await this.#refresh(refs, turn, deadline, unknown);
      }
      throw new KeepsChanging(`${names.join(' and ')} kept changing over ${lostAtMost} tries`, unknown);
    };
    const owned = refs.flatMap((ref) => (ref.owned ? [nameOf(ref)] : []));
    return this.#turns.take(names, deadline, job, owned);
  }

  async #refresh(refs: Ref<unknown>[], turn: Turn, deadline: number, unknown: boolean): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      turn.sending();
      try {
        const found =
          refs.length === 1
            ? [await this.table.read(refs[0] as Key, deadline)]
            : await this.table.snapshot(refs, deadline);
        refs.forEach((ref, position) => {
          turn.note(nameOf(ref), decode(found[position], ref));
        });
        return;
      } catch (error) {
        if (!(error instanceof StoreBusy) || performance.now() >= deadline) throw asUnknown(error, unknown);
        await backoff(tries, deadline, unknown);
      }
    }
  }

  /** The item after the decision; undefined when it stays as it is. */
  #next(
    item: Item<unknown>,
    ref: Ref<unknown>,
    decision: Decision<unknown, string>,
    home: boolean,
    request: Request,
  ): Item<unknown> | undefined {
    if (decision.outcome === 'again') return undefined;
    const state = decision.facts.reduce(ref.evolve, item.state);
    const unpublished = this.#unpublished(item, ref);
    if (!home) return state === item.state ? undefined : { ...item, seq: item.seq + 1, state, outbox: unpublished };
    if (unpublished.length > unpublishedAtMost) {
      throw new StoreBusy('the events of an item wait for the event log, and there is no room for more');
    }
    const { correlationId, causationId } = request;
    const time = new Date(request.at).toISOString();
    const events = decision.facts
      .filter(({ type }) => this.#dialect.knows(type))
      .map((fact, position) =>
        this.#dialect.entryOf(fact, { time, sequence: item.seq + 1 + position, correlationId, causationId }),
      );
    const answer =
      request.idempotency && decision.outcome === 'accepted'
        ? [{ ...request.idempotency, receipt: decision.receipt }]
        : [];
    return {
      seq: item.seq + Math.max(1, events.length),
      state,
      outbox: [...unpublished, ...events],
      answers: [...item.answers, ...answer].slice(-answersKept),
    };
  }

  /** The item with one more answer: nothing else has happened to it. */
  #answered(item: Item<unknown>, ref: Ref<unknown>, answer: Answer): Item<unknown> {
    const answers = [...item.answers, answer].slice(-answersKept);
    return { ...item, seq: item.seq + 1, outbox: this.#unpublished(item, ref), answers };
  }

  #unpublished(item: Item<unknown>, ref: Ref<unknown>): Item<unknown>['outbox'] {
    return item.outbox.filter(({ sequence }) => !this.outbox.isPublished(ref, sequence));
  }

  async #commit(
    parts: { ref: Ref<unknown>; expected: number; item: Item<unknown> | undefined }[],
    deadline: number,
    unknown: boolean,
  ): Promise<'done' | 'lost' | 'later' | 'unknown'> {
    const now = this.#clock();
    const written = parts.map(({ ref, expected, item }): Write => {
      const encoded = item && encode(item, this.#shardOf(ref), now, ref.indexed?.(item.state));
      return { key: ref, expected, item: encoded ?? 'check' };
    });
    // A statement cannot take an item out of an index; a transaction writes it whole.
    const isWhole = parts.length > 1 || parts.some(({ ref }) => ref.indexed !== undefined);
    try {
      if (isWhole) return (await this.table.transact(written, deadline)).outcome;
      const { outcome, error } = await this.table.write(written[0] as Write, deadline);
      if (error !== undefined) throw error;
      return outcome;
    } catch (error) {
      throw asUnknown(error, unknown);
    }
  }

  #shardOf(key: Key): string {
    return String(createHash('sha1').update(nameOf(key)).digest().readUInt16BE(0) % within(this.#spread, this.#shards));
  }
}

/** Whether there is something to commit: a refusal may still record facts. */
const writes = (decision: Decision<unknown, string>): boolean =>
  decision.outcome === 'accepted' || (decision.outcome === 'refused' && decision.facts.length > 0);

/**
 * Who asks again under another key gets what was answered before, and that is kept under this key too: sent once more, the
 * request gets its own first answer, whatever has happened meanwhile.
 */
const answerToKeep = (
  home: Item<unknown>,
  decision: Decision<unknown, string>,
  { idempotency }: Request,
): Answer | undefined => {
  if (decision.outcome !== 'again' || !idempotency) return undefined;
  if (home.answers.some(({ key }) => key === idempotency.key)) return undefined;
  return { ...idempotency, receipt: decision.receipt };
};

type Turn = Parameters<Parameters<Turns<Item<unknown>>['take']>[2]>[0];

const decide = <Receipt, Refusal extends string>(
  items: Item<unknown>[],
  rule: (...states: unknown[]) => Decision<Receipt, Refusal>,
  { idempotency }: Request,
): Decision<Receipt, Refusal | KeyReused> => {
  const answer = idempotency && items[0]?.answers.find(({ key }) => key === idempotency.key);
  if (!answer) return rule(...items.map(({ state }) => state));
  if (answer.fingerprint === idempotency.fingerprint) {
    return { outcome: 'again', receipt: answer.receipt as Receipt, reasons: [] };
  }
  return {
    outcome: 'refused',
    refusal: 'idempotency_key_reused',
    facts: [],
    reasons: [{ code: 'idempotency_key_reused' }],
  };
};

const asUnknown = (error: unknown, unknown: boolean): unknown =>
  unknown && error instanceof StoreBusy && !error.outcomeUnknown ? new StoreBusy(error.message, true) : error;

const backoff = async (tries: number, deadline: number, unknown: boolean): Promise<void> => {
  const ms = Math.random() * Math.min(200, 5 * 2 ** tries);
  if (performance.now() + ms >= deadline) throw new StoreBusy('the store did not take the write in time', unknown);
  await new Promise((resolve) => setTimeout(resolve, ms));
};
