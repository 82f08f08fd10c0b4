import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { close } from './campaign.rules.ts';
import type { CampaignStore } from './campaign-store.ts';
import { batchStopRef, campaignStopRef, type Stop } from './stop.ts';

type Stopped = Heard<'checkout.paused' | 'checkout.resumed' | 'checkout.killed' | 'batch.revoked'>;

const stopAfter = {
  'checkout.paused': 'paused',
  'checkout.resumed': 'none',
  'checkout.killed': 'killed',
  'batch.revoked': 'revoked',
} as const satisfies Record<Stopped['type'], Stop['stop']>;

/**
 * Keeps the newest that ops told checkout about a campaign or a batch. All of it has one sequence: late and repeated ones
 * change nothing, and neither the campaign nor the batch need be known. What is killed at checkout is closed here: nobody
 * claims codes that nobody can use.
 */
export const onStopped =
  (store: Store, campaignStore: CampaignStore, clock: () => number) =>
  async (heard: Stopped): Promise<void> => {
    const { type, data, sequence, time: since } = heard;
    const next: Stop = { stop: stopAfter[type], since, sequence };
    await store.change(
      [type === 'batch.revoked' ? batchStopRef(data.batch) : campaignStopRef(data.campaignId)],
      (known) => (known.sequence >= sequence ? again({}) : accept([{ type: 'stop.heard', data: next }], {})),
      causedBy(heard, clock),
    );
    if (type !== 'checkout.killed') return;
    const { campaignId, by, reason } = data;
    const request = causedBy(heard, clock);
    await campaignStore.switch(
      campaignId,
      (campaign) => close({ campaignId, by, at: request.at }, campaign, reason),
      request,
    );
  };
