import { createHash } from 'node:crypto';

/**
 * Many members, each once, in eight bytes each: a set of a million texts would be a hundred megabytes. 48 bits of a hash tell
 * them apart, so two of a million are taken for one with a chance of 1 in 500 (the birthday bound, n²/2^49): enough for a
 * preview, and for nothing else.
 */
export class MemberSet {
  readonly #hashes: Float64Array;
  #added = 0;
  #size: number | undefined;

  /** `most`: how many are added at most, with repetitions. */
  constructor(most: number) {
    this.#hashes = new Float64Array(most);
  }

  /** Throws where it was looked at before: members are added first. */
  add(memberId: string): void {
    if (this.#size !== undefined) throw new Error('A set that was looked at takes no more members.');
    if (this.#added === this.#hashes.length) throw new Error(`A set for ${this.#added} members takes no more.`);
    this.#hashes[this.#added] = hashOf(memberId);
    this.#added += 1;
  }

  get size(): number {
    this.#size ??= this.#sort();
    return this.#size;
  }

  /** Which of the `size` members it is, from 0; undefined where it is none of them. */
  indexOf(memberId: string): number | undefined {
    const hash = hashOf(memberId);
    let [from, to] = [0, this.size];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#hashes[middle] as number) < hash) from = middle + 1;
      else to = middle;
    }
    return from < this.size && this.#hashes[from] === hash ? from : undefined;
  }

  /** Puts them in order, each once; how many that are. */
  #sort(): number {
    const sorted = this.#hashes.subarray(0, this.#added).sort();
    let size = 0;
    for (const hash of sorted) {
      if (size > 0 && sorted[size - 1] === hash) continue;
      sorted[size] = hash;
      size += 1;
    }
    return size;
  }
}

const hashOf = (memberId: string): number => createHash('sha1').update(memberId).digest().readUIntBE(0, 6);
