import type { Tier } from '../../api.ts';
import type { Campaign, CampaignDefinition } from '../api.ts';
import type { Count } from '../common/count-input.tsx';
import { instantOf, isoOf, ownZone, wallOf } from '../common/zone.ts';
import { conditionOf, tiers, type Who, whoOf } from '../who/who.ts';

export interface ProductDraft {
  id: number;
  sku: string;
  quantity: Count;
}

export interface RuleDraft {
  id: number;
  who: Who;
  codes: Count;
  places: Count;
  /** A time of the campaign's clocks, or empty. */
  until: string;
}

export interface EffectDraft {
  kind: 'none' | 'amount' | 'percentage' | 'gift';
  /** In whole units of the currency, as people write prices. */
  amount: Count;
  currency: string;
  percent: Count;
  sku: string;
}

/** In which people say how long an offer is kept; seconds only where another unit would not say it. */
export const offerUnits = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
export type OfferUnit = keyof typeof offerUnits;

export interface WaitlistDraft {
  isOn: boolean;
  offer: Count;
  unit: OfferUnit;
}

/** A campaign's definition while it is being written. Times are as the clocks of `timeZone` show them. */
export interface Draft {
  name: string;
  products: ProductDraft[];
  startsAt: string;
  endsAt: string;
  timeZone: string;
  quota: Count;
  /** By which of the two below. */
  by: 'tiers' | 'rules';
  codes: Record<Tier, Count>;
  rules: RuleDraft[];
  holdMinutes: Count;
  buyerLimit: Count;
  orderLimit: Count;
  dayLimit: Count;
  regions: string[];
  transferLimit: Count;
  transferHours: Count;
  waitlist: WaitlistDraft;
  effect: EffectDraft;
  eligible: string;
}

const dayMs = 86_400_000;
const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);

let ids = 0;
const newId = (): number => {
  ids += 1;
  return ids;
};
export const newProduct = (sku = '', quantity?: Count): ProductDraft => ({ id: newId(), sku, quantity });
export const newRule = (who: Who, codes: Count = 1): RuleDraft => ({
  id: newId(),
  who,
  codes,
  places: undefined,
  until: '',
});

/**
 * Rules by which every tier gets what the numbers by tier give it, to begin with. A tier stands for those above it as well only
 * where they have no fewer: what a member may claim is the most that any rule which holds gives.
 */
export const rulesLike = (codes: Draft['codes']): RuleDraft[] =>
  tiers.flatMap((tier, place) => {
    const each = codes[tier] ?? 0;
    if (each === 0) return [];
    const isForAbove = tiers.slice(0, place).every((above) => (codes[above] ?? 0) >= each);
    if (!isForAbove) return [newRule({ kind: 'own', text: `tier == "${tier}"` }, each)];
    return [newRule(tier === 'fan' ? { kind: 'everybody' } : { kind: 'tier', tier }, each)];
  });

/** The same allotment by rules: those that somebody wrote, or else what the numbers by tier say. */
export const byRules = ({ rules, codes }: Draft): Pick<Draft, 'by' | 'rules'> => ({
  by: 'rules',
  rules: rules.length === 0 ? rulesLike(codes) : rules,
});

/** The numbers by tier again. Rules that say no more than these do are forgotten, since the numbers may change. */
export const byTiers = (draft: Draft): Pick<Draft, 'by' | 'rules'> => {
  const saidBy = (rules: RuleDraft[]) => JSON.stringify(allotmentOf({ ...draft, by: 'rules', rules }));
  return { by: 'tiers', rules: saidBy(draft.rules) === saidBy(rulesLike(draft.codes)) ? [] : draft.rules };
};

