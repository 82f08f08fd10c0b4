import type { KeyObject } from 'node:crypto';
import type { CodeMint } from '@fcode/codes';
import type { canaryAlarm } from './canary.ts';
import type { CodeStore } from './code-store.ts';
import type { Guesses } from './guesses.ts';
import type { TermsBook } from './terms.ts';

/** What the checkout routes work with. */
export interface Checkout {
  mint: CodeMint;
  book: TermsBook;
  codes: CodeStore;
  guesses: Guesses;
  alarm: ReturnType<typeof canaryAlarm>;
  /** For guests' pseudonyms. */
  /** As an object: with the bytes themselves each hash would cost seven times as much. */
  buyerKey: KeyObject;
}
