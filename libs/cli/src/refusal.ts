import { printable } from './output.ts';

interface Reason {
  code: string;
  [figure: string]: unknown;
}

/** What a reason says besides its code, as text. */
type Figures = Record<'at' | 'left' | 'wanted' | 'skus' | 'limit' | 'taken' | 'until', string>;

const figuresOf = (reason: Reason): Figures =>
  Object.fromEntries(
    Object.entries(reason).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  ) as Figures;

/** The reasons that say more than the refusal's own title does, in words. */
const words: Record<string, (figures: Figures) => string> = {
  starts_at: ({ at }) => `starts at ${at}`,
  ended_at: ({ at }) => `ended at ${at}`,
  codes_left: ({ left, wanted }) => `${left} left, ${wanted} wanted`,
  covers: ({ skus }) => `it covers ${skus}`,
  buyer_limit: ({ limit, taken }) => `${taken} used, ${limit} allowed`,
  order_limit: ({ limit, taken }) => `${taken} used, ${limit} allowed`,
  name_limit: ({ limit, taken }) => `${taken} used, ${limit} allowed`,
  held: ({ until }) => `held until ${until}`,
  redeemed: ({ at }) => `redeemed at ${at}`,
  revoked: ({ at }) => `revoked at ${at}`,
  batch_revoked: () => 'its batch is revoked',
  offered: ({ until }) => `on offer until ${until}`,
  passed_on: ({ until }) => `passed on until ${until}`,
  hold_released: ({ at }) => `released at ${at}`,
  hold_revoked: ({ at }) => (at === undefined ? 'revoked' : `revoked at ${at}`),
  hold_expired: ({ at }) => `expired at ${at}`,
};

/** A refusal's title, with the figures that it rests on at the end of its first sentence. */
export const withFigures = (title: string, reasons: Reason[]): string => {
  const figures = reasons.flatMap((reason) => words[reason.code]?.(figuresOf(reason)) ?? []).join('; ');
  if (figures === '') return printable(title);
  const [, first = title, more = ''] = /^([^.]*)\.(.*)$/s.exec(title) ?? [];
  return printable(`${first}: ${figures}${more && `.${more}`}`);
};