/** What makes a sensible drop, but for its name, its products and its quota: from ten o'clock tomorrow, for a week. */
export const newDraft = (now: number): Draft => {
  const timeZone = ownZone();
  const dayAt = (at: number) => `${wallOf(at, timeZone).slice(0, 10)}T10:00`;
  return {
    name: '',
    products: [newProduct()],
    startsAt: dayAt(now + dayMs),
    endsAt: dayAt(now + 8 * dayMs),
    timeZone,
    quota: undefined,
    by: 'tiers',
    codes: { angel: 5, core: 3, loyal: 2, fan: 1 },
    rules: [],
    holdMinutes: 15,
    buyerLimit: 2,
    orderLimit: undefined,
    dayLimit: undefined,
    regions: [],
    transferLimit: 1,
    transferHours: 24,
    waitlist: { isOn: false, offer: 24, unit: 'hours' },
    effect: { kind: 'none', amount: undefined, currency: 'EUR', percent: 10, sku: '' },
    eligible: '',
  };
};

const limitOf = (limit: number | undefined): Count => (limit === 0 ? undefined : limit);

const effectOf = (effect: Campaign['effect']): EffectDraft => {
  const none = newDraft(0).effect;
  switch (effect?.kind) {
    case 'amount': {
      const { amount, currency } = effect.off;
      return { ...none, kind: 'amount', amount: amount / 10 ** digitsOf(currency), currency };
    }
    case 'percentage':
      return { ...none, ...effect };
    case 'gift':
      return { ...none, ...effect };
    default:
      return none;
  }
};

/** In the largest unit of which it is several, as `format.duration` says it. */
const waitlistOf = (waitlist: Campaign['waitlist'], none: WaitlistDraft): WaitlistDraft => {
  if (!waitlist) return none;
  const { offerSeconds = 86_400 } = waitlist;
  const several = (['days', 'hours', 'minutes'] as const).find(
    (unit) => offerSeconds % offerUnits[unit] === 0 && offerSeconds > offerUnits[unit],
  );
  const unit = several ?? 'seconds';
  return { isOn: true, offer: offerSeconds / offerUnits[unit], unit };
};

/** The definition of a campaign, to be changed. */
export const draftOf = (campaign: Campaign, now: number): Draft =>
  draftAt(campaign, Date.parse(campaign.startsAt), now);

/** An earlier campaign to begin with: as long as it was, from the same hour of tomorrow on; what its rules end at moves along. */
export const draftLike = (campaign: Campaign, now: number): Draft => {
  const { timeZone = 'UTC', startsAt } = campaign;
  const tomorrow = wallOf(now + dayMs, timeZone).slice(0, 10);
  const hour = wallOf(Date.parse(startsAt), timeZone).slice(10);
  return draftAt(campaign, instantOf(tomorrow + hour, timeZone) ?? now + dayMs, now);
};

const draftAt = (campaign: Campaign, starts: number, now: number): Draft => {
  const { timeZone = 'UTC', allotment, quantities = {}, skus } = campaign;
  const [from, to] = [Date.parse(campaign.startsAt), Date.parse(campaign.endsAt)];
  const moved = (at: number) => wallOf(at + starts - from, timeZone);
  const fresh = newDraft(now);
  const isByRules = Array.isArray(allotment);
  return {
    ...fresh,
    name: campaign.name,
    products: skus.map((sku) => newProduct(sku, quantities[sku])),
    startsAt: moved(from),
    endsAt: moved(to),
    timeZone,
    quota: campaign.quota,
    by: isByRules ? 'rules' : 'tiers',
    codes: isByRules
      ? fresh.codes
      : { angel: undefined, core: undefined, loyal: undefined, fan: undefined, ...allotment },
    rules: isByRules
      ? allotment.map(({ when, codes, places, until }) => ({
          ...newRule(whoOf(when), codes),
          places,
          until: until === undefined ? '' : moved(Date.parse(until)),
        }))
      : [],
    holdMinutes: (campaign.holdSeconds ?? 900) / 60,
    buyerLimit: limitOf(campaign.buyerLimit),
    orderLimit: limitOf(campaign.orderLimit),
    dayLimit: limitOf(campaign.dayLimit),
    regions: campaign.regions ?? [],
    transferLimit: campaign.transferLimit ?? 1,
    transferHours: (campaign.transferSeconds ?? 86_400) / 3600,
    waitlist: waitlistOf(campaign.waitlist, fresh.waitlist),
    effect: effectOf(campaign.effect),
    eligible: campaign.eligible ?? '',
  };
};

