import { hash } from 'node:crypto';

const bits = 52;
const limit = 2 ** bits;

/** A number for some words, the same for the same ones: chance makes two of different words alike once in 2^52. */
export const fingerprintOf = (...words: (string | number)[]): number =>
  Number.parseInt(hash('sha1', JSON.stringify(words)).slice(0, bits / 4), 16);

/**
 * Adds a fingerprint to a sum of them. Two collections that came together in any order, and are too large to be kept, are the
 * same when their sums are; what stands in one of them twice is found too.
 */
export const addedTo = (sum: number, fingerprint: number): number => (sum + fingerprint) % limit;
