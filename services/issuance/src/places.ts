import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@fcode/policy';

/** Places of one lease, as this instance counts them. */
interface Count {
  /** Places that nobody here is claiming. */
  free: number;
  /** Claims under way. */
  busy: number;
  refilling: Promise<unknown> | undefined;
}

export interface Place<Refusal> {
  refused?: Refusal;
  /** The claim is decided: `unused` when it took no code, `gone` when the lease turned out to be closed. */
  done: (fate: 'used' | 'unused' | 'gone') => void;
}

/**
 * Lets no more claims at a lease than it has codes, so that nobody queues for a slice that is used up, and one refill
 * serves all who wait. It is bookkeeping of this process: what counts is the lease in the store.
 */
export class Places<Refusal> {
  readonly #counts = new Map<string, Count>();

  /** `refill` resolves to how many codes the lease has then, those under way included, or to a refusal. */
  async take(
    campaignId: string,
    deadline: number,
    refill: () => Promise<{ left: number } | { refused: Refusal }>,
  ): Promise<Place<Refusal>> {
    const count = this.#counts.get(campaignId) ?? { free: 0, busy: 0, refilling: undefined };
    this.#counts.set(campaignId, count);
    while (count.free <= 0) {
      if (performance.now() >= deadline)
        throw new Unavailable('Codes of this campaign are being moved between instances.');
      count.refilling ??= refill().finally(() => {
        count.refilling = undefined;
      });
      const answer = (await count.refilling) as Awaited<ReturnType<typeof refill>>;
      if ('refused' in answer) return { refused: answer.refused, done: () => {} };
      if (count.free <= 0) count.free = answer.left - count.busy;
      // All that is left is being claimed right now: what comes of it shows in a moment.
      if (count.free <= 0) await sleep(2);
    }
    count.free -= 1;
    count.busy += 1;
    return {
      done: (fate) => {
        count.busy -= 1;
        if (fate === 'unused') count.free += 1;
        if (fate === 'gone') count.free = 0;
      },
    };
  }
}
