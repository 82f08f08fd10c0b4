import type { CodeMint } from './mint.ts';
import type { CodeRef } from './ref.ts';

const numberForm = /^(\d{1,7})\.(\d{1,10})$/;

/**
 * The code that somebody names as it is printed, or as `batch.index` where its text must not be written down; undefined
 * where it is neither. `keyVersion` stands where it was printed. Whether it was issued is for the caller.
 */
export const codeNumberOf = (mint: CodeMint, name: string): (CodeRef & { keyVersion?: number }) | undefined => {
  const number = numberForm.exec(name);
  if (number) return { batch: Number(number[1]), index: Number(number[2]) };
  const parsed = mint.parse(name);
  return parsed.ok ? { batch: parsed.batch, index: parsed.index, keyVersion: parsed.keyVersion } : undefined;
};
