import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { Referrals } from './referrals.ts';

/** A friend's order is cancelled, or lines of it came back: the reward of that purchase goes with them. */
export const onCodeUndone =
  (referrals: Referrals, clock: () => number) =>
  async (heard: Heard<'code.cancelled' | 'code.refunded'>): Promise<void> => {
    const { type, data } = heard;
    const undoing =
      type === 'code.cancelled'
        ? { isCancelled: true as const }
        : { returned: { returnId: data.returnId, refunded: data.refunded, paid: data.paid } };
    await referrals.undo(data, undoing, causedBy(heard, clock));
  };
