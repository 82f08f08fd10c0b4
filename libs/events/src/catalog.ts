import { badgeAwarded } from './badge-awarded.ts';
import { badgeWithdrawn } from './badge-withdrawn.ts';
import { batchCreated } from './batch-created.ts';
import { batchExported } from './batch-exported.ts';
import { batchRevoked } from './batch-revoked.ts';
import { campaignClosed } from './campaign-closed.ts';
import { campaignCreated } from './campaign-created.ts';
import { campaignEdited } from './campaign-edited.ts';
import { campaignPaused } from './campaign-paused.ts';
import { campaignPrepared } from './campaign-prepared.ts';
import { campaignPublished } from './campaign-published.ts';
import { campaignResumed } from './campaign-resumed.ts';
import { campaignSettled } from './campaign-settled.ts';
import { canaryTouched } from './canary-touched.ts';
import { checkoutKilled } from './checkout-killed.ts';
import { checkoutPaused } from './checkout-paused.ts';
import { checkoutResumed } from './checkout-resumed.ts';
import { codeAccepted } from './code-accepted.ts';
import { codeCancelled } from './code-cancelled.ts';
import { codeClaimed } from './code-claimed.ts';
import { codeHeld } from './code-held.ts';
import { codeHoldExtended } from './code-hold-extended.ts';
import { codeHoldLost } from './code-hold-lost.ts';
import { codeOffered } from './code-offered.ts';
import { codeRedeemed } from './code-redeemed.ts';
import { codeRefunded } from './code-refunded.ts';
import { codeReleased } from './code-released.ts';
import { codeRevoked } from './code-revoked.ts';
import { codeWithdrawn } from './code-withdrawn.ts';
import { contributionRecorded } from './contribution-recorded.ts';
import { contributionReversed } from './contribution-reversed.ts';
import { contributionsImported } from './contributions-imported.ts';
import { cutoffsAsked } from './cutoffs-asked.ts';
import { cutoffsPublished } from './cutoffs-published.ts';
import { dialectOf } from './dialect.ts';
import type { Cause, CloudEvent, FactOf, OutboxEntry, Topic } from './envelope.ts';
import { grantApproved } from './grant-approved.ts';
import { grantCancelled } from './grant-cancelled.ts';
import { grantFinished } from './grant-finished.ts';
import { grantRequested } from './grant-requested.ts';
import { linkClicked } from './link-clicked.ts';
import { linkCreated } from './link-created.ts';
import { memberPinned } from './member-pinned.ts';
import { memberRevoked } from './member-revoked.ts';
import { pointsReturned } from './points-returned.ts';
import { pointsSpent } from './points-spent.ts';
import { policyPublished } from './policy-published.ts';
import { purchaseRefused } from './purchase-refused.ts';
import { referralMade } from './referral-made.ts';
import { rewardPending } from './reward-pending.ts';
import { rewardReduced } from './reward-reduced.ts';
import { rewardReversed } from './reward-reversed.ts';
import { rewardVested } from './reward-vested.ts';
import { scoreChanged } from './score-changed.ts';
import { tierChanged } from './tier-changed.ts';
import { waitlistJoined } from './waitlist-joined.ts';
import { waitlistLapsed } from './waitlist-lapsed.ts';
import { waitlistLeft } from './waitlist-left.ts';
import { waitlistOffered } from './waitlist-offered.ts';
import { waitlistSupplied } from './waitlist-supplied.ts';

/** Every event of the system, by type. */
export const catalog = {
  'badge.awarded': badgeAwarded,
  'badge.withdrawn': badgeWithdrawn,
  'batch.created': batchCreated,
  'batch.exported': batchExported,
  'batch.revoked': batchRevoked,
  'campaign.closed': campaignClosed,
  'campaign.settled': campaignSettled,
  'campaign.created': campaignCreated,
  'campaign.edited': campaignEdited,
  'campaign.paused': campaignPaused,
  'campaign.prepared': campaignPrepared,
  'campaign.published': campaignPublished,
  'campaign.resumed': campaignResumed,
  'canary.touched': canaryTouched,
  'checkout.killed': checkoutKilled,
  'checkout.paused': checkoutPaused,
  'checkout.resumed': checkoutResumed,
  'code.accepted': codeAccepted,
  'code.cancelled': codeCancelled,
  'code.claimed': codeClaimed,
  'code.held': codeHeld,
  'code.hold_extended': codeHoldExtended,
  'code.hold_lost': codeHoldLost,
  'code.offered': codeOffered,
  'code.redeemed': codeRedeemed,
  'code.refunded': codeRefunded,
  'code.released': codeReleased,
  'code.revoked': codeRevoked,
  'code.withdrawn': codeWithdrawn,
  'contribution.recorded': contributionRecorded,
  'contribution.reversed': contributionReversed,
  'contributions.imported': contributionsImported,
  'cutoffs.asked': cutoffsAsked,
  'cutoffs.published': cutoffsPublished,
  'grant.requested': grantRequested,
  'grant.approved': grantApproved,
  'grant.cancelled': grantCancelled,
  'grant.finished': grantFinished,
  'link.clicked': linkClicked,
  'link.created': linkCreated,
  'member.pinned': memberPinned,
  'member.revoked': memberRevoked,
  'points.returned': pointsReturned,
  'points.spent': pointsSpent,
  'policy.published': policyPublished,
  'purchase.refused': purchaseRefused,
  'referral.made': referralMade,
  'reward.pending': rewardPending,
  'reward.reduced': rewardReduced,
  'reward.reversed': rewardReversed,
  'reward.vested': rewardVested,
  'score.changed': scoreChanged,
  'tier.changed': tierChanged,
  'waitlist.joined': waitlistJoined,
  'waitlist.lapsed': waitlistLapsed,
  'waitlist.left': waitlistLeft,
  'waitlist.offered': waitlistOffered,
  'waitlist.supplied': waitlistSupplied,
} as const;

export type EventType = keyof typeof catalog;
export type FactOfType<Type extends EventType> = FactOf<(typeof catalog)[Type]>;
export type AnyFact = { [Type in EventType]: FactOfType<Type> }[EventType];

/** What this release says and hears: see Dialect. */
export const dialect = dialectOf(catalog);

/** The topic that events of this type are appended to. */
export const topicOf = (type: string): Topic => dialect.topicOf(type);

/** An outbox entry of `aggregate` as the CloudEvent that is published. Throws when this release does not know it. */
export const toCloudEvent = (aggregate: string, entry: OutboxEntry): CloudEvent =>
  dialect.toCloudEvent(aggregate, entry);

/** An event as its listener reads it: typed, at the newest version, with what it needs to say what follows from it. */
export type Heard<Type extends EventType = EventType> = Type extends EventType
  ? FactOfType<Type> &
      Cause & {
        id: string;
        aggregate: string;
        sequence: number;
        time: string;
      }
  : never;

/**
 * Reads a published event: finds its definition, lifts an older version, validates the data.
 * Throws on an unknown type, a version newer than this code knows, or data that does not fit.
 */
export const hear = (event: CloudEvent): Heard => dialect.hear(event) as Heard;
