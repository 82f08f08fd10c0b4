import type { Request, Store } from '@fcode/dynamo';
import type { EventType, FactOfType, Heard } from '@fcode/events';
import { entryOf } from './entry.ts';
import { placeOf } from './places.ts';
import { addTo, type Order, readTimeline } from './timeline.ts';

/** As redemption names a buyer who is a member; a guest is nobody's history. */
const member = 'm:';
const memberIn = (buyer: string | undefined): string[] =>
  buyer?.startsWith(member) ? [buyer.slice(member.length)] : [];

const whose = ({ memberId }: { memberId: string }): string[] => [memberId];
const from = (data: { from: string }): string[] => [data.from];
const buyer = (data: { buyer: string }): string[] => memberIn(data.buyer);
const inviter = (data: { inviter: string }): string[] => [data.inviter];

/** What a member's history tells, and whose it is: contributions, scores, clicks and holds are too many, and stand elsewhere. */
export const membersOf = {
  'badge.awarded': whose,
  'badge.withdrawn': whose,
  'code.accepted': (data) => [data.from, data.to],
  'code.cancelled': buyer,
  'code.claimed': whose,
  'code.offered': from,
  'code.redeemed': buyer,
  'code.refunded': buyer,
  'code.revoked': ({ hold }) => memberIn(hold?.buyer),
  'code.withdrawn': from,
  'link.created': whose,
  'member.pinned': whose,
  'member.revoked': whose,
  'points.returned': whose,
  'points.spent': whose,
  'purchase.refused': whose,
  'referral.made': (data) => [data.inviter, ...memberIn(data.invitee)],
  'reward.pending': inviter,
  'reward.reduced': inviter,
  'reward.reversed': inviter,
  'reward.vested': inviter,
  'tier.changed': whose,
  'waitlist.joined': whose,
  'waitlist.lapsed': whose,
  'waitlist.left': whose,
  'waitlist.offered': whose,
} satisfies { [Type in EventType]?: (data: FactOfType<Type>['data']) => string[] };

export type MemberEvent = keyof typeof membersOf;

const historyOf = (memberId: string): string => `member/${memberId}`;

/** Adds what happened to the history of each member whose it is, once. */
export const addToMembers = async (store: Store, request: Request, heard: Heard<MemberEvent>): Promise<void> => {
  const membersIn = membersOf[heard.type] as (data: Heard<MemberEvent>['data']) => string[];
  const place = placeOf(heard);
  const entry = entryOf(heard);
  const members = [...new Set(membersIn(heard.data))];
  await Promise.all(members.map((memberId) => addTo(store, request, { pk: historyOf(memberId), sk: place }, entry)));
};

/** A page of what happened to a member; see readTimeline. Rejects with StoreBusy. */
export const readMember = (
  store: Store,
  memberId: string,
  page: { limit: number; cursor?: string | undefined; order: Order },
) => readTimeline(store, historyOf(memberId), page);
