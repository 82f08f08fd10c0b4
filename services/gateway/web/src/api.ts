import {
  type Allotment,
  type Campaign,
  createClient,
  type Hold,
  type Link,
  type LinkBody,
  type Standing,
} from '@fcode/client';
import { observedFetch } from './calls.ts';
import { fetchAs, tokenOf } from './session.ts';

export type {
  Allotment,
  Campaign,
  Check,
  Hold,
  Invite,
  MemberCode,
  Purchase,
  PurchaseReceipt,
  Redemption,
  Referral,
  Shares,
  Standing,
  Transfer,
  TransferLook,
  WaitlistPlace,
} from '@fcode/client';
export { FcodeProblem } from '@fcode/client';

export type Tier = Allotment['tier'];
export type Reason = Allotment['reasons'][number];
/** What a code costs in points, and what a member has left after it. */
export type Price = NonNullable<Standing['price']>;
export type NewLink = LinkBody;
export type Channel = Link['channel'];
export const channels = ['messenger', 'microblog', 'forum', 'direct', 'qr'] as const satisfies Channel[];

export type Buyer = { email: string } | { memberId: string };
/** What an order wants to hold. */
export interface Take {
  code: string;
  orderId: string;
  sku: string;
  buyer: Buyer;
  /** The link by which the buyer came. */
  invite?: string;
}

/** How many of a member's purchases are looked at: of older ones nothing is left to tell. */
const recentPurchases = 20;
/** How many of a member's own things a page shows; beyond it nobody reads. */
const mostShown = 100;
const firstOf = async <Item>(items: AsyncGenerator<Item>): Promise<Item[]> => {
  const first: Item[] = [];
  for await (const item of items) if (first.push(item) === mostShown) break;
  return first;
};

const url = location.origin;
/** The client as somebody who is signed in here. */
export const clientAs = (subject: string, send: (request: Request) => Promise<Response> = fetch) =>
  createClient({ url, token: () => tokenOf(subject), fetch: fetchAs(subject, send) });

/** What an invitation says; needs no sign-in. A shop asks for it too, where a friend comes by a link. */
export const { invite } = createClient({ url, fetch: observedFetch });
/** What a one-time link offers; needs no sign-in. */
export const { lookAtOffer } = createClient({ url });

/** What a member asks for. */
export const memberApi = (subject: string) => {
  const client = clientAs(subject);
  const { standing, campaigns, allotment, claim, myCodes, link, myLinks, myReferrals, shares } = client;
  const { offer, accept, withdraw, myTransfers, purchases, waitlist } = client;
  return {
    standing: () => standing(),
    campaigns: (): Promise<Campaign[]> => firstOf(campaigns.list()),
    allotment: (campaignId: string) => allotment(campaignId),
    claim: (campaignId: string, idempotencyKey: string) => claim(campaignId, { idempotencyKey }),
    place: (campaignId: string) => waitlist.mine(campaignId),
    join: (campaignId: string) => waitlist.join(campaignId),
    leave: (campaignId: string) => waitlist.leave(campaignId),
    take: (campaignId: string) => waitlist.take(campaignId),
    buy: (campaignId: string, idempotencyKey: string) => purchases.buy(campaignId, { idempotencyKey }),
    purchases: async () => (await purchases.list().page({ limit: recentPurchases })).items,
    codes: () => firstOf(myCodes()),
    link,
    links: () => firstOf(myLinks()),
    referrals: () => firstOf(myReferrals()),
    shares,
    offer: (code: string) => offer(code),
    accept: (token: string) => accept(token),
    withdraw: (transferId: string) => withdraw(transferId),
    transfers: () => firstOf(myTransfers()),
  };
};

/** What the demo shop's server would ask for. In a real shop this credential never leaves the server. */
export const shopApi = (subject: string) => {
  const { check, hold, confirm, release } = clientAs(subject, observedFetch);
  return { check, hold: (take: Take): Promise<Hold> => hold(take), confirm, release };
};
