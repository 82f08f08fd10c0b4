import type { Ref, Store } from '@fcode/dynamo';
import type { CutoffsPublished } from '@fcode/events';
import { cutoffsInForce, type Ladder, type Policy } from '@fcode/policy';

/** The cut-offs of tiers by share as last heard; `sequence` is the event's, 0 when nothing was heard. */
export interface KnownCutoffs {
  current?: CutoffsPublished['data'];
  sequence: number;
}

export const cutoffsRef: Ref<KnownCutoffs> = {
  pk: 'cutoffs',
  sk: 'current',
  initial: { sequence: 0 },
  evolve: (_, fact) => fact.data as KnownCutoffs,
};

const recentMs = 1000;

/** The policy with the cut-offs in force, as read from the store. */
export class Ladders {
  readonly #store: Store;
  readonly #policy: Policy;
  #read: { ladder: Ladder; since: number } | undefined;

  constructor(store: Store, policy: Policy) {
    this.#store = store;
    this.#policy = policy;
  }

  /** As of a second ago or less: cut-offs are a day's. */
  async recent(deadline: number): Promise<Ladder> {
    const since = performance.now();
    if (this.#read && since - this.#read.since < recentMs) return this.#read.ladder;
    const [{ state }] = await this.#store.read([cutoffsRef], deadline);
    const ladder = state.current
      ? { policy: this.#policy, cutoffs: cutoffsInForce(state.current) }
      : { policy: this.#policy };
    this.#read = { ladder, since };
    return ladder;
  }
}
