import type { Heard } from '@fcode/events';
import type { TermsBook } from './terms.ts';

/** A batch exists: checkout must know its terms. Once, however often heard: the book knows its batches by number. */
export const onBatchCreated =
  (book: TermsBook, clock: () => number) =>
  async ({ id, correlationId, data: { origin: _, ...batch } }: Heard<'batch.created'>): Promise<void> =>
    book.record({ kind: 'batch', ...batch }, { correlationId, causationId: id, at: clock() });
