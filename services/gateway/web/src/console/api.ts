import type { Page } from '@fcode/client';
import { clientAs } from '../api.ts';

export type {
  AuditEntry,
  Batch,
  Campaign,
  CampaignDefinition,
  CanaryTouch,
  GrantJob,
  GrantRequest,
  GrantRows,
  GrantRowsQuery,
  LostHold,
  Page,
} from '@fcode/client';

/** What ops ask for: the client's own verbs, as the operator. */
export const opsApi = (subject: string) => clientAs(subject);

/** Of `useInfiniteQuery`, for a list that the system pages: the cursor of the next page, and the items so far. */
export const byPage = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.cursor,
};
