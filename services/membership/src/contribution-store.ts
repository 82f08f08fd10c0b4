import type { Ref, Request, Store } from '@fcode/dynamo';
import { type Contribution, contribute, nameOfEntry, type Result } from './contribute.rule.ts';
import type { Ladders } from './ladders.ts';
import { type Entry, entryRef } from './ledger.ts';
import { type Member, memberRef } from './member.ts';

/** Contributions that one transaction carries, with the member's standing. */
const atOnce = 40;
/** Members that are worked on side by side. */
const membersAtOnce = 8;

/** Where contributions are counted: the ledger entries and the member's sum are one transaction. */
export class ContributionStore {
  readonly #store: Store;
  readonly #ladders: Ladders;

  constructor(store: Store, ladders: Ladders) {
    this.#store = store;
    this.#ladders = ladders;
  }

  /** One result for each, in the order given. The same contribution twice in one call is a duplicate of itself. */
  async record(contributions: readonly Contribution[], request: Request): Promise<Result[]> {
    const results: Result[] = contributions.map(() => ({ status: 'duplicate' }));
    const byMember = new Map<string, number[]>();
    contributions.forEach(({ memberId }, position) => {
      const positions = byMember.get(memberId);
      if (positions) positions.push(position);
      else byMember.set(memberId, [position]);
    });
    const members = [...byMember.values()];
    const work = async () => {
      for (let positions = members.pop(); positions; positions = members.pop()) {
        for (let from = 0; from < positions.length; from += atOnce) {
          const some = positions.slice(from, from + atOnce);
          const told = await this.#recordSome(
            some.map((position) => contributions[position] as Contribution),
            request,
          );
          some.forEach((position, index) => {
            results[position] = told[index] as Result;
          });
        }
      }
    };
    await Promise.all(Array.from({ length: membersAtOnce }, work));
    return results;
  }

  async #recordSome(contributions: Contribution[], request: Request): Promise<Result[]> {
    const named = new Map(contributions.map((contribution) => [nameOfEntry(contribution), entryRef(contribution)]));
    const names = [...named.keys()];
    const refs: [Ref<Member>, ...Ref<Entry>[]] = [
      memberRef((contributions[0] as Contribution).memberId),
      ...named.values(),
    ];
    const [ladder, known] = await Promise.all([
      this.#ladders.recent(request.deadline),
      this.#store.read<[Member, ...Entry[]]>(refs, request.deadline),
    ]);
    const decision = await this.#store.change<[Member, ...Entry[]], { results: Result[] }, never>(
      refs,
      (standing, ...entries) => {
        const entryOf = new Map(names.map((name, position) => [name, entries[position] as Entry]));
        return contribute(contributions, ladder, request.at, standing, entryOf);
      },
      request,
      known,
    );
    if (decision.outcome === 'refused') throw new Error(decision.refusal);
    return decision.receipt.results;
  }
}
