import { catalog, type EventType, type Heard } from '@fcode/events';

/** What something was before or after an action, in few words: never the text of a code, a buyer or a contact. */
export type Told = Record<string, string | number | boolean | string[]>;

/** Where what was before an action is found. */
export type Before =
  /** What the last action before it on the same thing, by its own order, left; `first` when there is none. */
  | { by: 'trail'; of: string; first?: Told }
  /** The badges that actions before it left a member. */
  | { by: 'badges'; of: string }
  /** The life of the code until then. */
  | { by: 'code'; batch: number; index: number }
  /** What was told of the reward until then. */
  | { by: 'reward'; batch: number; index: number; redemptionId: string }
  /** The event itself tells; `leaves`: what the next action on a thing finds on its trail, where it has one. */
  | { by: 'event'; told: Told; leaves?: { of: string; left: Told } };

/** What an operator did, as its event tells it. */
export interface Action {
  action: string;
  /** The operator: the subject of the token. */
  who: string;
  reason?: string | undefined;
  reference?: string | undefined;
  campaignId?: string | undefined;
  before?: Before;
  after?: Told;
}

/** The events of which an operator may be the cause, and what is said of each; undefined when it was somebody else. */
type Table = { [Type in EventType]?: (heard: Heard<Type>) => Action | undefined };

interface Because {
  by: string;
  reason?: string | undefined;
  reference?: string | undefined;
  campaignId?: string | undefined;
}

const doneBy = ({ type, data: { by, reason, reference, campaignId } }: { type: string; data: Because }) => ({
  action: type,
  who: by,
  reason,
  reference,
  campaignId,
});

const trailOfCampaign = (campaignId: string): string => `campaign/${campaignId}`;

const onCampaign = (campaignId: string, after: Told): Pick<Action, 'before' | 'after'> => ({
  before: { by: 'trail', of: trailOfCampaign(campaignId) },
  after,
});

const onCheckout = (campaignId: string, checkout: string): Pick<Action, 'before' | 'after'> => ({
  before: { by: 'trail', of: `checkout/${campaignId}`, first: { checkout: 'open' } },
  after: { checkout },
});

/** Whom codes are granted to, where they are members: by which condition, and how many. */
interface Whom {
  segment?: string | undefined;
  members?: number | undefined;
}
const whom = ({ segment, members }: Whom): Told => ({
  ...(segment === undefined ? {} : { segment }),
  ...(members === undefined ? {} : { members }),
});

const onGrant = (grant: Whom & { grantId: string }, after: Told): Pick<Action, 'before' | 'after'> => ({
  before: { by: 'trail', of: `grant/${grant.grantId}` },
  after: { ...after, ...whom(grant) },
});

