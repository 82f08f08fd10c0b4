import type { Ref } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';
import type { Peak, Plan } from '@fcode/infra/capacity';

export type { Peak, Plan } from '@fcode/infra/capacity';

/** What ops said last that they expect of a campaign; beside the campaign, since nothing about it follows from this. */
export interface Prepared {
  peak?: Peak;
}

export interface PrepareReceipt extends Peak {
  campaignId: string;
  plan: Plan;
}

export const preparedRef = (campaignId: string): Ref<Prepared> => ({
  pk: `campaign/${campaignId}`,
  sk: 'prepared',
  initial: {},
  evolve: (prepared, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'campaign.prepared') return prepared;
    const { claimsPerSecond, ordersPerSecond } = data;
    return { peak: { claimsPerSecond, ordersPerSecond } };
  },
});
