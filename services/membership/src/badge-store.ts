import type { Item, KeyReused, Ref, Request, Store } from '@fcode/dynamo';
import { accept, again, type Decision, type Policy, refuse } from '@fcode/policy';
import type { BadgeChange, BadgeReceipt, BadgeRefusal, BadgeRule } from './badge.rules.ts';
import { type Member, memberRef } from './member.ts';

/** Members of one transaction. One who is being written meanwhile has the others of it tried again, so not as many as would fit. */
const membersTogether = 50;
/** Transactions under way for one call: the store is for others too. */
const underWayAtMost = 4;
const readAtOnce = 100;

/** What became of one member. */
export interface BadgeResult {
  memberId: string;
  decision: Decision<BadgeReceipt, BadgeRefusal>;
}

type Decided = BadgeResult['decision'];

const isOfRule = (decision: Decision<BadgeReceipt, BadgeRefusal | KeyReused>): decision is Decided =>
  decision.outcome !== 'refused' || decision.refusal !== 'idempotency_key_reused';

const isReused = ({ answers }: Item<unknown>, { idempotency }: Request): boolean =>
  answers.some(({ key, fingerprint }) => key === idempotency?.key && fingerprint !== idempotency.fingerprint);

/** Where badges are awarded and withdrawn: members are changed together, as many as fit, each by a decision of its own. */
export class BadgeStore {
  readonly #store: Store;
  readonly #policy: Policy;

  constructor(store: Store, policy: Policy) {
    this.#store = store;
    this.#policy = policy;
  }

  /**
   * One result for each member, in no order, each named once. Under a key that was used for something else, nobody is changed.
   * When it rejects, some members may have been changed, and the same request again does the rest.
   */
  async change(
    rule: BadgeRule,
    change: BadgeChange,
    members: readonly string[],
    request: Request,
  ): Promise<Decision<BadgeResult[], KeyReused>> {
    const refs = members.map(memberRef);
    const known = await this.#read(refs, request.deadline);
    if (known.some((item) => isReused(item, request))) return refuse('idempotency_key_reused');
    const loads = Array.from({ length: Math.ceil(members.length / membersTogether) }, (_, load) => load);
    const results: BadgeResult[] = [];
    let reused = false;
    const work = async () => {
      for (let load = loads.shift(); load !== undefined; load = loads.shift()) {
        const from = load * membersTogether;
        const some = members.slice(from, from + membersTogether);
        const decisions = await this.#store.changeTogether<[Member], BadgeReceipt, BadgeRefusal>(
          some.map((memberId, position) => ({
            refs: [refs[from + position] as Ref<Member>],
            rule: (member: Member) => rule(change, this.#policy, request.at, memberId, member),
            request,
            known: [known[from + position]],
          })),
        );
        decisions.forEach((decision, position) => {
          if (isOfRule(decision)) results.push({ memberId: some[position] as string, decision });
          else reused = true;
        });
      }
    };
    await Promise.all(Array.from({ length: underWayAtMost }, work));
    // Two requests under one key at once.
    if (reused) return refuse('idempotency_key_reused');
    return results.every(({ decision }) => decision.outcome === 'again') ? again(results) : accept([], results);
  }

  async #read(refs: Ref<Member>[], deadline: number): Promise<Item<Member>[]> {
    const pages = Array.from({ length: Math.ceil(refs.length / readAtOnce) }, (_, page) =>
      this.#store.read<Member[]>(refs.slice(page * readAtOnce, (page + 1) * readAtOnce), deadline),
    );
    return (await Promise.all(pages)).flat();
  }
}
