import { isWhole } from '../../code-text.ts';

export const kinds = ['code', 'order', 'member'] as const;
export type Kind = (typeof kinds)[number];

/** What is looked up. A code stands in it as `batch.index`, or by its name: it is kept in the browser's history. */
export interface Wanted {
  kind: Kind;
  text: string;
  /** Of an order, where one shop is meant. */
  shop?: string;
}

export const codeNumberForm = /^\d{1,7}\.\d{1,10}$/;

/** What somebody probably means, by its form. */
export const guessOf = (text: string): Kind => {
  const wanted = text.trim();
  if (codeNumberForm.test(wanted) || isWhole(wanted)) return 'code';
  return /^(m|mem|member|u|user)[_:-]|[@|]/i.test(wanted) ? 'member' : 'order';
};

/** Of what the router carries along; anything may stand there. */
export const wantedIn = (state: unknown): Wanted | undefined => {
  if (typeof state !== 'object' || state === null || !('kind' in state) || !('text' in state)) return undefined;
  const { text } = state;
  const kind = kinds.find((one) => one === state.kind);
  if (kind === undefined || typeof text !== 'string') return undefined;
  return 'shop' in state && typeof state.shop === 'string' ? { kind, text, shop: state.shop } : { kind, text };
};
