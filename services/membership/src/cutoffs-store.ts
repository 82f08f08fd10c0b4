import type { Key, Request, Store } from '@fcode/dynamo';
import type { Decision, Ladder, Policy } from '@fcode/policy';
import { askFor, begin, finishLook, publish, putOffLook, review } from './cutoffs.rule.ts';
import { computeCutoffs } from './cutoffs.ts';
import type { Ladders } from './ladders.ts';
import { memberOf, memberRef } from './member.ts';
import { type Look, type Published, publishedRef } from './published.ts';

const reviewedAtOnce = 8;

/** Cut-offs and the tiers that end by themselves: what membership does at its time. */
export class CutoffStore {
  readonly #store: Store;
  readonly #policy: Policy;
  readonly #ladders: Ladders;
  readonly #clock: () => number;

  /** `clock` in epoch ms. */
  constructor(store: Store, ladders: Ladders, clock: () => number) {
    this.#store = store;
    this.#policy = ladders.policy;
    this.#ladders = ladders;
    this.#clock = clock;
  }

  /** Notes the first set hour, at the first start of all. */
  async begin(at: number): Promise<void> {
    await this.#change((state) => begin(this.#policy, at, state), at);
  }

  /** Has the cut-offs computed within moments, since the operator `by` asks for it. */
  ask(by: string, request: Request) {
    return this.#store.change([publishedRef], () => askFor(by, request.at), request);
  }

  /** What is due about an item, `at` in epoch ms: a tier's end, or the cut-offs themselves. */
  async handle(key: Key, at: number): Promise<void> {
    const memberId = memberOf(key);
    if (memberId !== undefined) await this.#review(memberId, at, 'decay', await this.#ladders.now(withinMs(5000)));
    else if (key.pk === publishedRef.pk) await this.#advance(at);
  }

  async #advance(at: number): Promise<void> {
    const [{ state }] = await this.#store.read([publishedRef]);
    const isDue = (time: number | undefined) => time !== undefined && time <= at;
    if (isDue(state.lookAt)) await this.#look('lookAt', state, at);
    else if (isDue(state.computeAt)) await this.#compute(state, at);
    else if (isDue(state.lastLookAt)) await this.#look('lastLookAt', state, at);
  }

  async #compute({ current }: Published, at: number): Promise<void> {
    const computed = { data: await computeCutoffs(this.#store, this.#policy, at), after: current?.asOf };
    const publishedAt = this.#clock();
    await this.#change((known) => publish(computed, this.#policy, publishedAt, known), at);
  }

  /** Looks at every member in the spans, and tells those whose tier is another by now. */
  async #look(which: Look, { current, spans = {} }: Published, at: number): Promise<void> {
    const ladder = await this.#ladders.now(withinMs(5000));
    const failures: unknown[] = [];
    const { most } = await this.#store.spread();
    for (const { low, high } of Object.values(spans)) {
      for (let shard = 0; shard < most; shard += 1) {
        failures.push(...(await this.#reviewShard(String(shard), { from: low, to: high }, ladder, at)));
      }
    }
    if (failures.length === 0) {
      await this.#change((known) => finishLook(current?.asOf, which, known), at);
      return;
    }
    await this.#change((known) => putOffLook(which, this.#clock(), known), at);
    throw new AggregateError(failures, `${failures.length} members could not be looked at`);
  }

  #change(rule: (state: Published) => Decision<object, never>, at: number) {
    return this.#store.change([publishedRef], rule, ofTimers(at));
  }

  /** Resolves to what went wrong, which keeps none of the others from being looked at. */
  async #reviewShard(
    shard: string,
    between: { from: string; to: string },
    ladder: Ladder,
    at: number,
  ): Promise<unknown[]> {
    const failures: unknown[] = [];
    const underWay = new Set<Promise<void>>();
    for await (const { key } of this.#store.table.board(shard, between)) {
      const memberId = memberOf(key);
      if (memberId === undefined) continue;
      const reviewing: Promise<void> = this.#review(memberId, at, 'cutoffs', ladder)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => underWay.delete(reviewing));
      underWay.add(reviewing);
      if (underWay.size >= reviewedAtOnce) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    return failures;
  }

  async #review(memberId: string, since: number, because: 'decay' | 'cutoffs', ladder: Ladder): Promise<void> {
    // The look that found the member may have begun long ago: what was told since then is not taken back.
    const at = Math.max(since, this.#clock());
    const ref = memberRef(memberId);
    const known = await this.#store.read([ref]);
    await this.#store.change([ref], (member) => review(memberId, ladder, at, because, member), ofTimers(at), known);
  }
}

const withinMs = (ms: number): number => performance.now() + ms;

const ofTimers = (at: number): Request => ({
  at,
  deadline: withinMs(5000),
  correlationId: 'timers',
  causationId: 'timers',
});
