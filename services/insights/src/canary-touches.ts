import { causedBy, type Store } from '@fcode/dynamo';
import type { CanaryTouched, Heard } from '@fcode/events';
import { MonthlyList } from './monthly-list.ts';
import { codePlaceOf } from './places.ts';

/** Somebody tried a code that nobody was given: what is known of who it was. */
export type CanaryTouch = CanaryTouched['data'];

const touches = new MonthlyList<CanaryTouch>('canary-touches', 'touch');

/** Lists a touch, once. */
export const onCanaryTouched =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'canary.touched'>): Promise<void> => {
    const { data, sequence } = heard;
    const place = codePlaceOf({ at: data.touchedAt, code: data, sequence });
    await touches.keep(store, causedBy(heard, clock), place, data);
  };

/** A page of touches, the newest first; see MonthlyList. Rejects with StoreBusy. */
export const readCanaryTouches = (store: Store, page: { limit: number; cursor?: string | undefined }) =>
  touches.read(store, page);
