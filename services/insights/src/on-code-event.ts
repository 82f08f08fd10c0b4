import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { addEntry, entryAdded } from './entry.ts';
import { partOf, stepTaken, type Totals, totalsRef } from './funnel.ts';
import { batchHeard, batchRef, codeEntryRef, type LifeEvent } from './history.ts';
import { keepLostHold, keepMadeGood } from './lost-holds.ts';
import { once } from './once.ts';

type CodeHeard = Heard<'code.claimed' | LifeEvent>;

/** The step of the funnel that an event is; what else is told of a code leaves the funnel as it is. */
const steps: Record<Exclude<CodeHeard['type'], 'code.claimed'>, keyof Totals | undefined> = {
  'code.offered': undefined,
  'code.accepted': undefined,
  'code.withdrawn': undefined,
  'code.held': 'held',
  'code.hold_extended': undefined,
  'code.released': undefined,
  'code.redeemed': 'redeemed',
  'code.hold_lost': undefined,
  'code.refunded': undefined,
  'code.cancelled': 'cancelled',
  'code.revoked': undefined,
};

const stepOf = (heard: CodeHeard): keyof Totals | undefined =>
  heard.type === 'code.claimed' ? heard.data.how : steps[heard.type];

/** Adds what happened to the code's history, and counts it in its campaign's funnel. */
export const onCodeEvent =
  (store: Store, clock: () => number) =>
  async (heard: CodeHeard): Promise<void> => {
    const request = causedBy(heard, clock);
    const entry = codeEntryRef(heard);
    const step = stepOf(heard);
    if (step === undefined) return addEntry(store, request, entry, entryAdded(heard));
    await once(store, request, [totalsRef(heard.data.campaignId, partOf(heard.id)), entry], () => [
      stepTaken(step),
      entryAdded(heard),
    ]);
  };

/** Also lists the paid order that has no code, for ops. */
export const onHoldLost = (store: Store, clock: () => number) => {
  const addToHistory = onCodeEvent(store, clock);
  return async (heard: Heard<'code.hold_lost'>): Promise<void> => {
    await addToHistory(heard);
    await keepLostHold(store, causedBy(heard, clock), heard);
  };
};

/** Also notes that a lost hold was made good. */
export const onRedeemed = (store: Store, clock: () => number) => {
  const addToHistory = onCodeEvent(store, clock);
  return async (heard: Heard<'code.redeemed'>): Promise<void> => {
    await addToHistory(heard);
    await keepMadeGood(store, causedBy(heard, clock), heard);
  };
};

/**
 * Keeps what a history says of the batch: where its codes come from. Codes that nobody is given by name are counted with it;
 * those of members are when they are given.
 */
export const onBatchCreated =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'batch.created'>): Promise<void> => {
    const { batch, campaignId, size, keyVersion, origin, canaries = 0 } = heard.data;
    const kept = batchHeard({ campaignId, size, keyVersion, origin });
    const request = causedBy(heard, clock);
    if (origin.kind !== 'grant' || origin.to !== 'bearer') {
      await store.change([batchRef(batch)], (known) => (known.size > 0 ? again({}) : accept([kept], {})), request);
      return;
    }
    await store.change(
      [batchRef(batch), totalsRef(campaignId, partOf(heard.id))],
      (known, _) => (known.size > 0 ? again({}) : accept([kept, stepTaken('bearer', size - canaries)], {})),
      request,
    );
  };
