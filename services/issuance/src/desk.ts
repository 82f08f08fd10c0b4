import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { CampaignStore } from './campaign-store.ts';
import type { Campaigns } from './campaigns.ts';
import type { ClaimStore } from './claim-store.ts';
import type { Ladders } from './cutoffs.ts';
import type { GrantJobs } from './grant-jobs.ts';
import type { WaitlistStore } from './waitlist-store.ts';

/** What the issuance routes work with. */
export interface Desk {
  store: Store;
  mint: CodeMint;
  ladders: Ladders;
  campaigns: Campaigns;
  campaignStore: CampaignStore;
  claims: ClaimStore;
  jobs: GrantJobs;
  waitlists: WaitlistStore;
}
