import { batchCreated } from '@fcode/events';
import { accept, type Decision, refuse } from '@fcode/policy';
import { type Campaign, termsOf } from './campaign.ts';
import { type Pool, poolTaken } from './quota.ts';
import type { Refusal } from './refusals.ts';

/** A grant that all have approved: to members, as bearer codes for whoever has them, or as the uses of one code by name. */
export interface Granting {
  campaignId: string;
  batch: number;
  keyVersion: number;
  codes: number;
  /** Codes besides, that nobody is given. */
  canaries?: number;
  to: 'members' | 'bearer';
  /** Of a grant to members: the condition that found them, and how many they are. */
  segment?: string;
  members?: number;
  /** The one code that all of them are the uses of. */
  named?: { name: string; perBuyer: number };
  reason: string;
  reference: string;
  by: string;
  /** Epoch ms. */
  at: number;
}

/** One small batch fact, however many codes: they are computed, not stored. `pool_short` asks for the leases back first. */
export const grantBatch = (
  {
    campaignId,
    batch,
    keyVersion,
    codes,
    canaries = 0,
    to,
    segment,
    members,
    named,
    reason,
    reference,
    by,
    at,
  }: Granting,
  campaign: Campaign,
  pool: Pool,
  name: { batch?: number } = {},
): Decision<object, Refusal | 'pool_short'> => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'closed') return refuse('campaign_closed');
  if (campaign.status === 'paused') return refuse('campaign_paused');
  if (campaign.status !== 'published' || pool.status === 'none') return refuse('campaign_not_published');
  if (at >= Date.parse(campaign.definition.endsAt)) return refuse('campaign_ended');
  if (name.batch !== undefined) return refuse('name_taken');
  if (pool.left < codes) return refuse('pool_short');
  const created = batchCreated.of({
    campaignId,
    batch,
    size: codes + canaries,
    keyVersion,
    ...(canaries === 0 ? {} : { canaries }),
    ...(named === undefined ? {} : { named }),
    terms: termsOf(campaign.definition),
    origin: {
      kind: 'grant',
      to,
      ...(segment === undefined ? {} : { segment }),
      ...(members === undefined ? {} : { members }),
      reason,
      reference,
      grantedBy: by,
    },
  });
  return accept([created, poolTaken(codes)], {});
};
