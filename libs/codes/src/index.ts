export type { Canaries, Mined } from './canaries.ts';
export { type CodeKey, parseCodeKeys } from './keys.ts';
export { type CodeMint, codeMint, type Parsed, type Printing } from './mint.ts';
export { normalizeName } from './name.ts';
export { codeNumberOf } from './named.ts';
export { BATCHES, type CodeRef, INDEXES, issued } from './ref.ts';
export { normalizeCode, TEXT_BYTES } from './text.ts';
