import { createCipheriv } from 'node:crypto';

/** Most inputs of one call: 4,096 blocks of 16 bytes are 64 KiB, which stays in the second-level cache. */
export const LANES = 4096;

const BLOCK = 16;

/**
 * A pseudo-random function on many inputs at once: for each lane, 25 bits of AES-256(key, label ‖ 0 ‖ high ‖ low), four
 * big-endian words. Writes to `out[0 … lanes − 1]`.
 */
export type Prf = (label: number, high: Uint32Array, low: Uint32Array, lanes: number, out: Uint32Array) => void;

/**
 * AES on single, distinct, fixed-length blocks is what "ECB" names here; no message is ever enciphered with it. Measured
 * on Node 24: a cipher object costs 12 µs, a call 0.6 µs, a block in a full call 5 ns. Hence one object for the life of
 * the key, and one `update` for all lanes.
 */
export const aesPrf = (key: Uint8Array): Prf => {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const blocks = Buffer.alloc(LANES * BLOCK);
  const oneBlock = blocks.subarray(0, BLOCK);
  const words = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);

  return (label, high, low, lanes, out) => {
    for (let lane = 0, at = 0; lane < lanes; lane++, at += BLOCK) {
      words.setUint32(at, label);
      words.setUint32(at + 8, high[lane] as number);
      words.setUint32(at + 12, low[lane] as number);
    }
    const output = cipher.update(lanes === 1 ? oneBlock : blocks.subarray(0, lanes * BLOCK));
    for (let lane = 0, at = 0; lane < lanes; lane++, at += BLOCK) {
      out[lane] = output.readUInt32BE(at) >>> 7;
    }
  };
};
