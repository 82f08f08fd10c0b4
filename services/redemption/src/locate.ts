import { type CodeMint, issued, normalizeName } from '@fcode/codes';
import { Unavailable } from '@fcode/policy';
import type { Typed } from './code-store.ts';
import type { Terms, TermsBook } from './terms.ts';

export interface Located {
  code: Typed;
  terms: Terms;
  /** Nobody was given this one. */
  isCanary: boolean;
}

/**
 * Which code a text is, and on what terms; undefined when it is none of ours, which arithmetic tells without the store.
 * An authentic code whose batch is not known here yet is never refused: it throws Unavailable.
 */
export const locate = async (
  mint: CodeMint,
  book: TermsBook,
  text: string,
  deadline: number,
): Promise<Located | undefined> => {
  const parsed = mint.parse(text);
  if (!parsed.ok) {
    const name = normalizeName(text);
    const named = name === undefined ? undefined : book.named(name);
    return named && { code: { batch: named.batch }, terms: named.terms, isCanary: false };
  }
  const code = { batch: parsed.batch, index: parsed.index };
  const terms = await book.find(code.batch, deadline);
  if (!terms) throw new Unavailable('This code is authentic, and its batch is not known here yet.');
  if (parsed.keyVersion !== terms.keyVersion || !issued(code, terms.size) || terms.named) return undefined;
  return { code, terms, isCanary: mint.canaries(terms.keyVersion).has({ ...terms, batch: code.batch }, code.index) };
};
