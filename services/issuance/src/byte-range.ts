/** Bytes of a file from `start` on, without `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

const form = /^bytes\s*=\s*(\d*)-(\d*)\s*$/i;

/**
 * The part of a file of `length` bytes that a Range header wants (RFC 9110, section 14), `none` where the file has nothing
 * of it. Undefined is the whole file: for what is no range, for other units, and for several ranges, which nobody needs.
 */
export const rangeIn = (header: string, length: number): ByteRange | 'none' | undefined => {
  const [, first, last] = form.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first === '') {
    const count = Math.min(Number(last), length);
    return count === 0 ? 'none' : { start: length - count, end: length };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= length) return 'none';
  return { start, end: last === '' ? length : Math.min(Number(last) + 1, length) };
};
