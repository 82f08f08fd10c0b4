import type { Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { cutoffsRef, type KnownCutoffs } from './cutoffs.ts';

/** Keeps the newest cut-offs, by their own sequence: late and repeated ones change nothing. */
export const onCutoffsPublished =
  (store: Store, clock: () => number) =>
  async ({ id, sequence, correlationId, data }: Heard<'cutoffs.published'>): Promise<void> => {
    const heard: KnownCutoffs = { current: data, sequence };
    await store.change(
      [cutoffsRef],
      (known) => (known.sequence >= sequence ? again({}) : accept([{ type: 'cutoffs.heard', data: heard }], {})),
      { at: clock(), deadline: performance.now() + 5000, correlationId, causationId: id },
    );
  };
