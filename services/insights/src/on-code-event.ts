import type { Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { batchHeard, batchRef, type Entry, entryRef } from './history.ts';

type CodeHeard = Heard<'code.claimed' | 'code.held' | 'code.released' | 'code.redeemed' | 'code.hold_lost'>;

const causeOf = (clock: () => number, { id, correlationId }: { id: string; correlationId: string }) => ({
  at: clock(),
  deadline: performance.now() + 5000,
  correlationId,
  causationId: id,
});

/** Adds what happened to the code's history. */
export const onCodeEvent =
  (store: Store, clock: () => number) =>
  async (heard: CodeHeard): Promise<void> => {
    const { type, sequence, time: at, data, id: eventId, correlationId } = heard;
    const entry: Entry = { type, at, data, eventId, correlationId };
    await store.change(
      [entryRef(data, type, sequence)],
      (known) => (known.entry ? again({}) : accept([{ type: 'entry.added', data: entry }], {})),
      causeOf(clock, heard),
    );
  };

/** Keeps what a history says of the batch: where its codes come from. */
export const onBatchCreated =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'batch.created'>): Promise<void> => {
    const { campaignId, size, keyVersion, origin } = heard.data;
    await store.change(
      [batchRef(heard.data.batch)],
      (known) => (known.size > 0 ? again({}) : accept([batchHeard({ campaignId, size, keyVersion, origin })], {})),
      causeOf(clock, heard),
    );
  };
