import type { EventType, FactOfType, Heard } from '@fcode/events';

/** What an operator did by an event, as far as the audit log must show it. */
interface Audited {
  who: string;
  /** As its event, where it is called no otherwise. */
  action?: string;
  /** What is found there by the next action on the same thing. */
  trail?: string;
}

type Table = { [Type in EventType]?: (data: FactOfType<Type>['data']) => Audited | undefined };

const by = ({ by: who }: { by: string }): Audited => ({ who });
const onCampaign = ({ by: who, campaignId }: { by: string; campaignId: string }): Audited => ({
  who,
  trail: `campaign/${campaignId}`,
});
const onCheckout = ({ by: who, campaignId }: { by: string; campaignId: string }): Audited => ({
  who,
  trail: `checkout/${campaignId}`,
});
const onGrant = ({ by: who, grantId }: { by: string; grantId: string }): Audited => ({
  who,
  trail: `grant/${grantId}`,
});
const onBadges = ({ by: who, memberId }: { by: string; memberId: string }): Audited => ({
  who,
  trail: `badges/${memberId}`,
});

/** Everything that ops cause; undefined when it was somebody else. */
const audited = {
  'badge.awarded': onBadges,
  'badge.withdrawn': onBadges,
  'batch.created': ({ origin }) =>
    origin.kind === 'grant' ? { who: origin.grantedBy, action: 'batch.granted' } : undefined,
  'batch.exported': by,
  'batch.revoked': by,
  'campaign.closed': onCampaign,
  'campaign.created': onCampaign,
  'campaign.edited': onCampaign,
  'campaign.paused': onCampaign,
  'campaign.prepared': ({ by: who, campaignId }) => ({ who, trail: `prepared/${campaignId}` }),
  'campaign.published': onCampaign,
  'campaign.resumed': onCampaign,
  'checkout.killed': onCheckout,
  'checkout.paused': onCheckout,
  'checkout.resumed': onCheckout,
  'code.redeemed': ({ goodwill }) => goodwill && { who: goodwill.by, action: 'code.reissued' },
  'code.revoked': by,
  'contributions.imported': by,
  'cutoffs.asked': by,
  'grant.approved': onGrant,
  'grant.cancelled': onGrant,
  'grant.requested': onGrant,
  'member.pinned': ({ by: who, memberId }) => ({ who, trail: `pins/${memberId}` }),
  'member.revoked': ({ by: who, memberId }) => ({ who, trail: `codes/${memberId}` }),
  // A reward that goes with its order was taken back by nobody.
  'reward.reversed': ({ by: who, reason }) =>
    who === 'redemption' && reason === 'order cancelled' ? undefined : { who },
  'waitlist.supplied': by,
} satisfies Table;

export type AuditedType = keyof typeof audited;
export const auditedTypes = Object.keys(audited) as AuditedType[];

/** What ops did by an event; undefined when it was nobody of them. */
export const auditedIn = (event: Heard): (Required<Omit<Audited, 'trail'>> & Pick<Audited, 'trail'>) | undefined => {
  const found = (audited as { [Type in EventType]?: (data: Heard['data']) => Audited | undefined })[event.type]?.(
    event.data,
  );
  return found && { action: event.type, ...found };
};
