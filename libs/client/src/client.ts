import createOpenApiClient from 'openapi-fetch';
import { itemsOf, type Listed } from './pages.ts';
import { problemOf } from './problem.ts';
import { retrying, type Send } from './retry.ts';
import type {
  Allotment,
  AuditEntry,
  BadgeAwards,
  BadgeWithdrawals,
  Batch,
  BatchRevocation,
  Campaign,
  CampaignDefinition,
  CampaignEditReceipt,
  CampaignPreparation,
  CampaignPreview,
  CampaignReceipt,
  Canaries,
  CanaryTouch,
  Cancellation,
  Check,
  CheckoutOfCampaign,
  Claim,
  CodeHistory,
  ContributionResult,
  CutoffsAsked,
  Funnel,
  GrantJob,
  GrantReceipt,
  GrantRows,
  HistoryEntry,
  Hold,
  Invite,
  Link,
  LostHold,
  MemberCode,
  MemberRevocation,
  NamedCode,
  OrderHistoryEntry,
  Pins,
  Policy,
  Purchase,
  PurchaseReceipt,
  paths,
  Redemption,
  Referral,
  Release,
  Return,
  Revocation,
  RewardReversal,
  Shares,
  Standing,
  Transfer,
  TransferAcceptance,
  TransferLook,
  TransferOffer,
  TransferWithdrawal,
  WaitlistLine,
  WaitlistPlace,
  WaitlistSupply,
} from './schema.d.ts';

export interface ClientOptions {
  /** Where the system answers, such as `http://127.0.0.1:8080`. */
  url: string;
  /** The caller's bearer token, or what gets one before each request; none is needed to look at an invitation or an offer. */
  token?: string | (() => Promise<string> | string);
  fetch?: Send;
  /** How often at most a request that is safe to repeat is sent again; default 4. All tries together take 10 s at most. */
  retries?: number;
}

/** Names a request, so that it happens once however often it is sent. Made up for each call where it is left out. */
export interface Once {
  idempotencyKey?: string;
}

type BodyOf<Operation> = Operation extends { requestBody: { content: { 'application/json': infer Body } } }
  ? Body
  : never;
type CheckoutBody<Verb extends 'check' | 'hold' | 'extend' | 'confirm' | 'release' | 'redeem' | 'cancel' | 'return'> =
  BodyOf<paths[`/v1/checkout/${Verb}`]['post']>;
/** Of what ops did; instants as text, `from` within and `to` not. */
export type AuditQuery = Omit<NonNullable<paths['/v1/audit']['get']['parameters']['query']>, 'cursor' | 'limit'>;
/** Of a history; `shop` where several have an order of one id. */
export type OrderHistoryQuery = Omit<
  NonNullable<paths['/v1/orders/{orderId}/history']['get']['parameters']['query']>,
  'cursor' | 'limit'
>;
export type MemberHistoryQuery = Pick<OrderHistoryQuery, 'order'>;
/** Which campaigns or grants, and which of them first; `newest` where it is left out. */
export type CampaignQuery = Omit<NonNullable<paths['/v1/campaigns']['get']['parameters']['query']>, 'cursor' | 'limit'>;
export type GrantQuery = Omit<
  NonNullable<paths['/v1/campaigns/{campaignId}/grants']['get']['parameters']['query']>,
  'cursor' | 'limit'
>;
/** Which rows of a grant: those of one result, or with `invalid` all that get no code. */
export type GrantRowsQuery = Omit<
  NonNullable<paths['/v1/campaigns/{campaignId}/grants/{grantId}/rows']['get']['parameters']['query']>,
  'page'
>;
export type PreviewBody = BodyOf<paths['/v1/campaigns/preview']['post']>;
export type BadgeBody = BodyOf<paths['/v1/badges/{badge}/awards']['post']>;
export type GrantRequest = BodyOf<paths['/v1/campaigns/{campaignId}/grants']['post']>;
export type LinkBody = BodyOf<paths['/v1/me/links']['post']>;
export type PinBody = BodyOf<paths['/v1/members/{memberId}/pins']['put']>;

/** A file of codes from its byte `from` on; `etag` names the file. */
export type ExportedCodes = ReadableStream<Uint8Array> & { from: number; etag: string };

