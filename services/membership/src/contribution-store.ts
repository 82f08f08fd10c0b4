import { type Item, type Key, type Ref, type Request, type Store, StoreBusy } from '@fcode/dynamo';
import type { Ladder } from '@fcode/policy';
import { type Contribution, contribute, nameOfEntry, type Result } from './contribute.rule.ts';
import { counting, type Import, importOf, importRef, tell } from './import.ts';
import type { Ladders } from './ladders.ts';
import { type Entry, entryRef } from './ledger.ts';
import { type Member, memberRef } from './member.ts';

/** Items that one transaction may touch. */
const itemsAtMost = 100;
/** Contributions of one member that are decided in one go, so that they fit with the member's standing. */
const ofMemberAtOnce = 90;
/** Transactions under way for one call: members do not wait for each other, and the store is for others too. */
const underWayAtMost = 4;
const readAtOnce = 100;
/** For telling of an import while its caller waits, and when that is due; ms. */
const tellSoonMs = 1000;
const tellMs = 5000;

/** Contributions of one member that are decided together, and where their results go. */
interface Group {
  memberId: string;
  positions: number[];
  entries: Map<string, Ref<Entry>>;
}

/** Where contributions are counted: ledger entries and sums, of as many members as fit, are one transaction. */
export class ContributionStore {
  readonly #store: Store;
  readonly #ladders: Ladders;

  constructor(store: Store, ladders: Ladders) {
    this.#store = store;
    this.#ladders = ladders;
  }

  /**
   * One result for each, in the order given. The same contribution twice in one call is a duplicate of itself. `by`: the
   * operator who asks for it; what it changed is told then, once for all of it.
   */
  async record(contributions: readonly Contribution[], request: Request, by?: string): Promise<Result[]> {
    const results: Result[] = contributions.map(() => ({ status: 'duplicate' }));
    const ladder = await this.#ladders.recent(request.deadline);
    const ops = by === undefined ? undefined : { by, asked: importOf(by, contributions) };
    const loads = loadsOf(contributions, ops ? itemsAtMost - 1 : itemsAtMost);
    const work = async () => {
      for (let groups = loads.shift(); groups; groups = loads.shift()) {
        const told = await this.#recordTogether(groups, contributions, ladder, request, ops);
        groups.forEach(({ positions }, group) => {
          positions.forEach((position, index) => {
            results[position] = told[group]?.[index] as Result;
          });
        });
      }
    };
    // All of an import counts in one item, and would only meet itself there.
    await Promise.all(Array.from({ length: ops ? 1 : underWayAtMost }, work));
    if (ops) await this.#tellSoon(ops.asked, request);
    return results;
  }

  /** Tells of an import that whoever recorded it has not told of. */
  async tellImport(key: Key, at: number): Promise<void> {
    const [{ state }] = await this.#store.read([importRef(key)]);
    if (!state.untold) return;
    const { correlationId } = state.untold;
    const deadline = performance.now() + tellMs;
    await this.#store.change([importRef(key)], tell, { at, deadline, correlationId, causationId: 'timers' });
  }

  async #tellSoon(asked: Ref<Import>, request: Request): Promise<void> {
    try {
      const deadline = Math.min(request.deadline, performance.now() + tellSoonMs);
      await this.#store.change([asked], tell, { ...request, deadline });
    } catch (error) {
      // The rows stand, and that they are to be told of stands with them: when it is due, it is done.
      if (!(error instanceof StoreBusy)) throw error;
    }
  }

  async #recordTogether(
    groups: Group[],
    contributions: readonly Contribution[],
    ladder: Ladder,
    request: Request,
    ops: { by: string; asked: Ref<Import> } | undefined,
  ): Promise<Result[][]> {
    const changes = groups.map(({ memberId, positions, entries }) => {
      const names = [...entries.keys()];
      const some = positions.map((position) => contributions[position] as Contribution);
      const others = [...entries.values(), ...(ops ? [ops.asked] : [])] as Ref<Entry | Import>[];
      const refs: [Ref<Member>, ...Ref<Entry | Import>[]] = [memberRef(memberId), ...others];
      const rule = (standing: Member, ...states: (Entry | Import)[]) => {
        const entryOf = new Map(names.map((name, position) => [name, states[position] as Entry]));
        const decision = contribute(some, ladder, request.at, standing, entryOf);
        if (!ops) return decision;
        return counting(decision, some, { by: ops.by, correlationId: request.correlationId, since: request.at });
      };
      return { refs, rule };
    });
    // Told before, or the members known already: what is read first spares a transaction that cannot succeed.
    const all = await this.#read(
      changes.flatMap(({ refs }) => refs as Ref<Member | Entry | Import>[]),
      request.deadline,
    );
    let from = 0;
    const decisions = await this.#store.changeTogether<[Member, ...(Entry | Import)[]], { results: Result[] }, never>(
      changes.map(({ refs, rule }) => {
        const known = all.slice(from, from + refs.length) as [Item<Member>, ...Item<Entry | Import>[]];
        from += refs.length;
        return { refs, rule, request, known };
      }),
    );
    return decisions.map((decision) => {
      if (decision.outcome === 'refused') throw new Error(decision.refusal);
      return decision.receipt.results;
    });
  }

  async #read<State>(refs: Ref<State>[], deadline: number): Promise<Item<State>[]> {
    const pages = Array.from({ length: Math.ceil(refs.length / readAtOnce) }, (_, page) =>
      this.#store.read<State[]>(refs.slice(page * readAtOnce, (page + 1) * readAtOnce), deadline),
    );
    return (await Promise.all(pages)).flat();
  }
}

/** Groups by member, put together until a transaction is full. */
const loadsOf = (contributions: readonly Contribution[], itemsAtOnce: number): Group[][] => {
  const byMember = new Map<string, Group[]>();
  contributions.forEach((contribution, position) => {
    const { memberId } = contribution;
    const groups = byMember.get(memberId) ?? [];
    byMember.set(memberId, groups);
    let group = groups.at(-1);
    if (!group || group.entries.size >= ofMemberAtOnce) {
      group = { memberId, positions: [], entries: new Map() };
      groups.push(group);
    }
    group.positions.push(position);
    group.entries.set(nameOfEntry(contribution), entryRef(contribution));
  });
  const loads: Group[][] = [];
  let room = 0;
  for (const group of [...byMember.values()].flat()) {
    const items = 1 + group.entries.size;
    if (items > room) {
      loads.push([]);
      room = itemsAtOnce;
    }
    loads.at(-1)?.push(group);
    room -= items;
  }
  return loads;
};
