import type { Ref } from '@fcode/dynamo';
import type { AnyFact, BatchTerms, CampaignSettled } from '@fcode/events';
import { z } from '@fcode/http';
import { allotmentRules, conditionSchema, effectSchema, isTimeZone, lanesOf, regionSchema } from '@fcode/policy';
import type { Part } from './quota.ts';

/** Most codes that one campaign or one grant may have. */
export const codesAtMost = 10_000_000;

/** What ops decide about a drop. Immutable once it is published. */
export const definitionSchema = z
  .strictObject({
    name: z.string().min(1).max(120).openapi({ example: 'Spring drop' }),
    skus: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(50)
      .openapi({ example: ['PHONE-1'] }),
    startsAt: z.iso.datetime().openapi({ example: '2026-12-01T10:00:00.000Z' }),
    endsAt: z.iso.datetime().openapi({ example: '2026-12-08T10:00:00.000Z' }),
    quota: z
      .int()
      .min(1)
      .max(codesAtMost)
      .openapi({ description: 'Most codes that claims and grants may hand out together.' }),
    // Made before the OpenAPI extension is loaded, so it is described in zod's own way.
    allotment: allotmentRules.describe(
      'How many codes a member may claim: as many in all as any rule gives that holds for the member, each from the first such rule that has any left; or in short by tier.',
    ),
    buyerLimit: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .openapi({ description: 'How many codes one buyer may use; 0 is no limit.' }),
    orderLimit: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .openapi({ description: 'How many codes one order may use; 0 is no limit.' }),
    dayLimit: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .openapi({ description: 'How many codes one buyer may use on one day of the time zone; 0 is no limit.' }),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'A time zone as IANA names it, such as Asia/Shanghai.')
      .default('UTC')
      .openapi({ description: 'In which the window is shown, and days are counted.', example: 'Asia/Shanghai' }),
    regions: z
      .array(regionSchema)
      .max(250)
      .default([])
      .describe('Where members live who may claim, and where what is bought goes; none is everywhere.'),
    quantities: z
      .record(z.string().min(1).max(64), z.int().min(1).max(codesAtMost))
      .optional()
      .describe('How many of each product are reserved for codes; the quota is no larger than their sum.'),
    eligible: conditionSchema('order')
      .optional()
      .describe(
        'What must hold of an order: a condition on order.sku, order.amount, order.currency, order.shop, member, region and at.',
      ),
    holdSeconds: z
      .int()
      .min(5)
      .max(86_400)
      .default(900)
      .openapi({ description: 'How long an unpaid order keeps a code.' }),
    effect: effectSchema
      .default({ kind: 'none' })
      .describe('What a code does to the price, besides letting the product be bought.'),
    transferLimit: z
      .int()
      .min(0)
      .max(5)
      .default(1)
      .openapi({ description: 'How often a code may be passed on, from member to member; 0 is never.' }),
    transferSeconds: z
      .int()
      .min(5)
      .max(2_592_000)
      .default(86_400)
      .openapi({ description: "How long a code that is passed on waits, and is the friend's, before it returns." }),
    waitlist: z
      .strictObject({
        offerSeconds: z
          .int()
          .min(5)
          .max(604_800)
          .default(86_400)
          .describe('How long a place is kept for whom it is offered to, before it goes to whoever is next.'),
      })
      .optional()
      .describe(
        'Members without a code may wait for places that come back: of rules that end, of codes that are revoked, and what ops give them. Without it, nobody waits, and a place whose code is revoked is lost.',
      ),
  })
  .refine(({ quota, allotment }) => lanesOf(allotment).reduce((sum, { places }) => sum + places, 0) <= quota, {
    path: ['allotment'],
    message: 'More places are reserved than the quota has codes.',
  })
  .superRefine(({ skus, quantities, quota }, context) => {
    if (!quantities) return;
    const reserved = Object.entries(quantities);
    const unknown = reserved.find(([sku]) => !skus.includes(sku));
    const without = skus.find((sku) => quantities[sku] === undefined);
    const sum = reserved.reduce((all, [, quantity]) => all + quantity, 0);
    const wrong =
      (unknown && `${unknown[0]} is no product of the campaign.`) ??
      (without && `${without} has no quantity.`) ??
      (quota > sum ? `The quota is ${quota}, and ${sum} are reserved.` : undefined);
    if (wrong) context.addIssue({ code: 'custom', path: ['quantities'], message: wrong });
  })
  .refine(({ startsAt, endsAt }) => Date.parse(startsAt) < Date.parse(endsAt), {
    path: ['endsAt'],
    message: 'The end must come after the start.',
  })
  .openapi('CampaignDefinition');
type Defining = z.infer<typeof definitionSchema>;
/** What campaigns of before it could be decided do without. */
const later: Pick<
  Defining,
  'effect' | 'orderLimit' | 'transferLimit' | 'transferSeconds' | 'dayLimit' | 'timeZone' | 'regions'
