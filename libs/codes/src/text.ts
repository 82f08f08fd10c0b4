/** What the 16 symbols of a code say: the key version (5 bits), then three numbers of 25 bits, five symbols each. */
export interface Symbols {
  version: number;
  left: number;
  right: number;
  tag: number;
}

// Crockford's base32 (https://www.crockford.com/base32.html) without its check symbol: the tag does more.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LOOK_ALIKES = { O: '0', I: '1', L: '1' };
const SYMBOLS = 16;
/** Room for separators of all kinds, none for somebody who makes us read a megabyte. */
const LONGEST_TEXT = 64;

const SKIPPED = -1;
const REFUSED = -2;
// Messengers turn a hyphen into a dash and a space into a non-breaking one; people paste the result.
const separator = /^[\s\p{Dash_Punctuation}\u2212]$/u;

// By table, and ASCII only: toUpperCase() would let "ſ" pass for "S".
const meanings = new Int8Array(128).fill(REFUSED);
for (let unit = 0; unit < 128; unit++) if (separator.test(String.fromCharCode(unit))) meanings[unit] = SKIPPED;
for (const [value, symbol] of ALPHABET.split('').entries()) {
  meanings[symbol.charCodeAt(0)] = value;
  meanings[symbol.toLowerCase().charCodeAt(0)] = value;
}
for (const [symbol, meant] of Object.entries(LOOK_ALIKES)) {
  meanings[symbol.charCodeAt(0)] = ALPHABET.indexOf(meant);
  meanings[symbol.toLowerCase().charCodeAt(0)] = ALPHABET.indexOf(meant);
}

const meaningOf = (unit: number): number =>
  meanings[unit] ?? (separator.test(String.fromCharCode(unit)) ? SKIPPED : REFUSED);

const values = new Uint8Array(SYMBOLS);
const number25 = (from: number): number => {
  let number = 0;
  for (let at = from; at < from + 5; at++) number = (number << 5) | (values[at] as number);
  return number;
};

/** The symbols of a text as people type it, or undefined when it does not have exactly 16 of them and nothing else. */
export const readSymbols = (text: string): Symbols | undefined => {
  if (text.length > LONGEST_TEXT) return undefined;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const value = meaningOf(text.charCodeAt(at));
    if (value === SKIPPED) continue;
    if (value === REFUSED || count === SYMBOLS) return undefined;
    values[count++] = value;
  }
  if (count < SYMBOLS) return undefined;
  return { version: values[0] as number, left: number25(1), right: number25(6), tag: number25(11) };
};

const unitOf = Uint8Array.from(ALPHABET, (symbol) => symbol.charCodeAt(0));
const HYPHEN = '-'.charCodeAt(0);

/** Characters, and bytes, of `XXXX-XXXX-XXXX-XXXX`. */
export const TEXT_BYTES = 19;

/** Writes `XXXX-XXXX-XXXX-XXXX` into `into`, from byte `at` on. */
export const putSymbols = (
  into: Uint8Array,
  at: number,
  version: number,
  left: number,
  right: number,
  tag: number,
): void => {
  into[at] = unitOf[version] as number;
  into[at + 1] = unitOf[left >>> 20] as number;
  into[at + 2] = unitOf[(left >>> 15) & 31] as number;
  into[at + 3] = unitOf[(left >>> 10) & 31] as number;
  into[at + 4] = HYPHEN;
  into[at + 5] = unitOf[(left >>> 5) & 31] as number;
  into[at + 6] = unitOf[left & 31] as number;
  into[at + 7] = unitOf[right >>> 20] as number;
  into[at + 8] = unitOf[(right >>> 15) & 31] as number;
  into[at + 9] = HYPHEN;
  into[at + 10] = unitOf[(right >>> 10) & 31] as number;
  into[at + 11] = unitOf[(right >>> 5) & 31] as number;
  into[at + 12] = unitOf[right & 31] as number;
  into[at + 13] = unitOf[tag >>> 20] as number;
  into[at + 14] = HYPHEN;
  into[at + 15] = unitOf[(tag >>> 15) & 31] as number;
  into[at + 16] = unitOf[(tag >>> 10) & 31] as number;
  into[at + 17] = unitOf[(tag >>> 5) & 31] as number;
  into[at + 18] = unitOf[tag & 31] as number;
};

const line = Buffer.alloc(TEXT_BYTES);

/** `XXXX-XXXX-XXXX-XXXX`. */
export const writeSymbols = (version: number, left: number, right: number, tag: number): string => {
  putSymbols(line, 0, version, left, right, tag);
  return line.toString('latin1');
};

/** The one way to write what somebody typed, or undefined when it is not 16 symbols; says nothing of authenticity. */
export const normalizeCode = (text: string): string | undefined => {
  const symbols = readSymbols(text);
  return symbols && writeSymbols(symbols.version, symbols.left, symbols.right, symbols.tag);
};
