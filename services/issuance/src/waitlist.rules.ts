import {
  codeClaimed,
  waitlistJoined,
  waitlistLapsed,
  waitlistLeft,
  waitlistOffered,
  waitlistSupplied,
} from '@fcode/events';
import { accept, again, type Decision, isWithin, type Reason, refuse } from '@fcode/policy';
import { type Campaign, type KnownCampaign, phaseAt, waitlistIn, wholeOf } from './campaign.ts';
import { type Claim, type ClaimReceipt, receiptOf, whyNotFor } from './claim.rule.ts';
import { codeKept, type MemberCode, type MemberCodes } from './member-codes.ts';
import { type Pool, placeBack, poolMoved } from './quota.ts';
import type { Refusal } from './refusals.ts';
import { type Wait, waitKept } from './waitlist.ts';

/** A member and a campaign with a waitlist; `at` in epoch ms. */
export interface Waiter {
  campaignId: string;
  memberId: string;
  at: number;
}

/** A member's place as it is answered. */
export interface WaitReceipt {
  status: Exclude<Wait['status'], 'none'>;
  since: string;
  until?: string;
}

export const receiptOfWait = (wait: Exclude<Wait, { status: 'none' }>): WaitReceipt => ({
  status: wait.status,
  since: wait.since,
  ...(wait.status === 'offered' ? { until: wait.until } : {}),
});

type Decided = Decision<WaitReceipt, Refusal>;

const iso = (at: number): string => new Date(at).toISOString();

/** Why nobody may begin to wait here, or nobody of this region; undefined when they may, also before it opens and while it is paused. */
const whyNotWait = (campaign: Campaign, { region, at }: { region: string; at: number }): Decided | undefined => {
  if (campaign.status === 'none' || campaign.status === 'draft') return refuse('campaign_not_found');
  const phase = phaseAt(campaign, at);
  if (phase === 'ended') return refuse('campaign_ended');
  if (phase === 'closed') return refuse('campaign_closed');
  if (!waitlistIn(campaign)) return refuse('no_waitlist');
  const { regions } = wholeOf(campaign.definition);
  return isWithin(region, regions) ? undefined : refuse('region_not_covered', [{ code: 'covers_regions', regions }]);
};

/**
 * A member without a code of the campaign waits, behind those who do. `order` is where: by the time, told apart within the
 * millisecond. Who waits or is offered a place already stays where they are.
 */
export const join = (
  { campaignId, memberId, region, at }: Waiter & { region: string },
  order: number,
  wait: Wait,
  mine: MemberCodes,
  campaign: Campaign,
): Decided => {
  if (wait.status === 'waiting' || wait.status === 'offered') return again(receiptOfWait(wait));
  const refused = whyNotWait(campaign, { region, at });
  if (refused) return refused;
  if (mine.codes.length > 0) return refuse('has_code', [{ code: 'claimed', codes: mine.codes.length }]);
  const since = iso(at);
  return accept([waitlistJoined.of({ campaignId, memberId, since }), waitKept({ status: 'waiting', since, order })], {
    status: 'waiting',
    since,
  });
};

/** A member waits no more; a place that was offered goes to whoever is next. */
export const leave = ({ campaignId, memberId, at }: Waiter, wait: Wait, pool: Pool): Decided => {
  if (wait.status === 'none') return refuse('not_waiting');
  if (wait.status !== 'waiting' && wait.status !== 'offered') return again(receiptOfWait(wait));
  const declined = wait.status === 'offered';
  if (declined && pool.status === 'none') return refuse('no_waitlist');
  const left = { status: 'left', since: wait.since, endedAt: iso(at) } as const;
  return accept(
    [waitlistLeft.of({ campaignId, memberId, declined, reason: 'asked' }), waitKept(left)],
    receiptOfWait(left),
  );
};

/**
 * A place that came back is offered to who has waited longest, until then (epoch ms). `none_left` and `not_waiting` are no
 * answers for anybody. Who has a code of the campaign by now waits no more.
 */
export const offer = (
  { campaignId, memberId, at }: Waiter,
  until: number,
  wait: Wait,
  pool: Pool,
  mine: MemberCodes,
): Decision<object, 'none_left' | 'not_waiting'> => {
  if (wait.status !== 'waiting') return refuse('not_waiting');
  const { since } = wait;
  if (mine.codes.length > 0) {
    const left = waitKept({ status: 'left', since, endedAt: iso(at) });
    return accept([waitlistLeft.of({ campaignId, memberId, declined: false, reason: 'has_code' }), left], {});
  }
  if (pool.status !== 'open' || pool.left === 0) return refuse('none_left');
  const offered = { since, until: iso(until) };
  return accept(
    [waitlistOffered.of({ campaignId, memberId, ...offered }), waitKept({ status: 'offered', ...offered })],
    {},
  );
};

