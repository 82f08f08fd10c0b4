/**
 * Codes that are computed, not stored.
 *
 * A code is 80 bits in 16 symbols: a key version (5), the enciphered payload (50: batch number 20, index 30) and a tag
 * (25) over version and enciphered payload.
 *
 * **Odds of a guess.** A random well-formed text of a known version has the right tag with probability 2^-25 (1 in 33.5
 * million). What it then deciphers to is uniform over 2^50 references; with 10^8 live codes their share is
 * 10^8 / 2^50 ≈ 2^-23.4. A guess therefore hits a live code with probability about 2^-48.4: at 1,000 guesses a second,
 * once in 12,000 years (2^48.4 ≈ 3.7·10^14). The tag spares the store the guesses; the payload's room is what guards
 * the codes. Nobody can try tags offline, since only we can check one.
 *
 * **What a typo costs.** A wrong symbol in the tag is always refused. One in the payload, or a swap of neighbours, is
 * another payload whose tag is unrelated: accepted with probability 2^-25, and then it names a live code with 2^-23.4.
 * All 310 single-symbol errors in a payload together: 310 · 2^-25, one code in 108,000 has such an authentic neighbour.
 *
 * **Why a permutation.** Indexes are handed out in sequence, but two codes in hand must not tell the third, nor how
 * large a batch is or how many are out. A permutation does that without a store, and it cannot collide: within a key
 * version all 2^50 references have different texts, so there is no birthday bound to watch (random 50-bit codes would
 * have their first collision at about 2^25 = 33 million). Versions differ in the first symbol.
 *
 * **Rotation.** New batches pin `current`; a batch's codes are always minted with the version it pinned. Older versions
 * parse for as long as their key is configured: remove a key only when its last batch is over. Whoever holds a key can
 * compute every code of its version, and indexes no batch has; the latter are refused by `issued`.
 */
import { type Canaries, canariesOf } from './canaries.ts';
import { type CodeKey, SECRET_BYTES, subkey, VERSIONS } from './keys.ts';
import { feistel } from './permutation.ts';
import { aesPrf, LANES } from './prf.ts';
import { assertRange, type CodeRef } from './ref.ts';
import { putSymbols, readSymbols, TEXT_BYTES, writeSymbols } from './text.ts';

export type Parsed =
  | { ok: true; batch: number; index: number; keyVersion: number }
  | { ok: false; why: 'malformed' | 'unknown_key' | 'forged' };

/** Codes `from … from + count − 1` of a batch, as text among other bytes. */
export interface Printing {
  batch: number;
  from: number;
  /** At most 4,096. */
  count: number;
  keyVersion: number;
  /** Where the first one goes, and how far the beginning of each is from that of the one before; bytes. */
  at: number;
  stride: number;
}

export interface CodeMint {
  /** The key version that new batches pin. */
  readonly current: number;
  /** Whether there is a key of this version here. */
  has(keyVersion: number): boolean;
  /** @throws RangeError for a batch, an index or a key version that does not exist */
  mint(ref: CodeRef, keyVersion?: number): string;
  /**
   * The codes `from … from + count − 1` in chunks of up to 4,096, computed as they are asked for.
   * @throws RangeError as `mint` does, at the call, not at the first chunk
   */
  mintRange(batch: number, from: number, count: number, keyVersion?: number): Generator<string[]>;
  /**
   * Writes codes into `into`, 19 bytes of ASCII each, and nothing between them: for exports, whose rows are there already.
   * @throws RangeError as `mint` does, for more than 4,096 codes, and where they do not fit
   */
  print(into: Uint8Array, printing: Printing): void;
  /** The canaries of batches of a key version. @throws RangeError where there is no such key */
  canaries(keyVersion: number): Canaries;
  /** Never throws, needs no store. Whether the batch exists and is that large is for the caller (`issued`). */
  parse(text: string): Parsed;
}

