import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCHES, type CodeRef, codeMint, INDEXES, issued, normalizeCode, parseCodeKeys } from './index.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secret = (seed: number) => Uint8Array.from({ length: 32 }, (_, i) => (i + seed) % 256);
const key = (version: number, seed = 0) => ({ version, secret: secret(seed) });
const mint = codeMint([key(0), key(1), key(31)], 1);
const refs = fc.record({ batch: fc.nat(BATCHES - 1), index: fc.nat(INDEXES - 1) });

const extremes: CodeRef[] = [0, BATCHES - 1].flatMap((batch) =>
  // Around 2^25 an index spills from the right half of the payload into the left one.
  [0, 1, 2 ** 25 - 1, 2 ** 25, INDEXES - 1].map((index) => ({ batch, index })),
);

/** A fixed sample, so that the counts below are the same in every run. */
const sample = (count: number) =>
  Array.from({ length: count }, (_, i) => mint.mint({ batch: (i * 7919) % BATCHES, index: (i * 1_000_003) % INDEXES }));
const symbolsOf = (code: string) => code.replaceAll('-', '').split('');

describe('a code that was handed out', () => {
  it('parses forever: these texts must never change', () => {
    // Computed a second time by an independent implementation (Python, cryptography 48): not just what the code says.
    const vectors: [version: number, batch: number, index: number, code: string][] = [
      [1, 0, 0, '1QSK-FAR9-9YE8-5ZQ4'],
      [1, 0, 1, '1EQB-EY01-ZVR0-9EJE'],
      [1, 7, 123_456, '1ZF7-3WPY-MWSV-2A8B'],
      [1, BATCHES - 1, INDEXES - 1, '1REZ-Q0BD-EN30-F66F'],
      [0, 42, 2 ** 25, '0DAB-463F-N5WE-B72Z'],
      [31, 42, 2 ** 25, 'ZKFP-10CX-EB27-BPG9'],
    ];
    for (const [keyVersion, batch, index, code] of vectors) {
      expect(mint.mint({ batch, index }, keyVersion)).toBe(code);
      expect(mint.parse(code)).toEqual({ ok: true, batch, index, keyVersion });
    }
  });

  it('names its batch and index again, whichever they are', () => {
    const roundTrip = (ref: CodeRef, keyVersion: number) =>
      expect(mint.parse(mint.mint(ref, keyVersion))).toEqual({ ok: true, ...ref, keyVersion });
    for (const ref of extremes) roundTrip(ref, 1);
    fc.assert(
      fc.property(refs, fc.constantFrom(0, 1, 31), (ref, keyVersion) => {
        roundTrip(ref, keyVersion);
      }),
      { numRuns: 2000 },
    );
  });

  it('may be typed in any case, with or without hyphens and spaces, with O for 0 and I or L for 1', () => {
    const code = '1EQB-EY01-ZVR0-9EJE';
    for (const typed of [
      '1eqb-ey01-zvr0-9eje',
      '1EQBEY01ZVR09EJE',
      '  1EQB EY01 ZVR0 9EJE\r\n',
      '1-E-Q-B-E-Y-0-1-Z-V-R-0-9-E-J-E',
      'IEQB-EYOL-ZVRO-9EJE',
      'leqb-eyoi-zvro-9eje',
      '1EQB\u2013EY01\u2011ZVR0\u00a09EJE',
    ]) {
      expect(mint.parse(typed)).toEqual({ ok: true, batch: 0, index: 1, keyVersion: 1 });
      expect(normalizeCode(typed)).toBe(code);
    }
  });

  it('does not name a code beyond the size of its batch', () => {
    expect(issued({ batch: 3, index: 0 }, 100)).toBe(true);
    expect(issued({ batch: 3, index: 99 }, 100)).toBe(true);
    expect(issued({ batch: 3, index: 100 }, 100)).toBe(false);
    expect(issued({ batch: 3, index: 0 }, 0)).toBe(false);
    // Authentic all the same: this is what the holder of a leaked key could make.
    const parsed = mint.parse(mint.mint({ batch: 3, index: INDEXES - 1 }));
    expect(parsed.ok && issued(parsed, 10_000_000)).toBe(false);
  });
});

