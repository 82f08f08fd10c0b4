import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { type CodeStatus, codeStatusRef } from './code-status.ts';

const statusAfter = (heard: Heard<'code.held' | 'code.released' | 'code.redeemed'>): CodeStatus => {
  const { type, data, sequence } = heard;
  switch (type) {
    case 'code.held':
      return { status: 'held', since: data.heldAt, until: data.holdUntil, sequence };
    case 'code.released':
      return { status: 'unused', since: data.releasedAt, sequence };
    case 'code.redeemed':
      return { status: 'redeemed', since: data.redeemedAt, sequence };
  }
};

/** Keeps the newest status of a code, by the code's own sequence: late and repeated ones change nothing. */
export const onCodeChanged =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'code.held' | 'code.released' | 'code.redeemed'>): Promise<void> => {
    const next = statusAfter(heard);
    await store.change(
      [codeStatusRef(heard.data)],
      (known) => (known.sequence >= next.sequence ? again({}) : accept([{ type: 'status.heard', data: next }], {})),
      causedBy(heard, clock),
    );
  };