export const allotmentOf = ({ by, codes, rules, timeZone }: Draft): CampaignDefinition['allotment'] =>
  by === 'tiers'
    ? Object.fromEntries(tiers.flatMap((tier) => (codes[tier] === undefined ? [] : [[tier, codes[tier]]])))
    : rules.map(({ who, codes, places, until }) => {
        const ends = places === undefined ? undefined : isoOf(until, timeZone);
        return {
          when: conditionOf(who),
          codes: codes ?? 1,
          ...(places !== undefined && { places }),
          ...(ends !== undefined && { until: ends }),
        };
      });

const givenEffect = (effect: EffectDraft): NonNullable<CampaignDefinition['effect']> => {
  const { kind, amount = 0, currency, percent = 0, sku } = effect;
  switch (kind) {
    case 'none':
      return { kind };
    case 'amount':
      return { kind, off: { amount: Math.round(amount * 10 ** digitsOf(currency)), currency } };
    case 'percentage':
      return { kind, percent };
    case 'gift':
      return { kind, sku: sku.trim() };
  }
};

const offerSecondsOf = ({ offer = 0, unit }: WaitlistDraft): number => Math.round(offer * offerUnits[unit]);

/** The definition that a draft without mistakes says. */
export const definitionOf = (draft: Draft): CampaignDefinition => {
  const { products, timeZone, eligible } = draft;
  const named = products.map(({ sku, quantity }) => ({ sku: sku.trim(), quantity })).filter(({ sku }) => sku !== '');
  const reserved = named.flatMap(({ sku, quantity }) => (quantity === undefined ? [] : [[sku, quantity] as const]));
  return {
    name: draft.name.trim(),
    skus: named.map(({ sku }) => sku),
    ...(reserved.length > 0 && { quantities: Object.fromEntries(reserved) }),
    startsAt: isoOf(draft.startsAt, timeZone) ?? '',
    endsAt: isoOf(draft.endsAt, timeZone) ?? '',
    timeZone,
    quota: draft.quota ?? 0,
    allotment: allotmentOf(draft),
    holdSeconds: Math.round((draft.holdMinutes ?? 15) * 60),
    buyerLimit: draft.buyerLimit ?? 0,
    orderLimit: draft.orderLimit ?? 0,
    dayLimit: draft.dayLimit ?? 0,
    regions: draft.regions,
    transferLimit: draft.transferLimit ?? 0,
    transferSeconds: Math.round((draft.transferHours ?? 24) * 3600),
    ...(draft.waitlist.isOn && { waitlist: { offerSeconds: offerSecondsOf(draft.waitlist) } }),
    effect: givenEffect(draft.effect),
    ...(eligible.trim() !== '' && { eligible }),
  };
};

export type MistakeWord =
  | 'nameNeeded'
  | 'productNeeded'
  | 'productTwice'
  | 'quantityNeeded'
  | 'timeNeeded'
  | 'endsFirst'
  | 'isOver'
  | 'quotaNeeded'
  | 'quotaTooLarge'
  | 'codesNeeded'
  | 'pointsNeeded'
  | 'badgeNeeded'
  | 'regionNeeded'
  | 'conditionNeeded'
  | 'placesTooMany'
  | 'nobody'
  | 'offerNeeded'
  | 'offerTooShort'
  | 'offerTooLong'
  | 'amountNeeded'
  | 'currencyNeeded'
  | 'percentNeeded'
  | 'giftNeeded';
/** By the field that a mistake is about, as `name` or `rules.7.codes` (of the rule with the id 7). */
export type Mistakes = Partial<Record<string, MistakeWord>>;

const whoMistake = (who: Who): MistakeWord | undefined => {
  if (who.kind === 'points' && who.points === undefined) return 'pointsNeeded';
  if (who.kind === 'badge' && who.badge.trim() === '') return 'badgeNeeded';
  if (who.kind === 'region' && who.regions.length === 0) return 'regionNeeded';
  return who.kind === 'own' && who.text.trim() === '' ? 'conditionNeeded' : undefined;
};