describe('a batch', () => {
  it('of a million codes has a million different texts', () => {
    const texts = new Set<string>();
    for (const chunk of mint.mintRange(5, 0, 1_000_000)) for (const text of chunk) texts.add(text);
    expect(texts.size).toBe(1_000_000);
  }, 10_000);

  it('exports the codes that are minted one by one, in chunks of bounded size', () => {
    for (const [from, count] of [
      [0, 1],
      [2 ** 25 - 5000, 10_000],
      [INDEXES - 4096, 4096],
    ] as const) {
      const chunks = [...mint.mintRange(9, from, count, 31)];
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(4096);
      const oneByOne = Array.from({ length: count }, (_, i) => mint.mint({ batch: 9, index: from + i }, 31));
      expect(chunks.flat()).toEqual(oneByOne);
    }
    expect([...mint.mintRange(9, 0, 0)]).toEqual([]);
  });

  it('is printed among other bytes as the codes that are minted one by one, and changes none of the others', () => {
    const [count, at, stride] = [4096, 3, 25];
    const bytes = new Uint8Array(at + count * stride).fill(46);
    mint.print(bytes, { batch: 9, from: 2 ** 25 - 100, count, keyVersion: 31, at, stride });
    const text = Buffer.from(bytes).toString('latin1');
    const rows = Array.from({ length: count }, (_, i) => mint.mint({ batch: 9, index: 2 ** 25 - 100 + i }, 31));
    expect(text).toBe(`...${rows.map((code) => `${code}......`).join('')}`);
    mint.print(bytes, { batch: 9, from: INDEXES, count: 0, keyVersion: 31, at: bytes.length, stride: 0 });
    expect(Buffer.from(bytes).toString('latin1')).toBe(text);
  });

  it('is not printed where it does not fit, nor in more than 4,096 codes at once', () => {
    const room = new Uint8Array(38);
    const two = { batch: 0, from: 0, count: 2, keyVersion: 1, at: 0, stride: 19 };
    expect(() => mint.print(room, two)).not.toThrow();
    for (const wrong of [
      { at: 1 },
      { at: -1 },
      { stride: 20 },
      { stride: 18 },
      { count: 3 },
      { count: -1 },
      { from: INDEXES - 1 },
      { batch: BATCHES },
      { keyVersion: 2 },
    ]) {
      expect(() => mint.print(room, { ...two, ...wrong })).toThrow(RangeError);
    }
    expect(() => mint.print(new Uint8Array(4097 * 19), { ...two, count: 4097 })).toThrow(RangeError);
  });

  it('exports right while another export and checkouts use the same key', () => {
    const alone = [...mint.mintRange(1, 0, 10_000)].flat();
    const mixed: string[] = [];
    const other = mint.mintRange(2, 0, 10_000);
    for (const chunk of mint.mintRange(1, 0, 10_000)) {
      mixed.push(...chunk);
      other.next();
      mint.parse(alone[0] as string);
    }
    expect(mixed).toEqual(alone);
  });

  it('refuses numbers that a code cannot carry, at the call', () => {
    for (const ref of [
      { batch: -1, index: 0 },
      { batch: BATCHES, index: 0 },
      { batch: 0.5, index: 0 },
      { batch: 0, index: -1 },
      { batch: 0, index: INDEXES },
      { batch: 0, index: Number.NaN },
    ]) {
      expect(() => mint.mint(ref)).toThrow(RangeError);
      expect(() => mint.mintRange(ref.batch, ref.index, 1)).toThrow(RangeError);
    }
    expect(() => mint.mintRange(0, INDEXES - 1, 2)).toThrow(RangeError);
    expect(() => mint.mintRange(0, 0, -1)).toThrow(RangeError);
    expect(() => mint.mint({ batch: 0, index: 0 }, 2)).toThrow(RangeError);
    expect(() => mint.mintRange(0, 0, 1, 2)).toThrow(RangeError);
  });

  it('shows neither sequence nor size: the next index changes every bit half of the time', () => {
    const bits = (code: string) =>
      symbolsOf(code)
        .slice(1)
        .map((symbol) => ALPHABET.indexOf(symbol).toString(2).padStart(5, '0'))
        .join('');
    const texts = [...mint.mintRange(5, 0, 4001)].flat().map(bits);
    const flips = Array.from({ length: 75 }, () => 0);
    for (let i = 1; i < texts.length; i++) {
      for (let bit = 0; bit < 75; bit++)
        if (texts[i]?.[bit] !== texts[i - 1]?.[bit]) flips[bit] = (flips[bit] ?? 0) + 1;
    }
    // 4,000 pairs: a fair bit's share is 0.5 ± 0.008 (one sigma), so 0.46 … 0.54 is five of them; for all 75 bits
    // together the mean is 37.5 ± 0.07.
    for (const count of flips) expect(Math.abs(count / 4000 - 0.5)).toBeLessThan(0.04);
    const mean = flips.reduce((sum, count) => sum + count, 0) / 4000;
    expect(Math.abs(mean - 37.5)).toBeLessThan(0.5);
  });
});

