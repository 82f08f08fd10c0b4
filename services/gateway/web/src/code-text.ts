/** How many letters and digits a code has. */
export const codeSymbols = 16;

/** The letters and digits of what somebody typed or pasted, which may be a whole link with the code behind its `#`. */
export const symbolsOf = (text: string): string =>
  text
    .slice(text.lastIndexOf('#') + 1)
    .replace(/[^0-9a-z]/gi, '')
    .toUpperCase();

export const isWhole = (text: string): boolean => symbolsOf(text).length === codeSymbols;

/** `XXXX-XXXX-XXXX-XXXX`; what is no whole code stays as it was typed. */
export const grouped = (text: string): string =>
  isWhole(text) ? (symbolsOf(text).match(/.{4}/g) ?? []).join('-') : text;

/** The code behind the `#` of an address, where no server sees it. */
export const codeInFragment = (hash: string): string | undefined => (isWhole(hash) ? grouped(hash) : undefined);
