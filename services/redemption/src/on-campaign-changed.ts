import type { Heard } from '@fcode/events';
import type { CampaignStatus, TermsBook } from './terms.ts';

const statusAfter = {
  'campaign.published': 'published',
  'campaign.paused': 'paused',
  'campaign.resumed': 'published',
  'campaign.closed': 'closed',
} as const satisfies Record<string, CampaignStatus>;

/** A campaign's state, newest by its own sequence: an older one that comes late changes nothing. */
export const onCampaignChanged =
  (book: TermsBook, clock: () => number) =>
  async ({ id, type, sequence, correlationId, data: { campaignId } }: Heard<keyof typeof statusAfter>): Promise<void> =>
    book.record(
      { kind: 'campaign', campaignId, status: statusAfter[type], sequence },
      { correlationId, causationId: id, at: clock() },
    );
