import { queryOptions } from '@tanstack/react-query';
import { type Campaign, invite, lookAtOffer, memberApi, type NewLink } from './api.ts';
import { demo } from './demo.ts';
import { isUnknownLink } from './unknown-link.ts';

/** How often a page that waits for something asks again, in ms. A hidden tab does not ask. */
const soon = 2000;
const sometimes = 10_000;

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: demo,
  staleTime: Number.POSITIVE_INFINITY,
});

export const inviteQuery = (linkId: string) =>
  queryOptions({ queryKey: ['invite', linkId], queryFn: () => invite(linkId), staleTime: 60_000 });

/** While a friend may accept it, somebody else may, and the fan may take it back. */
export const offerQuery = (token: string) =>
  queryOptions({
    queryKey: ['offer', token],
    queryFn: () => lookAtOffer(token),
    refetchInterval: ({ state }) => (state.data?.status === 'open' && !isUnknownLink(state.error) ? soon : false),
  });

export const campaignsQuery = (subject: string) =>
  queryOptions({
    queryKey: ['campaigns', subject],
    queryFn: () => memberApi(subject).campaigns(),
    refetchInterval: sometimes,
  });

/** All that changes when a friend buys, so that a page can say: ask for all of it now. */
export const memberKey = (subject: string) => ['member', subject] as const;

export const standingQuery = (subject: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'standing'],
    queryFn: () => memberApi(subject).standing(),
    refetchInterval: soon,
  });

export const allotmentQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'allotment', campaignId],
    queryFn: () => memberApi(subject).allotment(campaignId),
    refetchInterval: soon,
  });

/** How long an offer of a place is kept, in seconds; undefined where there is no waitlist. */
export const offerSecondsOf = ({ waitlist }: Pick<Campaign, 'waitlist'>): number | undefined =>
  waitlist && (waitlist.offerSeconds ?? 86_400);

const patiently = (ms: number): number => Math.min(sometimes, Math.max(soon, ms));

/** The member's place on a waitlist. An offer of seconds is seen before it is over; with one of days there is time. */
export const placeQuery = (subject: string, campaign: Campaign) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'place', campaign.campaignId],
    queryFn: () => memberApi(subject).place(campaign.campaignId),
    refetchInterval: ({ state: { data: place } }) => {
      if (place?.status === 'waiting') return patiently(((offerSecondsOf(campaign) ?? 0) * 1000) / 4);
      return place?.until === undefined ? sometimes : patiently(Date.parse(place.until) - Date.now());
    },
  });

export const codesQuery = (subject: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'codes'],
    queryFn: () => memberApi(subject).codes(),
    refetchInterval: soon,
  });

/** While the end of one is not known, it is asked for soon; otherwise only another tab could have changed them. */
export const purchasesQuery = (subject: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'purchases'],
    queryFn: () => memberApi(subject).purchases(),
    refetchInterval: ({ state }) => (state.data?.some(({ status }) => status === 'pending') ? soon : sometimes),
  });

export const transfersQuery = (subject: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'transfers'],
    queryFn: () => memberApi(subject).transfers(),
    refetchInterval: soon,
  });

export const linksQuery = (subject: string) =>
  queryOptions({ queryKey: [...memberKey(subject), 'links'], queryFn: () => memberApi(subject).links() });

/** The same link, however often it is asked for; so asking is safe. */
export const newLinkQuery = (subject: string, link: NewLink) =>
  queryOptions({
    queryKey: ['new-link', subject, link],
    queryFn: () => memberApi(subject).link(link),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const referralsQuery = (subject: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'referrals'],
    queryFn: () => memberApi(subject).referrals(),
    refetchInterval: soon,
  });

export const sharesQuery = (subject: string, campaignId: string) =>
  queryOptions({
    queryKey: [...memberKey(subject), 'shares', campaignId],
    queryFn: () => memberApi(subject).shares(campaignId),
    refetchInterval: soon,
  });