/**
 * An offer is over that nobody took: the place goes to whoever is next. While the campaign is paused nobody could take it, so it
 * stands until `later` (epoch ms).
 */
export const lapse = (
  { campaignId, memberId, at }: Waiter,
  later: number,
  wait: Wait,
  pool: Pool,
  campaign: Campaign,
): Decision<object, never> => {
  if (wait.status !== 'offered' || pool.status === 'none' || Date.parse(wait.until) > at) return again({});
  const isPaused = campaign.status === 'paused' && at < Date.parse(campaign.definition.endsAt);
  if (isPaused) return accept([waitKept({ ...wait, until: iso(later) })], {});
  const { since, until } = wait;
  return accept(
    [waitlistLapsed.of({ campaignId, memberId, until }), waitKept({ status: 'lapsed', since, endedAt: iso(at) })],
    {},
  );
};

/**
 * The member takes the code of the place that is offered, for as long as nobody else was: the worker that ends offers decides
 * when that is, not a clock. `pool_stopped` is no answer for anybody: the campaign was paused or closed a moment ago.
 */
export const take = (
  { campaignId, memberId, request, region, at }: Claim,
  mine: MemberCodes,
  wait: Wait,
  pool: Pool,
  { campaign, version }: KnownCampaign,
  { tier, reasons: whyTier }: { tier: string; reasons: Reason[] },
): Decision<ClaimReceipt, Refusal | 'pool_stopped'> => {
  const position = mine.codes.findIndex((code) => code.request === request);
  const before = mine.codes[wait.status === 'taken' ? 0 : position];
  if (before) return again(receiptOf(campaignId, before, Math.max(1, position + 1)), before.reasons);
  const refused = whyNotFor(campaign, { region, at });
  if (refused) return refuse(refused.refusal, refused.reasons);
  if (wait.status !== 'offered') return refuse('no_place_offered');
  if (mine.codes.length > 0) return refuse('has_code', [{ code: 'claimed', codes: mine.codes.length }]);
  if (pool.status !== 'open') return refuse('pool_stopped');
  if (pool.nextIndex >= pool.room) return refuse('sold_out');
  const { batch, nextIndex: index, keyVersion } = pool;
  const reasons: Reason[] = [...whyTier, { code: 'waited', since: wait.since }, { code: 'claimed', codes: 0 }];
  const rested = { reasons, termsVersion: version };
  const code: MemberCode = {
    batch,
    index,
    keyVersion,
    how: 'claimed',
    at: iso(at),
    request,
    allotted: 1,
    tier,
    ...rested,
  };
  const fact = codeClaimed.of({
    batch,
    index,
    campaignId,
    memberId,
    how: 'claimed',
    receipt: { allotted: 1, claimed: 1, tier, ...rested },
  });
  const taken = waitKept({ status: 'taken', since: wait.since, endedAt: iso(at) });
  return accept([fact, codeKept(code), taken], receiptOf(campaignId, code, 1), reasons);
};

/** Ops give places that were for everybody to those who wait. `pool_short` is no answer: leases may hold what the pool has not. */
export const supply = (
  {
    campaignId,
    by,
    reason,
    places,
    at,
  }: { campaignId: string; by: string; reason: string; places: number; at: number },
  waitlist: Pool,
  pool: Pool,
  campaign: Campaign,
): Decision<{ places: number }, Refusal | 'pool_short'> => {
  if (campaign.status === 'none' || campaign.status === 'draft') return refuse('campaign_not_found');
  const phase = phaseAt(campaign, at);
  if (phase === 'closed') return refuse('campaign_closed');
  if (phase === 'ended') return refuse('campaign_ended');
  if (waitlist.status === 'none' || pool.status === 'none') return refuse('no_waitlist');
  if (pool.left < places) return refuse('pool_short');
  return accept([waitlistSupplied.of({ campaignId, by, reason, places })], { places });
};

/** Nobody waits: what came back is for everybody. */
export const giveToAll = (waitlist: Pool): Decision<object, never> =>
  waitlist.status === 'open' && waitlist.left > 0
    ? accept([poolMoved({ from: 'waitlist', to: undefined, codes: waitlist.left })], {})
    : again({});

/** The place of a code that was revoked; lost where there is no waitlist. */
export const backFrom = (waitlist: Pool) => (waitlist.status === 'none' ? [] : [placeBack()]);