const once = ({ idempotencyKey }: Once) => ({ 'idempotency-key': idempotencyKey ?? crypto.randomUUID() });
const dataOf = async <Data>(answer: Promise<{ data?: Data }>): Promise<Data> => (await answer).data as Data;

/**
 * The product's verbs, typed from the served OpenAPI document.
 *
 *     const fcode = createClient({ url: 'https://fcode.example.com', token: shopToken });
 *     const { holdId } = await fcode.hold({ code, orderId, sku: 'PHONE-1', buyer: { email } });
 *     if (await pay(order)) await fcode.confirm({ holdId, orderId });
 *     else await fcode.release({ holdId, orderId, reason: 'declined' });
 *
 * Every verb rejects with a `FcodeProblem` when the system refuses or cannot answer, and with the error of `fetch` when
 * nobody answers; 503 and network errors were retried by then. Instants are ISO 8601 in UTC, as text.
 */
export const createClient = ({ url, token, fetch = globalThis.fetch, retries = 4 }: ClientOptions) => {
  const send = retrying(fetch, retries);
  const api = createOpenApiClient<paths>({
    baseUrl: url,
    fetch: async (request) => {
      const bearer = typeof token === 'function' ? await token() : token;
      if (bearer !== undefined) request.headers.set('authorization', `Bearer ${bearer}`);
      const response = await send(request);
      if (!response.ok) throw await problemOf(response);
      return response;
    },
  });

  const pathOf = (campaignId: string) => ({ path: { campaignId } });
  const because =
    (verb: 'pause' | 'resume' | 'close') =>
    (campaignId: string, reason: string, request: Once = {}): Promise<CampaignReceipt> =>
      dataOf(
        api.POST(`/v1/campaigns/{campaignId}/${verb}`, {
          params: { ...pathOf(campaignId), header: once(request) },
          body: { reason },
        }),
      );

  const stopping =
    (verb: 'pause' | 'resume' | 'kill') =>
    (campaignId: string, reason: string, request: Once = {}): Promise<CheckoutOfCampaign> =>
      dataOf(
        api.POST(`/v1/checkout/campaigns/{campaignId}/${verb}`, {
          params: { ...pathOf(campaignId), header: once(request) },
          body: { reason },
        }),
      );

  return {
    /** Every route by its path (openapi-fetch), with the same token, retries and problems. */
    api,

    // A shop at checkout. The order's id names the request: the same order asking again gets the first answer. The key
    // that goes along tells a late duplicate of the network from a new wish after a release.

    /** What `hold` would answer now; changes nothing, and a refusal is an answer here: `{ outcome, refusal?, title?, reasons }`. */
    check: (body: CheckoutBody<'check'>): Promise<Check> => dataOf(api.POST('/v1/checkout/check', { body })),
    /**
     * Sets the code aside for an unpaid order until `holdUntil`. Problems: `code_not_valid` (404), `code_not_usable`,
     * `order_conflict`, `already_redeemed`, `campaign_…`, `sku_not_covered`, `buyer_limit_reached` (409).
     */
    hold: (body: CheckoutBody<'hold'>, request: Once = {}): Promise<Hold> =>
      dataOf(api.POST('/v1/checkout/hold', { params: { header: once(request) }, body })),
    /** The payment is pending: the hold lasts as long again, once. Problems: `hold_not_found` (404), `hold_ended`, `extension_used` (409). */
    extend: (body: CheckoutBody<'extend'>, request: Once = {}): Promise<Hold> =>
      dataOf(api.POST('/v1/checkout/extend', { params: { header: once(request) }, body })),
    /** The held order is paid. Problems: `hold_not_found` (404), `hold_lost` (409: it ended, and the code is another's). */
    confirm: (body: CheckoutBody<'confirm'>): Promise<Redemption> => dataOf(api.POST('/v1/checkout/confirm', { body })),
    /** The held order is given up: its code is free at once. Problems: `hold_not_found` (404), `already_redeemed` (409). */
    release: (body: CheckoutBody<'release'>): Promise<Release> => dataOf(api.POST('/v1/checkout/release', { body })),
    /** `hold` and `confirm` in one step, for an order that is paid already. Problems as `hold`. */
    redeem: (body: CheckoutBody<'redeem'>, request: Once = {}): Promise<Redemption> =>
      dataOf(api.POST('/v1/checkout/redeem', { params: { header: once(request) }, body })),
    /** The paid order is cancelled as a whole: its code is free again. Problem: `redemption_not_found` (404). */
    cancel: (body: CheckoutBody<'cancel'>, request: Once = {}): Promise<Cancellation> =>
      dataOf(api.POST('/v1/checkout/cancel', { params: { header: once(request) }, body })),
    /**
     * Lines of the paid order came back, in minor units; `returnId` names the return: told again, it counts once. The code
     * stays used. Problems: `redemption_not_found` (404), `refund_exceeds_paid`, `refund_differs`, `order_cancelled` (409).
     */
    giveBack: (body: CheckoutBody<'return'>, request: Once = {}): Promise<Return> =>
      dataOf(api.POST('/v1/checkout/return', { params: { header: once(request) }, body })),

    // A member.

    /** Takes a code from my allotment. Problems (409): `nothing_allotted`, `allotment_used`, `sold_out`, `campaign_…`. */
    claim: (campaignId: string, request: Once = {}): Promise<Claim> =>
      dataOf(
        api.POST('/v1/campaigns/{campaignId}/claims', {
          params: { ...pathOf(campaignId), header: once(request) },
          body: {},
        }),
      ),
    /** How many codes I may claim and why; with a member's id, ops ask for anybody. Problem: `campaign_not_found` (404). */
    allotment: (campaignId: string, memberId?: string): Promise<Allotment> =>
      memberId === undefined
        ? dataOf(api.GET('/v1/campaigns/{campaignId}/allotment', { params: pathOf(campaignId) }))
        : dataOf(
            api.GET('/v1/campaigns/{campaignId}/allotments/{memberId}', { params: { path: { campaignId, memberId } } }),
          ),
    /** My codes, claimed, granted and bought, and what became of each. */
    myCodes: (): Listed<MemberCode> => itemsOf((query) => dataOf(api.GET('/v1/me/codes', { params: { query } }))),
    /**
     * Passes a code of mine on; `token` goes after the # of the link. Nobody can use the code until somebody accepts it or
     * the window ends. Problems (409): `code_not_yours`, `code_busy`, `transfers_used`, `transfer_taken`, `campaign_…`.
     */
    offer: (code: string, request: Once = {}): Promise<TransferOffer> =>
      dataOf(api.POST('/v1/me/transfers', { params: { header: once(request) }, body: { code } })),
    /** Takes an offer back that nobody has accepted. Problems: `transfer_not_found` (404), `transfer_taken`, `transfer_over` (409). */
    withdraw: (transferId: string, request: Once = {}): Promise<TransferWithdrawal> =>
      dataOf(
        api.POST('/v1/me/transfers/{transferId}/withdraw', {
          params: { path: { transferId }, header: once(request) },
          body: {},
        }),
      ),
    /**
     * What the `token` of a link offers, and whether it is still `open`; needs no token of a caller's, and changes nothing.
     * Problem: `transfer_not_found` (404).
     */
    lookAtOffer: (token: string): Promise<TransferLook> => dataOf(api.POST('/v1/transfers/look', { body: { token } })),
    /** Accepts a code by the `token` of the link. Problems: `transfer_not_found` (404), `transfer_over`, `transfer_taken`, `transfer_own` (409). */
    accept: (token: string, request: Once = {}): Promise<TransferAcceptance> =>
      dataOf(api.POST('/v1/transfers/accept', { params: { header: once(request) }, body: { token } })),
    /** What I passed on and was passed, the newest first. */
    myTransfers: (): Listed<Transfer> => itemsOf((query) => dataOf(api.GET('/v1/me/transfers', { params: { query } }))),
    /** My tier, score (points now) and badges, and why; what a code costs in points. With a member's id, ops ask for anybody. */
    standing: (memberId?: string): Promise<Standing> =>
      memberId === undefined
        ? dataOf(api.GET('/v1/me/standing'))
        : dataOf(api.GET('/v1/members/{memberId}/standing', { params: { path: { memberId } } })),

    /** What points buy, where the policy has a price. */
    purchases: {
      /**
       * Spends points on a code of a campaign: it follows within moments, or they come back; `get` tells. Problems (409):
       * `nothing_for_sale`, `score_too_low`.
       */
      buy: (campaignId: string, request: Once = {}): Promise<PurchaseReceipt> =>
        dataOf(api.POST('/v1/me/purchases', { params: { header: once(request) }, body: { campaignId } })),
      /** Mine, the newest first, and what came of each. */
      list: (): Listed<Purchase> => itemsOf((query) => dataOf(api.GET('/v1/me/purchases', { params: { query } }))),
      /** One of mine: `pending`, `bought` or `refunded`. Problem: `purchase_not_found` (404). */
      get: (purchaseId: string): Promise<Purchase> =>
        dataOf(api.GET('/v1/me/purchases/{purchaseId}', { params: { path: { purchaseId } } })),
    },

    /** Where members without a code of a campaign wait for places that come back, and are offered them in their order. */
    waitlist: {
      /**
       * I wait, behind those who do; who waits already keeps the place. Problems: `campaign_not_found` (404), `no_waitlist`,
       * `has_code`, `region_not_covered`, `campaign_ended`, `campaign_closed` (409).
       */
      join: (campaignId: string, request: Once = {}): Promise<WaitlistPlace> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/waitlist', {
            params: { ...pathOf(campaignId), header: once(request) },
            body: {},
          }),
        ),
      /** Whether I wait, and how many before me; or until when a place is mine to `take`. Problem: `campaign_not_found` (404). */
      mine: (campaignId: string): Promise<WaitlistPlace> =>
        dataOf(api.GET('/v1/campaigns/{campaignId}/waitlist', { params: pathOf(campaignId) })),
      /** I wait no more, and decline the place that I am offered. Problem: `not_waiting` (409). */
      leave: (campaignId: string, request: Once = {}): Promise<WaitlistPlace> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/waitlist/leave', {
            params: { ...pathOf(campaignId), header: once(request) },
            body: {},
          }),
        ),
      /** The code of the place that I am offered, the same however often I ask. Problems (409): `no_place_offered`, `has_code`, `campaign_…`. */
      take: (campaignId: string, request: Once = {}): Promise<Claim> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/waitlist/take', {
            params: { ...pathOf(campaignId), header: once(request) },
            body: {},
          }),
        ),
      /** For ops: who waits, in their order; a page tells how many do, and of the places. Problems: `campaign_not_found` (404), `no_waitlist` (409). */
      line: (campaignId: string): Listed<WaitlistLine['items'][number], WaitlistLine> =>
        itemsOf((query) =>
          dataOf(api.GET('/v1/campaigns/{campaignId}/waitlist/line', { params: { ...pathOf(campaignId), query } })),
        ),
      /** For ops: gives places that are for everybody to those who wait. Problems: `campaign_…` (404, 409), `no_waitlist`, `quota_exceeded` (409). */
      supply: (
        campaignId: string,
        body: { places: number; reason: string },
        request: Once = {},
      ): Promise<WaitlistSupply> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/waitlist/places', {
            params: { ...pathOf(campaignId), header: once(request) },
            body,
          }),
        ),
    },

    /** What contributions count, what tiers need now, what a referral earns. */
    policy: (): Promise<Policy> => dataOf(api.GET('/v1/policy')),
    /**
     * My invite link for a campaign and a channel, and for a code to give away; the same again is the same link. To give the
     * code, append its text as the fragment of the address. Problems: `campaign_not_found` (404), `code_not_yours` (409).
     */
    link: (body: LinkBody): Promise<Link> => dataOf(api.POST('/v1/me/links', { body })),
    /** My invite links, of one campaign or of all. */
    myLinks: (campaignId?: string): Listed<Link> =>
      itemsOf((query) =>
        dataOf(
          api.GET('/v1/me/links', {
            params: { query: { ...query, ...(campaignId === undefined ? {} : { campaignId }) } },
          }),
        ),
      ),
    /** Friends of mine who bought, the newest first, and what each earned me. */
    myReferrals: (): Listed<Referral> => itemsOf((query) => dataOf(api.GET('/v1/me/referrals', { params: { query } }))),
    /** What became of my links in a campaign, channel by channel. It lags by a moment. */
    shares: (campaignId: string): Promise<Shares> =>
      dataOf(api.GET('/v1/me/shares', { params: { query: { campaignId } } })),
    /** What an invitation says, for a friend; needs no token. Problem: `invite_not_found` (404). */
    invite: (linkId: string): Promise<Invite> =>
      dataOf(api.GET('/v1/invites/{linkId}', { params: { path: { linkId } } })),

    // Ops.

    /** Has the cut-offs of tiers by share computed now; `policy` tells by `cutoffs.asOf` when they are in force. */
    computeCutoffs: (request: Once = {}): Promise<CutoffsAsked> =>
      dataOf(api.POST('/v1/policy/cutoffs', { params: { header: once(request) }, body: {} })),
    /** From shares to rewards, channel by channel. It lags by a moment. */
    funnel: (campaignId: string): Promise<Funnel> =>
      dataOf(api.GET('/v1/funnels/{campaignId}', { params: pathOf(campaignId) })),
    /** Takes the reward of a referral back. Problem: `referral_not_found` (404). */
    reverseReward: (referralId: string, reason: string, request: Once = {}): Promise<RewardReversal> =>
      dataOf(
        api.POST('/v1/referrals/{referralId}/reversal', {
          params: { path: { referralId }, header: once(request) },
          body: { reason },
        }),
      ),

    /** What ops did: who, what, before and after, why. It lags by a moment, and nothing in it ever changes. */
    audit: {
      /** The newest first; each page that is asked for costs the system as much, however rare what is wanted. */
      list: (wanted: AuditQuery = {}): Listed<AuditEntry> =>
        itemsOf((query) => dataOf(api.GET('/v1/audit', { params: { query: { ...wanted, ...query } } }))),
      /** All that is wanted as a stream of CSV (UTF-8, CRLF), the newest first. */
      export: async (wanted: AuditQuery = {}): Promise<ReadableStream<Uint8Array>> =>
        (await dataOf(
          api.GET('/v1/audit.csv', { params: { query: wanted }, parseAs: 'stream' }),
        )) as ReadableStream<Uint8Array>,
    },
    campaigns: {
      /** Drafts a campaign. `holdSeconds` is 900 and `buyerLimit` 0 (no limit) where they are left out. */
      create: (body: CampaignDefinition, request: Once = {}): Promise<CampaignReceipt> =>
        dataOf(api.POST('/v1/campaigns', { params: { header: once(request) }, body })),
      /**
       * Puts a whole definition in the place of a draft's. `revision`: of the campaign as it was read; the answer has the next
       * one. Problems: `campaign_not_found` (404), `campaign_not_draft` (409), `changed_meanwhile` (412: somebody else has edited
       * it since, and nothing of theirs is lost).
       */
      edit: (
        campaignId: string,
        body: CampaignDefinition,
        revision: number,
        request: Once = {},
      ): Promise<CampaignEditReceipt> =>
        dataOf(
          api.PUT('/v1/campaigns/{campaignId}', {
            params: { ...pathOf(campaignId), header: { ...once(request), 'if-match': `"${revision}"` } },
            body,
          }),
        ),
      /**
       * Who would get how many codes by an allotment, of the members whose standing is known; changes nothing. Where `isWhole` is
       * false, counts are estimates by a part of them.
       */
      preview: (body: PreviewBody): Promise<CampaignPreview> => dataOf(api.POST('/v1/campaigns/preview', { body })),
      /** Drafts one like it, in another window; what its rules end at moves along. Problem: `campaign_not_found` (404). */
      duplicate: (
        campaignId: string,
        body: { name?: string; startsAt: string; endsAt: string },
        request: Once = {},
      ): Promise<CampaignReceipt> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/duplicate', {
            params: { ...pathOf(campaignId), header: once(request) },
            body,
          }),
        ),
      /** Its terms stand from now on. Problems: `campaign_not_found` (404), `campaign_ended`, `campaign_closed` (409). */
      publish: (campaignId: string, request: Once = {}): Promise<CampaignReceipt> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/publish', {
            params: { ...pathOf(campaignId), header: once(request) },
            body: {},
          }),
        ),
      /**
       * Says what is expected of it in its busiest second, and resolves to what the system needs for that: DynamoDB's units by table,
       * shards of the indexes, partitions of the topics. Problems: `campaign_not_found` (404), `campaign_ended`, `campaign_closed` (409).
       */
      prepare: (
        campaignId: string,
        peak: { claimsPerSecond: number; ordersPerSecond: number },
        request: Once = {},
      ): Promise<CampaignPreparation> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/prepare', {
            params: { ...pathOf(campaignId), header: once(request) },
            body: peak,
          }),
        ),
      /** Stops claims at once and new holds within seconds; what is held can still be paid. Problem: `campaign_not_published` (409). */
      pause: because('pause'),
      /** Lets a paused campaign go on. Problem: `campaign_not_paused` (409). */
      resume: because('resume'),
      /** Ends a campaign for good. Problem: `campaign_closed` (409). */
      close: because('close'),
      /** One campaign; ops see `left`, the codes not handed out. Members do not see drafts. Problem: `not_found` (404). */
      get: (campaignId: string): Promise<Campaign> =>
        dataOf(api.GET('/v1/campaigns/{campaignId}', { params: pathOf(campaignId) })),
      /** Newest first, where `order` does not say otherwise; members see those that are published. A page may be short. */
      list: (wanted: CampaignQuery = {}): Listed<Campaign> =>
        itemsOf((query) => dataOf(api.GET('/v1/campaigns', { params: { query: { ...wanted, ...query } } }))),
    },
    /** Recognition without money; up to 1,000 members at once, each named once. Sent again, nothing changes. */
    badges: {
      /** Who has it already counts as `unchanged`; who has 32 others is `refused`, and nobody else is. */
      award: (badge: string, body: BadgeBody, request: Once = {}): Promise<BadgeAwards> =>
        dataOf(api.POST('/v1/badges/{badge}/awards', { params: { path: { badge }, header: once(request) }, body })),
      /** Who does not have it counts as `unchanged`. */
      withdraw: (badge: string, body: BadgeBody, request: Once = {}): Promise<BadgeWithdrawals> =>
        dataOf(
          api.POST('/v1/badges/{badge}/withdrawals', { params: { path: { badge }, header: once(request) }, body }),
        ),
    },
    /** Stops at checkout. Each of a campaign or a batch answers after two seconds: then no checkout does otherwise any more. */
    checkout: {
      /** No codes are taken until it is resumed; what is held can still be paid. Problems: `campaign_not_found` (404), `campaign_killed` (409). */
      pause: stopping('pause'),
      resume: stopping('resume'),
      /** Nothing of it is bought with a code any more, held or not, for good. */
      kill: stopping('kill'),
      /** The same for a batch. Problem: `batch_not_found` (404). */
      revokeBatch: (batch: number, reason: string, request: Once = {}): Promise<BatchRevocation> =>
        dataOf(
          api.POST('/v1/checkout/batches/{batch}/revoke', {
            params: { path: { batch }, header: once(request) },
            body: { reason },
          }),
        ),
      /** The codes that a member has, those that are passed on included. */
      revokeMember: (memberId: string, reason: string, request: Once = {}): Promise<MemberRevocation> =>
        dataOf(
          api.POST('/v1/checkout/members/{memberId}/revoke', {
            params: { path: { memberId }, header: once(request) },
            body: { reason },
          }),
        ),
      /** Gives a code that ops have to a paid order that lost its hold. Problems: `code_not_valid` (404), `code_not_usable`, `…_limit_reached` (409). */
      reissue: (body: BodyOf<paths['/v1/checkout/reissue']['post']>, request: Once = {}): Promise<Redemption> =>
        dataOf(api.POST('/v1/checkout/reissue', { params: { header: once(request) }, body })),
      /** Paid orders that lost their hold, the newest first, and which were made good. */
      lostHolds: (): Listed<LostHold> => itemsOf((query) => dataOf(api.GET('/v1/lost-holds', { params: { query } }))),
      /** A code by name, and how often it is used. Problem: `code_not_found` (404). */
      named: (name: string): Promise<NamedCode> =>
        dataOf(api.GET('/v1/checkout/names/{name}', { params: { path: { name } } })),
      /** One code, as printed or `batch.index`. Problems: `code_not_found` (404), `already_redeemed` (409). */
      revokeCode: (code: string, reason: string, request: Once = {}): Promise<Revocation> =>
        dataOf(api.POST('/v1/checkout/codes/revoke', { params: { header: once(request) }, body: { code, reason } })),
    },
    /** Grants that others must approve before anything is given. A reference names one of the campaign, however often it is asked for. */
    grants: {
      /**
       * `to: { bearer: 500 }` codes for anybody, or `to: { members: [{ memberId, codes }] }`, at most 1,000 members, or
       * `to: { name: 'SPRING-2026', uses: 500, perBuyer: 1 }`, one code for everybody, or
       * `to: { segment: 'tier == "core"', codes: 1, places: 500 }`, members by a condition, the highest scores first. Problems:
       * `campaign_…` (404, 409), `reference_taken`, `nothing_to_grant` (409), `too_many_rows` (413).
       */
      request: (campaignId: string, body: GrantRequest): Promise<GrantReceipt> =>
        dataOf(api.POST('/v1/campaigns/{campaignId}/grants', { params: { ...pathOf(campaignId), header: {} }, body })),
      /** The same for the rows `member_id,codes` of a file, a million at most. Problems: `bad_file` (422), `too_many_rows` (413), `nothing_to_grant` (409). */
      upload: (
        campaignId: string,
        csv: Blob | string,
        query: { reason: string; reference: string },
      ): Promise<GrantReceipt> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/grants/csv', {
            params: { ...pathOf(campaignId), query },
            headers: { 'content-type': 'text/csv' },
            body: csv as string,
            bodySerializer: (body: string) => body,
          }),
        ),
      /**
       * By somebody else than who asked; with the last approval that is needed, the batch exists, and counts against the quota.
       * Problems: `grant_not_found` (404), `approver_asked`, `grant_cancelled`, `grant_started`, `quota_exceeded`, `name_taken`,
       * `campaign_…` (409).
       */
      approve: (campaignId: string, grantId: string): Promise<GrantReceipt> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/grants/{grantId}/approve', {
            params: { path: { campaignId, grantId }, header: {} },
            body: {},
          }),
        ),
      /** Problems: `grant_not_found` (404), `grant_started` (409). */
      cancel: (campaignId: string, grantId: string, reason: string): Promise<GrantReceipt> =>
        dataOf(
          api.POST('/v1/campaigns/{campaignId}/grants/{grantId}/cancel', {
            params: { path: { campaignId, grantId }, header: {} },
            body: { reason },
          }),
        ),
      /** What it would be while it waits, and how far it is. Problem: `grant_not_found` (404). */
      get: (campaignId: string, grantId: string): Promise<GrantJob> =>
        dataOf(api.GET('/v1/campaigns/{campaignId}/grants/{grantId}', { params: { path: { campaignId, grantId } } })),
      /** Newest first, where `order` does not say otherwise. A page may be short. */
      list: (campaignId: string, wanted: GrantQuery = {}): Listed<GrantJob> =>
        itemsOf((query) =>
          dataOf(
            api.GET('/v1/campaigns/{campaignId}/grants', {
              params: { ...pathOf(campaignId), query: { ...wanted, ...query } },
            }),
          ),
        ),
      /** Those of all campaigns that wait for others to approve them, newest first. A page may be short. */
      waiting: (): Listed<GrantJob> =>
        itemsOf((query) => dataOf(api.GET('/v1/grants', { params: { query: { status: 'waiting', ...query } } }))),
      /** What became of each row of a file, in its order; with a `result`, those that have it alone. */
      rows: async function* (
        campaignId: string,
        grantId: string,
        wanted: GrantRowsQuery = {},
      ): AsyncGenerator<GrantRows['items'][number]> {
        for (let page: number | undefined = 0; page !== undefined; ) {
          const found: GrantRows = await dataOf(
            api.GET('/v1/campaigns/{campaignId}/grants/{grantId}/rows', {
              params: { path: { campaignId, grantId }, query: { ...wanted, page: String(page) } },
            }),
          );
          yield* found.items;
          page = found.next;
        }
      },
    },
    /** The batches of a campaign, newest first. */
    batches: (campaignId: string): Listed<Batch> =>
      itemsOf((query) =>
        dataOf(api.GET('/v1/campaigns/{campaignId}/batches', { params: { ...pathOf(campaignId), query } })),
      ),
    /** The codes of an exported grant that nobody must be given. Problems: `batch_not_found` (404), `batch_not_exportable` (409). */
    canaries: async (campaignId: string, batch: number): Promise<Canaries['items']> =>
      (
        await dataOf(
          api.GET('/v1/campaigns/{campaignId}/batches/{batch}/canaries', { params: { path: { campaignId, batch } } }),
        )
      ).items,
    /**
     * The codes of a granted batch as a stream of CSV (UTF-8, CRLF) with the columns code, batch, index, and member_id
     * where the grant names members. The stream breaks with an error; then go on: `{ from, etag }`, the bytes that came and
     * the `etag` of the stream that broke. `from` of the answer is where it begins: 0 where the file is another one now.
     * Problems: `batch_not_found` (404), `batch_not_exportable` (409), `range_not_satisfiable` (416) where `from` is its
     * length or more.
     */
    exportCodes: async (
      campaignId: string,
      batch: number,
      { from = 0, etag }: { from?: number; etag?: string } = {},
    ): Promise<ExportedCodes> => {
      const header = {
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        ...(from > 0 && etag !== undefined ? { 'if-range': etag } : {}),
      };
      const { data, response } = await api.GET('/v1/campaigns/{campaignId}/batches/{batch}/codes.csv', {
        params: { path: { campaignId, batch }, header },
        parseAs: 'stream',
      });
      return Object.assign(data as ReadableStream<Uint8Array>, {
        from: response.status === 206 ? from : 0,
        etag: response.headers.get('etag') ?? '',
      });
    },
    /**
     * Records what members did, up to 500 rows `{ memberId, source, ref, kind, occurredAt }` at once, each with its own
     * result in the same place: `accepted`, `duplicate`, or `refused` and why. Sent again, nothing changes.
     */
    contribute: async (contributions: unknown[]): Promise<ContributionResult[]> =>
      (await dataOf(api.POST('/v1/contributions', { body: { contributions } }))).results,
    /** Gives a member tiers by hand, in place of those given before; an empty list takes them back. */
    pin: (memberId: string, body: PinBody, request: Once = {}): Promise<Pins> =>
      dataOf(api.PUT('/v1/members/{memberId}/pins', { params: { path: { memberId }, header: once(request) }, body })),
    /**
     * What happened to a code, oldest first, all pages of it; the code as printed, or `batch.index`, never stands in an
     * address. It lags the event by a moment. Problem: `not_found` (404).
     */
    history: async (code: string): Promise<Omit<CodeHistory, 'cursor'>> => {
      const ask = (query: { cursor?: string }) =>
        dataOf(api.POST('/v1/codes/history', { params: { query }, body: { code } }));
      const { cursor, ...history } = await ask({});
      for (let next = cursor; next !== undefined; ) {
        const page = await ask({ cursor: next });
        history.entries.push(...page.entries);
        next = page.cursor;
      }
      return history;
    },
    /**
     * What happened to the orders of this id, of all shops or of one, the newest first where `order` does not say otherwise;
     * empty where none is known. It lags the event by a moment.
     */
    orderHistory: (orderId: string, wanted: OrderHistoryQuery = {}): Listed<OrderHistoryEntry> =>
      itemsOf((query) =>
        dataOf(
          api.GET('/v1/orders/{orderId}/history', { params: { path: { orderId }, query: { ...wanted, ...query } } }),
        ),
      ),
    /** What happened to a member, as `orderHistory`; neither contributions nor scores, of which `standing` tells. */
    memberHistory: (memberId: string, wanted: MemberHistoryQuery = {}): Listed<HistoryEntry> =>
      itemsOf((query) =>
        dataOf(
          api.GET('/v1/members/{memberId}/history', { params: { path: { memberId }, query: { ...wanted, ...query } } }),
        ),
      ),
    /** Codes that nobody was given and somebody tried, the newest first: a file of their batch is in wrong hands. */
    canaryTouches: (): Listed<CanaryTouch> =>
      itemsOf((query) => dataOf(api.GET('/v1/canary-touches', { params: { query } }))),
  };
};

export type Fcode = ReturnType<typeof createClient>;
