import { aesPrf, LANES } from './prf.ts';

const ROUNDS = 10;

/** A keyed permutation of 50-bit numbers, given as two 25-bit halves, on many numbers at once and in place. */
export interface Permutation {
  encipher(left: Uint32Array, right: Uint32Array, lanes: number): void;
  decipher(left: Uint32Array, right: Uint32Array, lanes: number): void;
}

/**
 * A balanced Feistel network of ten rounds with AES-256 as its round function: the shape of FF1 in NIST SP 800-38G
 * (https://doi.org/10.6028/NIST.SP.800-38G, algorithm 7) for radix 2 and a length of 50. It is FF1-like, not FF1: the
 * round function is one AES block of (round, half) instead of a CBC-MAC over a header, a tweak and the half, and halves
 * are combined by XOR instead of addition. The 2^50 numbers are far above SP 800-38G's least domain of a million.
 *
 * Even rounds change the left half, odd rounds the right one, so no half is ever moved, and with XOR deciphering is the
 * same rounds backwards.
 */
export const feistel = (key: Uint8Array): Permutation => {
  const prf = aesPrf(key);
  const unused = new Uint32Array(LANES);
  const mask = new Uint32Array(LANES);

  const round = (number: number, left: Uint32Array, right: Uint32Array, lanes: number) => {
    const [from, to] = number % 2 === 0 ? [right, left] : [left, right];
    prf(number, unused, from, lanes, mask);
    for (let lane = 0; lane < lanes; lane++) to[lane] = (to[lane] as number) ^ (mask[lane] as number);
  };

  return {
    encipher: (left, right, lanes) => {
      for (let number = 0; number < ROUNDS; number++) round(number, left, right, lanes);
    },
    decipher: (left, right, lanes) => {
      for (let number = ROUNDS - 1; number >= 0; number--) round(number, left, right, lanes);
    },
  };
};
