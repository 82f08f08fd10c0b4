import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { cutoffsRef, type KnownCutoffs } from './cutoffs.ts';

/** Keeps the newest cut-offs, by their own sequence: late and repeated ones change nothing. */
export const onCutoffsPublished =
  (store: Store, clock: () => number) =>
  async (event: Heard<'cutoffs.published'>): Promise<void> => {
    const { sequence, data } = event;
    const heard: KnownCutoffs = { current: data, sequence };
    await store.change(
      [cutoffsRef],
      (known) => (known.sequence >= sequence ? again({}) : accept([{ type: 'cutoffs.heard', data: heard }], {})),
      causedBy(event, clock),
    );
  };
