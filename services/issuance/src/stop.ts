import type { Ref } from '@fcode/dynamo';

/**
 * What ops have told checkout about a campaign or a batch, as last heard from redemption; `sequence` is the event's, 0 when
 * nothing was heard.
 */
export interface Stop {
  stop: 'none' | 'paused' | 'killed' | 'revoked';
  since?: string;
  sequence: number;
}

const stopAt = (pk: string): Ref<Stop> => ({
  pk,
  sk: 'stop',
  initial: { stop: 'none', sequence: 0 },
  evolve: (_, fact) => fact.data as Stop,
});

export const campaignStopRef = (campaignId: string): Ref<Stop> => stopAt(`campaign/${campaignId}`);
/** By its number alone: it may be heard of before the batch is. */
export const batchStopRef = (batch: number): Ref<Stop> => stopAt(`batch/${batch}`);