/** Minting and reading with one key. Lanes are scratch, shared by calls: none of them is used across a `yield`. */
const press = (key: CodeKey) => {
  const permutation = feistel(subkey(key, 'permutation'));
  const authenticator = aesPrf(subkey(key, 'authenticator'));
  const left = new Uint32Array(LANES);
  const right = new Uint32Array(LANES);
  const tag = new Uint32Array(LANES);

  const fill = (batch: number, from: number, count: number): void => {
    for (let lane = 0; lane < count; lane++) {
      const index = from + lane;
      left[lane] = (batch << 5) | (index >>> 25);
      right[lane] = index & 0x1ffffff;
    }
    permutation.encipher(left, right, count);
    authenticator(key.version, left, right, count, tag);
  };

  return {
    canaries: canariesOf(key),
    codes: (batch: number, from: number, count: number): string[] => {
      fill(batch, from, count);
      const texts: string[] = [];
      for (let lane = 0; lane < count; lane++) {
        texts.push(writeSymbols(key.version, left[lane] as number, right[lane] as number, tag[lane] as number));
      }
      return texts;
    },
    print: (into: Uint8Array, { batch, from, count, at, stride }: Printing): void => {
      fill(batch, from, count);
      for (let lane = 0, to = at; lane < count; lane++, to += stride) {
        putSymbols(into, to, key.version, left[lane] as number, right[lane] as number, tag[lane] as number);
      }
    },
    /** The reference under an authentic tag. */
    open: (high: number, low: number, givenTag: number): CodeRef | undefined => {
      left[0] = high;
      right[0] = low;
      authenticator(key.version, left, right, 1, tag);
      // One comparison of two integers: its time does not tell how many leading bits were right.
      if (((tag[0] as number) ^ givenTag) !== 0) return undefined;
      permutation.decipher(left, right, 1);
      return { batch: left[0] >>> 5, index: ((left[0] & 31) << 25) | right[0] };
    },
  };
};

type Press = ReturnType<typeof press>;

function* inChunks(codes: Press['codes'], batch: number, from: number, count: number): Generator<string[]> {
  for (let done = 0; done < count; done += LANES) yield codes(batch, from + done, Math.min(LANES, count - done));
}

/**
 * @param keys one or more, each of its own version
 * @param current the version that new batches pin; the highest when not given
 * @throws RangeError for a version outside 0 … 31 or given twice, a short secret, no keys, a `current` without a key
 */
export const codeMint = (keys: readonly CodeKey[], current = Math.max(...keys.map((key) => key.version))): CodeMint => {
  const presses = new Map<number, Press>();
  for (const key of keys) {
    const { version, secret } = key;
    if (!Number.isInteger(version) || version < 0 || version >= VERSIONS) {
      throw new RangeError(`key version ${version} is not an integer from 0 to ${VERSIONS - 1}`);
    }
    if (presses.has(version)) throw new RangeError(`key version ${version} is given twice`);
    if (secret.length < SECRET_BYTES) {
      throw new RangeError(`the secret of key version ${version} has fewer than ${SECRET_BYTES} bytes`);
    }
    presses.set(version, press(key));
  }
  const pressOf = (version: number): Press => {
    const found = presses.get(version);
    if (!found) throw new RangeError(`no key of version ${version}; there are: ${[...presses.keys()].join(', ')}`);
    return found;
  };
  if (keys.length === 0) throw new RangeError('a code mint needs at least one key');
  pressOf(current);

  return {
    current,
    has: (keyVersion) => presses.has(keyVersion),
    mint(ref, keyVersion = current) {
      assertRange(ref, 1);
      return pressOf(keyVersion).codes(ref.batch, ref.index, 1)[0] as string;
    },
    canaries: (keyVersion) => pressOf(keyVersion).canaries,
    mintRange(batch, from, count, keyVersion = current) {
      assertRange({ batch, index: from }, count);
      return inChunks(pressOf(keyVersion).codes, batch, from, count);
    },
    print(into, printing) {
      const { batch, from, count, keyVersion, at, stride } = printing;
      assertRange({ batch, index: from }, count);
      if (count > LANES) throw new RangeError(`${count} codes are more than ${LANES}`);
      const end = at + (count - 1) * stride + TEXT_BYTES;
      if (count > 0 && (at < 0 || stride < TEXT_BYTES || end > into.length)) {
        throw new RangeError(`${count} codes from byte ${at} on, ${stride} apart, do not fit ${into.length} bytes`);
      }
      pressOf(keyVersion).print(into, printing);
    },
    parse(text) {
      const symbols = readSymbols(text);
      if (!symbols) return { ok: false, why: 'malformed' };
      const found = presses.get(symbols.version);
      if (!found) return { ok: false, why: 'unknown_key' };
      const ref = found.open(symbols.left, symbols.right, symbols.tag);
      return ref ? { ok: true, ...ref, keyVersion: symbols.version } : { ok: false, why: 'forged' };
    },
  };
};
