import { normalizeCode } from './text.ts';

// What people put between words; messengers turn a hyphen into a dash.
const separators = /[\s\p{Dash_Punctuation}\u2212_]/gu;
const form = /^[\p{Letter}\p{Number}]{3,32}$/u;

/**
 * The one way to write the name of a named code, whatever its case, width and separators: 3 to 32 letters and digits of any
 * script. Undefined when the text is no name, or has the form of a printed code, which it would be taken for.
 */
export const normalizeName = (text: string): string | undefined => {
  if (text.length > 64 || normalizeCode(text) !== undefined) return undefined;
  const name = text.normalize('NFKC').replace(separators, '').toUpperCase();
  return form.test(name) && normalizeCode(name) === undefined ? name : undefined;
};