describe('a typo', () => {
  const accepted = (symbols: string[]) => (mint.parse(symbols.join('')).ok ? 1 : 0);

  it('of one symbol is refused, wherever it is', () => {
    let falseAccepts = 0;
    let tried = 0;
    for (const code of sample(400)) {
      const symbols = symbolsOf(code);
      for (let at = 0; at < 16; at++) {
        for (const symbol of ALPHABET) {
          if (symbol === symbols[at]) continue;
          falseAccepts += accepted(symbols.with(at, symbol));
          tried++;
        }
      }
    }
    expect(tried).toBe(400 * 16 * 31);
    // 198,400 tries at 2^-25 are 0.006 expected false accepts, so two or more have a probability below 2·10^-5.
    expect(falseAccepts).toBeLessThanOrEqual(1);
  });

  it('that turns the key version into another configured one is refused', () => {
    let falseAccepts = 0;
    for (const code of sample(10_000)) {
      for (const version of ['0', 'Z']) {
        falseAccepts += accepted(symbolsOf(code).with(0, version));
      }
    }
    // 20,000 tries at 2^-25: 0.0006 expected.
    expect(falseAccepts).toBeLessThanOrEqual(1);
  });

  it('that swaps two neighbours is refused', () => {
    let falseAccepts = 0;
    for (const code of sample(10_000)) {
      const symbols = symbolsOf(code);
      for (let at = 0; at < 15; at++) {
        const [a, b] = [symbols[at] as string, symbols[at + 1] as string];
        if (a !== b) falseAccepts += accepted(symbols.with(at, b).with(at + 1, a));
      }
    }
    // About 145,000 tries at 2^-25: 0.004 expected, two or more below 10^-5.
    expect(falseAccepts).toBeLessThanOrEqual(1);
  });

  it('that does not leave 16 symbols is malformed', () => {
    const code = '1EQBEY01ZVR09EJE';
    for (const text of [
      '',
      '----',
      code.slice(1),
      `${code}0`,
      code.replace('Y', 'U'),
      code.replace('Y', 'u'),
      code.replace('Y', '*'),
      code.replace('Y', 'É'),
      code.replace('Y', 'ſ'), // its upper case is S
      code.replace('Y', '１'), // a full-width digit
      code.replace('Y', '😀'),
      code.replace('Y', '\ud800'),
      code + ' '.repeat(49),
      '0'.repeat(10_000_000),
    ]) {
      expect(mint.parse(text)).toEqual({ ok: false, why: 'malformed' });
      expect(normalizeCode(text)).toBeUndefined();
    }
    expect(mint.parse(code + ' '.repeat(48)).ok).toBe(true);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(mint.parse(text).ok).toBe(false);
      }),
    );
  });
});