export const actions = {
  'campaign.created': (heard) => ({
    ...doneBy(heard),
    ...onCampaign(heard.data.campaignId, {
      state: 'draft',
      name: heard.data.name,
      ...(heard.data.copiedFrom === undefined ? {} : { copiedFrom: heard.data.copiedFrom }),
    }),
  }),
  'campaign.edited': (heard) => {
    const { campaignId, name, changes } = heard.data;
    const side = (of: 'before' | 'after'): Told =>
      // What a field has not is no text that it could have.
      Object.fromEntries(changes.map(({ field, ...values }) => [field, values[of] ?? []]));
    const leaves = { of: trailOfCampaign(campaignId), left: { state: 'draft', name } };
    return { ...doneBy(heard), before: { by: 'event', told: side('before'), leaves }, after: side('after') };
  },
  'campaign.published': (heard) => {
    const { campaignId, name, quota, batch, startsAt, endsAt } = heard.data;
    return {
      ...doneBy(heard),
      ...onCampaign(campaignId, { state: 'published', name, quota, batch, startsAt, endsAt }),
    };
  },
  'campaign.paused': (heard) => ({ ...doneBy(heard), ...onCampaign(heard.data.campaignId, { state: 'paused' }) }),
  'campaign.resumed': (heard) => ({ ...doneBy(heard), ...onCampaign(heard.data.campaignId, { state: 'published' }) }),
  'campaign.closed': (heard) => ({ ...doneBy(heard), ...onCampaign(heard.data.campaignId, { state: 'closed' }) }),
  'campaign.prepared': (heard) => {
    const { campaignId, claimsPerSecond, ordersPerSecond } = heard.data;
    const before = { by: 'trail' as const, of: `prepared/${campaignId}` };
    return { ...doneBy(heard), before, after: { claimsPerSecond, ordersPerSecond } };
  },
  'waitlist.supplied': (heard) => ({ ...doneBy(heard), after: { places: heard.data.places } }),

  'grant.requested': (heard) => {
    const { to, codes, approvals } = heard.data;
    const after = { state: 'requested', to: to === 'named' ? 'name' : to, codes, approvals };
    return { ...doneBy(heard), ...onGrant(heard.data, after) };
  },
  'grant.approved': (heard) => {
    const { batch } = heard.data;
    return {
      ...doneBy(heard),
      ...onGrant(heard.data, batch === undefined ? { state: 'approved' } : { state: 'granted', batch }),
    };
  },
  'grant.cancelled': (heard) => ({ ...doneBy(heard), ...onGrant(heard.data, { state: 'cancelled' }) }),

  'batch.created': ({ data: { campaignId, batch, size, canaries = 0, named, origin } }) => {
    // Claimable codes come with the campaign, which somebody published.
    if (origin.kind !== 'grant') return undefined;
    const { to, reason, reference, grantedBy } = origin;
    return {
      action: 'batch.granted',
      who: grantedBy,
      reason,
      reference,
      campaignId,
      // The name of a code by name is its text.
      after: {
        batch,
        to: named ? 'name' : to,
        ...whom(origin),
        codes: size - canaries,
        ...(canaries === 0 ? {} : { canaries }),
      },
    };
  },
  'batch.exported': (heard) => ({
    ...doneBy(heard),
    ...(heard.data.what === undefined ? {} : { after: { what: heard.data.what } }),
  }),
  'batch.revoked': (heard) => ({
    ...doneBy(heard),
    before: { by: 'event', told: { state: 'open' } },
    after: { state: 'revoked' },
  }),

  'checkout.paused': (heard) => ({ ...doneBy(heard), ...onCheckout(heard.data.campaignId, 'paused') }),
  'checkout.resumed': (heard) => ({ ...doneBy(heard), ...onCheckout(heard.data.campaignId, 'open') }),
  'checkout.killed': (heard) => ({ ...doneBy(heard), ...onCheckout(heard.data.campaignId, 'killed') }),

  'code.revoked': (heard) => ({
    ...doneBy(heard),
    before: {
      by: 'event',
      told: heard.data.hold ? { state: 'held', holdId: heard.data.hold.holdId } : { state: 'unused' },
    },
    after: { state: 'revoked' },
  }),
  'code.redeemed': ({ data: { batch, index, campaignId, goodwill, order } }) =>
    goodwill && {
      action: 'code.reissued',
      who: goodwill.by,
      reason: goodwill.reason,
      campaignId,
      before: { by: 'code', batch, index },
      after: { state: 'redeemed', shop: order.shop, orderId: order.orderId, lostHold: goodwill.holdId },
    },

  'member.revoked': (heard) => ({
    ...doneBy(heard),
    before: { by: 'trail', of: `codes/${heard.data.memberId}`, first: { codes: 'open' } },
    after: { codes: 'revoked' },
  }),
  'member.pinned': (heard) => ({
    ...doneBy(heard),
    before: { by: 'trail', of: `pins/${heard.data.memberId}`, first: { pins: [] } },
    after: { pins: heard.data.pins },
  }),
  'badge.awarded': (heard) => ({
    ...doneBy(heard),
    before: { by: 'badges', of: `badges/${heard.data.memberId}` },
    after: { awarded: heard.data.badge },
  }),
  'badge.withdrawn': (heard) => ({
    ...doneBy(heard),
    before: { by: 'badges', of: `badges/${heard.data.memberId}` },
    after: { withdrawn: heard.data.badge },
  }),

  'contributions.imported': (heard) => {
    const { count, sources } = heard.data;
    return { ...doneBy(heard), after: { count, sources } };
  },
  'cutoffs.asked': doneBy,

  'reward.reversed': (heard) => {
    const { by, reason, batch, index, redemptionId } = heard.data;
    // A reward goes with its order, and then no operator took it back.
    if (by === 'redemption' && reason === 'order cancelled') return undefined;
    return { ...doneBy(heard), before: { by: 'reward', batch, index, redemptionId }, after: { state: 'reversed' } };
  },
} satisfies Table;

export type OpsEvent = keyof typeof actions;

/** What an action is called: as its event, where that is of ops alone. */
const calledOtherwise: Partial<Record<OpsEvent, string>> = {
  'batch.created': 'batch.granted',
  'code.redeemed': 'code.reissued',
};
const types = Object.keys(actions) as [OpsEvent, ...OpsEvent[]];

/** Done here, where no event is told: that the audit log itself was taken out of the system. */
export const exportAction = 'audit.exported';
export const actionNames: [string, ...string[]] = [exportAction, ...types.map((type) => calledOtherwise[type] ?? type)];

/** What an operator did; undefined when it was no operator. */
export const actionOf = (heard: Heard<OpsEvent>): Action | undefined =>
  (actions as Record<OpsEvent, (heard: Heard<OpsEvent>) => Action | undefined>)[heard.type](heard);

/** What it was done to, as its event names it: `campaign/…`, `batch/13`, `code/12.7`, `member/…`, `reward/…`, `grant/…`, `cutoffs`. */
export const subjectOf = ({ type, data }: Heard<OpsEvent>): string =>
  (catalog[type].subject as (data: unknown) => string)(data);
