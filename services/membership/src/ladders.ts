import type { Store } from '@fcode/dynamo';
import { cutoffsInForce, type Ladder, type Policy } from '@fcode/policy';
import { type Published, publishedRef } from './published.ts';

const recentMs = 1000;

/** The policy with its cut-offs in force, as read from the store. */
export class Ladders {
  readonly policy: Policy;
  readonly #store: Store;
  #read: { ladder: Ladder; since: number } | undefined;

  constructor(store: Store, policy: Policy) {
    this.#store = store;
    this.policy = policy;
  }

  async now(deadline: number): Promise<Ladder> {
    const since = performance.now();
    const [{ state }] = await this.#store.read([publishedRef], deadline);
    const ladder = ladderOf(this.policy, state);
    this.#read = { ladder, since };
    return ladder;
  }

  /** As of a second ago or less: what a change of cut-offs misses by that, its review finds. */
  async recent(deadline: number): Promise<Ladder> {
    return this.#read && performance.now() - this.#read.since < recentMs ? this.#read.ladder : this.now(deadline);
  }
}

const ladderOf = (policy: Policy, { current }: Published): Ladder =>
  current ? { policy, cutoffs: cutoffsInForce(current) } : { policy };
