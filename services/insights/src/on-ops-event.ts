import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { keepAction } from './audit.ts';
import type { OpsEvent } from './audit-actions.ts';

/** Keeps what an operator did in the audit log; what somebody else did is passed over. */
export const onOpsEvent = (store: Store, clock: () => number) => {
  // Of this process: a month that has begun stays so.
  const begun = new Set<string>();
  return (heard: Heard<OpsEvent>): Promise<void> => keepAction(store, causedBy(heard, clock), heard, begun);
};
