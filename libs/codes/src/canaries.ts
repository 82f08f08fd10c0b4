import { type CodeKey, subkey } from './keys.ts';
import { aesPrf } from './prf.ts';

/** A batch that has codes which nobody was given: `canaries` of its `size` indexes. */
export interface Mined {
  batch: number;
  size: number;
  canaries: number;
}

export interface Canaries {
  /** The indexes that are canaries, in order. */
  all: (mined: Mined) => number[];
  /** Whether an index of the batch is one. */
  has: (mined: Mined, index: number) => boolean;
}

/**
 * Which codes of a batch are canaries: one in each of as many equal parts of it, at a place that only the key tells. So a
 * file of the batch does not show them, and none of them has to be kept.
 */
export const canariesOf = (key: CodeKey): Canaries => {
  const prf = aesPrf(subkey(key, 'canaries'));
  const [high, low, out] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  const startOf = ({ size, canaries }: Mined, part: number): number => Math.floor((part * size) / canaries);
  const placeOf = (mined: Mined, part: number): number => {
    const start = startOf(mined, part);
    high[0] = mined.batch;
    low[0] = part;
    prf(key.version, high, low, 1, out);
    return start + ((out[0] as number) % (startOf(mined, part + 1) - start));
  };
  return {
    all: (mined) => Array.from({ length: mined.canaries }, (_, part) => placeOf(mined, part)),
    has: (mined, index) => {
      const { size, canaries } = mined;
      // The part that the index lies in: the last one that starts at it or before.
      return canaries > 0 && placeOf(mined, Math.floor(((index + 1) * canaries - 1) / size)) === index;
    },
  };
};
