import type { Heard } from '@fcode/events';
import type { TermsBook } from './terms.ts';

/** A batch exists: checkout must know its terms. Once, however often heard: the book knows its batches by number. */
export const onBatchCreated =
  (book: TermsBook, clock: () => number) =>
  async ({ id, correlationId, data: { origin, ...batch } }: Heard<'batch.created'>): Promise<void> =>
    book.record(
      { kind: 'batch', isBearer: isBearer(origin), ...batch },
      { correlationId, causationId: id, at: clock() },
    );

/** Whether its codes are of whoever has them, instead of a member's. */
const isBearer = (origin: Heard<'batch.created'>['data']['origin']): boolean =>
  origin.kind === 'grant' && origin.to === 'bearer';