describe('a guess', () => {
  it('is refused, though its symbols and key version are right', () => {
    const symbol = fc.constantFrom(...ALPHABET.split(''));
    fc.assert(
      fc.property(fc.array(symbol, { minLength: 15, maxLength: 15 }), (symbols) => {
        expect(mint.parse(`1${symbols.join('')}`)).toEqual({ ok: false, why: 'forged' });
      }),
      // 1,000 guesses at 2^-25: this fails by chance once in 33,000 runs.
      { numRuns: 1000, seed: 25 },
    );
  });

  it('made with somebody else’s secret is refused', () => {
    const theirs = codeMint([key(1, 100)]);
    for (const code of [...theirs.mintRange(5, 0, 1000)].flat()) {
      expect(mint.parse(code)).toEqual({ ok: false, why: 'forged' });
    }
  });
});

describe('key rotation', () => {
  const before = codeMint([key(1)]);
  const after = codeMint([key(2, 50), key(1)]);
  const old = before.mint({ batch: 4, index: 2 });

  it('pins the newest version for new batches, or the one it is told', () => {
    expect(after.current).toBe(2);
    expect(after.mint({ batch: 4, index: 2 })).toMatch(/^2/);
    expect(codeMint([key(1), key(2, 50)], 1).current).toBe(1);
  });

  it('leaves codes of the old version valid, and the batch that pinned it can still be exported', () => {
    expect(after.parse(old)).toEqual({ ok: true, batch: 4, index: 2, keyVersion: 1 });
    expect([...after.mintRange(4, 2, 1, 1)]).toEqual([[old]]);
  });

  it('ends the old version when its key is removed', () => {
    expect(codeMint([key(2, 50)]).parse(old)).toEqual({ ok: false, why: 'unknown_key' });
  });

  it('gives unrelated codes even when the new version got the old secret by mistake', () => {
    const texts = codeMint([key(1), key(2)]);
    const ref = { batch: 4, index: 2 };
    expect(texts.mint(ref, 2).slice(1)).not.toBe(texts.mint(ref, 1).slice(1));
  });

  it('refuses keys that cannot work', () => {
    expect(() => codeMint([])).toThrow(RangeError);
    expect(() => codeMint([key(1), key(1, 5)])).toThrow(RangeError);
    expect(() => codeMint([key(32)])).toThrow(RangeError);
    expect(() => codeMint([key(1)], 2)).toThrow(RangeError);
    expect(() => codeMint([{ version: 1, secret: new Uint8Array(31) }])).toThrow(RangeError);
  });
});

describe('the keys setting', () => {
  const encoded = (bytes: number) => Buffer.alloc(bytes, 0xfb).toString('base64url');

  it('lists versions with their secrets', () => {
    const keys = parseCodeKeys(` 1:${encoded(32)}, 2:${encoded(48)} `);
    expect(keys.map(({ version, secret: { length } }) => [version, length])).toEqual([
      [1, 32],
      [2, 48],
    ]);
    expect(codeMint(keys).current).toBe(2);
  });

  it('says which entry is wrong and how, with an example, and never the secret', () => {
    const good = encoded(32);
    const standard = Buffer.alloc(32, 0xfb).toString('base64');
    for (const [setting, what] of [
      ['', /none given/],
      [good, /entry 1 has no colon/],
      [`1:${good},`, /entry 2 has no colon/],
      [`${good}:1`, /entry 1 has no version/],
      [`32:${good}`, /entry 1 has no version/],
      [`-1:${good}`, /entry 1 has no version/],
      [`1:${good},2:${standard}`, /entry 2 \(version 2\) has a secret that is not base64url/],
      [`1:${encoded(31)}`, /entry 1 \(version 1\) has a secret of 31 bytes/],
      [`1:${good},1:${encoded(33)}`, /version 1 is given twice/],
    ] as const) {
      const parse = () => parseCodeKeys(setting);
      expect(parse).toThrow(what);
      expect(parse).toThrow(/for example "1:/);
      expect(parse).not.toThrow(/-_v7|\+\/v7/);
    }
  });

  it('does not take its own example for a key', () => {
    expect(() => parseCodeKeys('1:NEVER-USE-THIS-ONE-32-random-bytes-as-43-chars')).toThrow(/not base64url/);
  });
});
