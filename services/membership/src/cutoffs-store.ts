import type { Key, Request, Store } from '@fcode/dynamo';
import type { CutoffsPublished } from '@fcode/events';
import { type Cutoff, cutoffsInForce, type Ladder, type Policy, type Tier, thresholdAt } from '@fcode/policy';
import { askFor, begin, finishReview, publish, review } from './cutoffs.rule.ts';
import { computeCutoffs } from './cutoffs.ts';
import type { Ladders } from './ladders.ts';
import { memberOf, memberRef } from './member.ts';
import { type Published, publishedRef } from './published.ts';

const reviewedAtOnce = 8;
/** Above every sum. */
const endless = BigInt('9'.repeat(38));

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
    await this.#store.change([publishedRef], (state) => begin(this.#policy, at, state), ofTimers(at));
  }

  /** Has the cut-offs computed within moments. */
  ask(request: Request) {
    return this.#store.change([publishedRef], () => askFor(request.at), request);
  }

  /** What is due about an item, `at` in epoch ms: a tier's end, or the cut-offs themselves. */
  async handle(key: Key, at: number): Promise<void> {
    const memberId = memberOf(key);
    if (memberId !== undefined) await this.#review(memberId, at, 'decay', await this.#ladders.now(withinMs(5000)));
    else if (key.pk === publishedRef.pk) await this.#advance(at);
  }

  async #advance(at: number): Promise<void> {
    const [{ state }] = await this.#store.read([publishedRef]);
    if (state.computeAt !== undefined && state.computeAt <= at) {
      const computed = await computeCutoffs(this.#store, this.#policy, at);
      const publishedAt = this.#clock();
      await this.#store.change(
        [publishedRef],
        (known) => publish(computed, this.#policy, publishedAt, known),
        ofTimers(at),
      );
      return;
    }
    if (state.reviewAt === undefined || state.reviewAt > at) return;
    const asOf = state.current?.asOf as string;
    await this.#reviewBetween(state, at);
    await this.#store.change([publishedRef], (known) => finishReview(asOf, known), ofTimers(at));
  }

  /** Looks at every member between the cut-offs before and the current ones: nobody else's tier is another by them. */
  async #reviewBetween({ current, before }: Published, at: number): Promise<void> {
    if (!current || !before) return;
    const ladder = await this.#ladders.now(withinMs(5000));
    const steps = [current, ...before].map((step) =>
      step === 'none' ? new Map<Tier, bigint>() : this.#thresholds(step, at),
    );
    const failures: unknown[] = [];
    for (const tier of new Set(steps.flatMap((step) => [...step.keys()]))) {
      const sums = steps.map((step) => step.get(tier) ?? endless);
      const low = sums.reduce((least, sum) => (sum < least ? sum : least));
      const high = sums.reduce((most, sum) => (sum > most ? sum : most));
      if (low === high) continue;
      for (let shard = 0; shard < this.#store.shards; shard += 1) {
        failures.push(...(await this.#reviewShard(String(shard), { from: String(low), to: String(high) }, ladder, at)));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} members could not be looked at`);
  }

  /** What cut-offs have come to at `at`: their own sums, or more since they stand still. */
  #thresholds(published: CutoffsPublished['data'], at: number): Map<Tier, bigint> {
    const ladder = { policy: this.#policy, cutoffs: cutoffsInForce(published) };
    const sumOf = (cutoff: Cutoff) =>
      at <= ladder.cutoffs.until ? BigInt(cutoff.S) : BigInt(Math.ceil(thresholdAt(ladder, cutoff, at).S));
    return new Map(ladder.cutoffs.cutoffs.map((cutoff) => [cutoff.tier, sumOf(cutoff)]));
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
