import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeMint } from './mint.ts';

const mint = codeMint([
  { version: 1, secret: new Uint8Array(32).fill(1) },
  { version: 2, secret: new Uint8Array(32).fill(2) },
]);

describe('the canaries of a batch', () => {
  it('are as many as were wanted, each in its own part of it, and exactly those that are recognised', () => {
    const mined = fc
      .record({
        batch: fc.nat(2 ** 20 - 1),
        size: fc.integer({ min: 1, max: 3000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ batch, size, share }) => ({ batch, size, canaries: Math.floor(share * size) }));
    fc.assert(
      fc.property(mined, fc.constantFrom(1, 2), (of, version) => {
        const { all, has } = mint.canaries(version);
        const expected = all(of);
        expect(new Set(expected).size).toBe(of.canaries);
        const found = Array.from({ length: of.size }, (_, index) => index).filter((index) => has(of, index));
        expect(found).toEqual(expected);
      }),
      { seed: 20261124, numRuns: 300 },
    );
  });

  it('are others with another key, and in another batch', () => {
    const of = { batch: 7, size: 1_000_000, canaries: 20 };
    const mine = mint.canaries(1).all(of);
    expect(mint.canaries(1).all(of)).toEqual(mine);
    expect(mint.canaries(2).all(of)).not.toEqual(mine);
    expect(mint.canaries(1).all({ ...of, batch: 8 })).not.toEqual(mine);
  });

  it('are none where none were wanted', () => {
    expect(mint.canaries(1).all({ batch: 7, size: 10, canaries: 0 })).toEqual([]);
    expect(mint.canaries(1).has({ batch: 7, size: 10, canaries: 0 }, 3)).toBe(false);
  });

  it('of the largest batch are recognised without rounding', () => {
    const of = { batch: 1, size: 10_001_000, canaries: 1000 };
    const { all, has } = mint.canaries(1);
    for (const index of all(of))
      expect([has(of, index), has(of, index + 1), has(of, index - 1)]).toEqual([true, false, false]);
  });
});
