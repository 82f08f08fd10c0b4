import { grantApproved, grantCancelled, grantFinished, grantRequested } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Campaign } from './campaign.ts';
import { grantBatch } from './grant-batch.rule.ts';
import { type Asked, approvedAt, asked, ended, type GrantJob, type PageDone, pageDone, started } from './grant-job.ts';
import type { Pool } from './quota.ts';
import type { Refusal } from './refusals.ts';

export interface GrantJobReceipt {
  grantId: string;
  status: Exclude<GrantJob['status'], 'none'>;
}

type Decided = Decision<GrantJobReceipt, Refusal>;

const receiptOf = ({ grantId, status }: Exclude<GrantJob, { status: 'none' }>): GrantJobReceipt => ({
  grantId,
  status,
});

/**
 * Nothing is given yet. A reference is used once in a campaign: for the same file again, or the same segment, it is the grant
 * that there is.
 */
export const request = (
  wanted: Asked,
  campaign: Campaign,
  before: Exclude<GrantJob, { status: 'none' }> | undefined,
): Decided => {
  if (before) return isSame(before, wanted) ? again(receiptOf(before)) : refuse('reference_taken');
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status === 'draft') return refuse('campaign_not_published');
  if (campaign.status === 'closed') return refuse('campaign_closed');
  if (wanted.codes === 0) return refuse('nothing_to_grant');
  const { grantId, campaignId, by, reason, reference, to, codes, needed } = wanted;
  const told = grantRequested.of({
    grantId,
    campaignId,
    by,
    reason,
    reference,
    to,
    ...whomOf(wanted),
    codes,
    approvals: needed,
  });
  return accept([asked(wanted), told], { grantId, status: 'waiting' });
};

/** Whom a grant to members is for, as its events tell: a list of them is too long. */
const whomOf = ({ segment, file }: Asked): { segment?: string; members?: number } => ({
  ...(segment === undefined ? {} : { segment }),
  ...(file === undefined ? {} : { members: file.members }),
});

const isSame = (before: Asked, wanted: Asked): boolean =>
  before.to === wanted.to &&
  before.segment === wanted.segment &&
  // Who is of a segment, and so how many codes it comes to, may be another by now: it is what was asked for that is the same.
  (before.codes === wanted.codes || before.segment !== undefined) &&
  before.canaries === wanted.canaries &&
  before.named?.name === wanted.named?.name &&
  before.named?.perBuyer === wanted.named?.perBuyer &&
  before.file?.digest === wanted.file?.digest;

/** An operator's command about a grant. */
export interface Command {
  by: string;
  /** Epoch ms. */
  at: number;
}

/** Whether this approval is the last one that is needed: then the batch comes with it. */
export const isLast = (grant: GrantJob, by: string): boolean =>
  grant.status === 'waiting' &&
  grant.by !== by &&
  new Set([...grant.approvals.map((one) => one.by), by]).size >= grant.needed;

/** Somebody else than who asked agrees. With the last one that is needed, the codes are taken from the quota, all or none. */
export const approve = (
  { by, at }: Command,
  job: GrantJob,
  taking:
    | { batch: number; keyVersion: number; campaign: Campaign; pool: Pool; name: { batch?: number } | undefined }
    | undefined,
): Decision<GrantJobReceipt, Refusal | 'pool_short'> => {
  if (job.status === 'none') return refuse('grant_not_found');
  if (job.status === 'cancelled') return refuse('grant_cancelled');
  if (job.approvals.some((one) => one.by === by) || (job.needed === 0 && job.status !== 'waiting')) {
    return again(receiptOf(job));
  }
  if (job.status !== 'waiting') return refuse('grant_started');
  if (job.by === by && job.needed > 0) return refuse('approver_asked');
  const now = new Date(at).toISOString();
  const { grantId, campaignId } = job;
  if (!taking) {
    return accept([grantApproved.of({ grantId, campaignId, by, ...whomOf(job) }), approvedAt(now)], receiptOf(job));
  }
  const { batch, keyVersion, campaign, pool, name } = taking;
  const made = grantBatch(
    {
      campaignId,
      batch,
      keyVersion,
      codes: job.codes,
      ...(job.canaries === undefined ? {} : { canaries: job.canaries }),
      to: job.to === 'members' ? 'members' : 'bearer',
      ...whomOf(job),
      ...(job.named === undefined ? {} : { named: job.named }),
      reason: job.reason,
      reference: job.reference,
      by: job.by,
      at,
    },
    campaign,
    pool,
    name,
  );
  if (made.outcome !== 'accepted') return made as Decision<never, Refusal | 'pool_short'>;
  const begun = started({ batch, keyVersion, startedAt: now });
  // Who asked needs nobody where the policy needs no approval; what has no rows is done with its batch.
  const approval =
    job.needed === 0 ? [] : [grantApproved.of({ grantId, campaignId, by, batch, ...whomOf(job) }), approvedAt(now)];
  const isDone = job.file === undefined;
  const finish = isDone
    ? [grantFinished.of({ grantId, campaignId, batch, rows: 0, granted: 0, codes: job.codes }), ended(now)]
    : [];
  return accept([...approval, begun, ...finish, ...made.facts], { grantId, status: isDone ? 'done' : 'running' });
};

/** Before it runs; what is given already is taken back by revoking its batch. */
export const cancel = ({ by, at }: Command, job: GrantJob, reason: string): Decided => {
  if (job.status === 'none') return refuse('grant_not_found');
  if (job.status === 'cancelled') return again(receiptOf(job));
  if (job.status !== 'waiting') return refuse('grant_started');
  const { grantId, campaignId } = job;
  const told = grantCancelled.of({ grantId, campaignId, by, reason, ...whomOf(job) });
  return accept([told, ended(new Date(at).toISOString())], { grantId, status: 'cancelled' });
};

/** A page of its rows has its results; the next one follows, or it is the last. Twice, or by two processes, is once. */
export const finishPage = (done: PageDone, job: GrantJob, at: number): Decision<object, never> => {
  if (job.status !== 'running' || job.page !== done.page || !job.file) return again({});
  const { grantId, campaignId, batch, file } = job;
  const facts = [pageDone(done)];
  if (done.page + 1 < file.pages) return accept(facts, {});
  const finished = grantFinished.of({
    grantId,
    campaignId,
    batch,
    rows: file.rows,
    granted: job.granted + done.granted,
    codes: job.codes,
  });
  return accept([...facts, finished, ended(new Date(at).toISOString())], {});
};