> = {
  effect: { kind: 'none' },
  orderLimit: 0,
  dayLimit: 0,
  timeZone: 'UTC',
  regions: [],
  transferLimit: 0,
  transferSeconds: 86_400,
};
/** As it is kept. */
export type Definition = Omit<Defining, keyof typeof later> & Partial<Pick<Defining, keyof typeof later>>;
export const wholeOf = (definition: Definition): Defining => ({ ...later, ...definition });

interface Defined {
  definition: Definition;
  createdAt: string;
  /** Absent until it is edited. */
  revision?: number;
}

export type Campaign =
  | { status: 'none' }
  | ({ status: 'draft' } & Defined)
  | ({ status: 'published' | 'paused'; batch: number; keyVersion: number } & Defined)
  /** `returned`: places that nobody was given, once they are counted. */
  | ({ status: 'closed'; batch?: number; keyVersion?: number; returned?: number } & Defined);

/** Which text of its definition it is, from 1: it grows each time that the draft is edited. */
export const revisionOf = ({ revision = 1 }: Defined): number => revision;

/** A fact of this service alone: the draft as it was kept. */
export const drafted = (kept: Defined) => ({ type: 'campaign.drafted', data: kept });
export const pinned = (batch: { batch: number; keyVersion: number }) => ({ type: 'campaign.pinned', data: batch });

const evolve = (campaign: Campaign, fact: { type: string; data: unknown }): Campaign => {
  if (fact.type === 'campaign.drafted') return { status: 'draft', ...(fact.data as Defined) };
  if (campaign.status === 'none') return campaign;
  if (fact.type === 'campaign.pinned') {
    return { ...campaign, status: 'published', ...(fact.data as { batch: number; keyVersion: number }) };
  }
  switch ((fact as AnyFact).type) {
    case 'campaign.paused':
      return campaign.status === 'published' ? { ...campaign, status: 'paused' } : campaign;
    case 'campaign.resumed':
      return campaign.status === 'paused' ? { ...campaign, status: 'published' } : campaign;
    case 'campaign.closed':
      return { ...campaign, status: 'closed' };
    case 'campaign.settled':
      return campaign.status === 'closed'
        ? { ...campaign, returned: (fact.data as CampaignSettled['data']).returned }
        : campaign;
    default:
      return campaign;
  }
};

/** The parts of its quota: what is for everybody first, then what its rules reserve, then what is for those who wait. */
export const partsIn = (campaignId: string, campaign: Campaign): [Part, ...Part[]] => {
  const lanes = campaign.status === 'none' ? [] : lanesOf(campaign.definition.allotment);
  const waitlist = waitlistIn(campaign) ? [{ campaignId, lane: 'waitlist' as const }] : [];
  return [{ campaignId }, ...lanes.map(({ rule }) => ({ campaignId, lane: rule })), ...waitlist];
};

/**
 * Whether grants may take what a part has left at `at` (epoch ms): of what is for everybody, and of what a rule that is over had
 * reserved, unless that is for those who wait.
 */
export const isForGrants = ({ lane }: Part, campaign: Campaign, at: number): boolean => {
  if (lane === undefined) return true;
  if (campaign.status === 'none' || waitlistIn(campaign)) return false;
  return lanesOf(campaign.definition.allotment).some(({ rule, until }) => rule === lane && until <= at);
};

/** When the next of its rules ends whose reserved places come back then, after an instant (epoch ms); undefined when none does. */
export const nextEndIn = (allotment: Definition['allotment'], after: number): number | undefined => {
  const next = Math.min(...lanesOf(allotment).flatMap(({ until }) => (until > after ? [until] : [])));
  return Number.isFinite(next) ? next : undefined;
};

/** How its waitlist works; undefined where it has none. */
export const waitlistIn = (campaign: Campaign): Definition['waitlist'] =>
  campaign.status === 'none' ? undefined : campaign.definition.waitlist;

export const campaignsPartition = 'campaigns';
export const campaignKind = { initial: { status: 'none' } as Campaign, evolve };
export const campaignRef = (campaignId: string): Ref<Campaign> => ({
  pk: campaignsPartition,
  sk: campaignId,
  ...campaignKind,
});

/** A campaign as whoever decides knows it. */
export interface KnownCampaign {
  campaign: Campaign;
  /** The sequence of its item: it grows each time that the campaign is published, paused, resumed or closed. */
  version: number;
}

/** Scheduled, open and ended follow from the window; they are never stored. */
export const phases = ['draft', 'scheduled', 'open', 'ended', 'paused', 'closed'] as const;
export type Phase = (typeof phases)[number];

export const phaseAt = (campaign: Exclude<Campaign, { status: 'none' }>, at: number): Phase => {
  if (campaign.status !== 'published') return campaign.status;
  if (at < Date.parse(campaign.definition.startsAt)) return 'scheduled';
  return at < Date.parse(campaign.definition.endsAt) ? 'open' : 'ended';
};

export const termsOf = (definition: Definition): BatchTerms => {
  const {
    name: _,
    quota: _quota,
    allotment: _allotment,
    quantities: _quantities,
    waitlist: _waitlist,
    ...terms
  } = wholeOf(definition);
  return terms;
};