const effectMistakes = ({ kind, amount, currency, percent, sku }: EffectDraft): Mistakes => {
  if (kind === 'amount' && !isCurrency(currency)) return { currency: 'currencyNeeded' };
  if (kind === 'amount' && !amount) return { amount: 'amountNeeded' };
  if (kind === 'percentage' && !percent) return { percent: 'percentNeeded' };
  return kind === 'gift' && sku.trim() === '' ? { gift: 'giftNeeded' } : {};
};

const offerMistake = (waitlist: WaitlistDraft): MistakeWord | undefined => {
  if (!waitlist.isOn) return undefined;
  if (waitlist.offer === undefined) return 'offerNeeded';
  const seconds = offerSecondsOf(waitlist);
  if (seconds < 5) return 'offerTooShort';
  return seconds > 7 * offerUnits.days ? 'offerTooLong' : undefined;
};

/** What keeps an allotment from being previewed, and saved. */
export const allotmentMistakes = ({ by, codes, rules }: Draft): Mistakes => {
  if (by === 'tiers') return tiers.some((tier) => (codes[tier] ?? 0) > 0) ? {} : { codes: 'nobody' };
  if (rules.length === 0) return { codes: 'nobody' };
  const found = rules.flatMap(({ id, who, codes }): [string, MistakeWord][] => {
    const mistake = whoMistake(who);
    return [
      ...(mistake === undefined ? [] : ([[`rules.${id}.who`, mistake]] as [string, MistakeWord][])),
      ...(codes === undefined ? ([[`rules.${id}.codes`, 'codesNeeded']] as [string, MistakeWord][]) : []),
    ];
  });
  return Object.fromEntries(found);
};

const productMistakes = ({ products }: Draft): Mistakes => {
  const mistakes: Mistakes = {};
  const isCounted = products.some(({ quantity }) => quantity !== undefined);
  const skus = new Set<string>();
  for (const { id, sku, quantity } of products) {
    const name = sku.trim();
    if (name === '') mistakes[`products.${id}.sku`] = 'productNeeded';
    else if (skus.has(name)) mistakes[`products.${id}.sku`] = 'productTwice';
    if (isCounted && quantity === undefined) mistakes[`products.${id}.quantity`] = 'quantityNeeded';
    skus.add(name);
  }
  return mistakes;
};

const quotaMistake = ({ quota, products, rules, by }: Draft): MistakeWord | undefined => {
  if (quota === undefined) return 'quotaNeeded';
  const quantities = products.flatMap(({ quantity }) => quantity ?? []);
  const isCounted = quantities.length === products.length;
  if (isCounted && quota > quantities.reduce((sum, quantity) => sum + quantity, 0)) return 'quotaTooLarge';
  const places = rules.reduce((sum, rule) => sum + (rule.places ?? 0), 0);
  return by === 'rules' && places > quota ? 'placesTooMany' : undefined;
};

/** What is missing in a draft or contradicts itself, at `now` (epoch ms); a condition's text is checked by the API. */
export const mistakesIn = (draft: Draft, now: number): Mistakes => {
  const [starts, ends] = [instantOf(draft.startsAt, draft.timeZone), instantOf(draft.endsAt, draft.timeZone)];
  const quota = quotaMistake(draft);
  const waitlist = offerMistake(draft.waitlist);
  const mistakes: Mistakes = {
    ...productMistakes(draft),
    ...allotmentMistakes(draft),
    ...effectMistakes(draft.effect),
    ...(quota !== undefined && { quota }),
    ...(waitlist !== undefined && { waitlist }),
  };
  if (draft.name.trim() === '') mistakes.name = 'nameNeeded';
  if (starts === undefined) mistakes.startsAt = 'timeNeeded';
  if (ends === undefined) mistakes.endsAt = 'timeNeeded';
  else if (starts !== undefined && ends <= starts) mistakes.endsAt = 'endsFirst';
  else if (ends <= now) mistakes.endsAt = 'isOver';
  return mistakes;
};
