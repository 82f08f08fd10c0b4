import type { CodeMint } from '@fcode/codes';
import type { CodeStore } from './code-store.ts';
import type { TermsBook } from './terms.ts';

/** What the checkout routes work with. */
export interface Checkout {
  mint: CodeMint;
  book: TermsBook;
  codes: CodeStore;
  /** For guests' pseudonyms. */
  buyerKey: Uint8Array;
}
