import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { batchRef } from './batch.ts';
import { type CodeStatus, codeStatusRef } from './code-status.ts';
import { poolRef } from './quota.ts';
import { backFrom } from './waitlist.rules.ts';

/**
 * What changes the status of a code. Others of its events are not heard, such as that a paid order lost its hold, or that
 * lines of one came back, which leaves the code redeemed: they have a sequence too, which those that follow are beyond.
 */
type CodeChanged = Heard<
  'code.held' | 'code.hold_extended' | 'code.released' | 'code.redeemed' | 'code.cancelled' | 'code.revoked'
>;

/** Each event tells all of it by itself, so that it does not matter which others were heard. */
const statusAfter = ({ type, data, sequence }: CodeChanged): CodeStatus => {
  switch (type) {
    case 'code.held':
      return { status: 'held', since: data.heldAt, until: data.holdUntil, sequence };
    case 'code.hold_extended':
      return { status: 'held', since: data.extendedAt, until: data.holdUntil, sequence };
    case 'code.released':
      return { status: 'unused', since: data.releasedAt, sequence };
    case 'code.redeemed':
      return { status: 'redeemed', since: data.redeemedAt, sequence };
    case 'code.cancelled':
      return { status: 'unused', since: data.cancelledAt, sequence };
    case 'code.revoked':
      return { status: 'revoked', since: data.revokedAt, sequence };
  }
};

/** Keeps the newest status of a code, by the code's own sequence: late and repeated ones change nothing. */
export const onCodeChanged =
  (store: Store, clock: () => number) =>
  async (heard: CodeChanged): Promise<void> => {
    const next = statusAfter(heard);
    const request = causedBy(heard, clock);
    const status = codeStatusRef(heard.data);
    const told = { type: 'status.heard', data: next };
    if (heard.type !== 'code.revoked') {
      await store.change(
        [status],
        (known) => (known.sequence >= next.sequence ? again({}) : accept([told], {})),
        request,
      );
      return;
    }
    // Nobody has bought with it, and nobody ever will: its place comes back, in the same change, so that it does so once.
    const { campaignId, batch, index } = heard.data;
    const [{ state }] = await store.read([batchRef(campaignId, batch)], request.deadline);
    const isPlace = state.status !== 'created' || index < state.size - (state.canaries ?? 0);
    await store.change(
      [status, poolRef({ campaignId, lane: 'waitlist' })],
      (known, waitlist) =>
        known.sequence >= next.sequence ? again({}) : accept([told, ...(isPlace ? backFrom(waitlist) : [])], {}),
      request,
    );
  };
