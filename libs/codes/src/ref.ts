/** Which code: the `index`-th of batch `batch`, both counted from 0. */
export interface CodeRef {
  batch: number;
  index: number;
}

/** Batch numbers are 0 … 2^20 − 1. */
export const BATCHES = 2 ** 20;
/** Indexes are 0 … 2^30 − 1, in every batch. */
export const INDEXES = 2 ** 30;

/** Whether a batch of `size` codes ever held this one: authentic is not enough, since a leaked key signs any index. */
export const issued = (ref: CodeRef, size: number): boolean => ref.index >= 0 && ref.index < size;

/** @throws RangeError when `count` codes from `ref` on do not fit the numbers a code can carry */
export const assertRange = ({ batch, index }: CodeRef, count: number): void => {
  if (!Number.isInteger(batch) || batch < 0 || batch >= BATCHES) {
    throw new RangeError(`batch ${batch} is not an integer from 0 to ${BATCHES - 1}`);
  }
  if (!Number.isInteger(index) || index < 0 || index > INDEXES) {
    throw new RangeError(`index ${index} is not an integer from 0 to ${INDEXES - 1}`);
  }
  if (!Number.isInteger(count) || count < 0 || index + count > INDEXES) {
    throw new RangeError(`${count} codes from index ${index} on do not fit indexes 0 to ${INDEXES - 1}`);
  }
};
