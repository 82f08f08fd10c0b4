import { expect, it } from 'vitest';
import { happened } from './fixtures/happened.ts';
import { topics } from './fixtures/topics.ts';
import { murmur2, partitionOf, placeOf } from './place.ts';

it('hashes like Kafka, by the vectors of its own test', () => {
  const vectors: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of vectors) expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
});

it('spreads keys over every partition', () => {
  const counts = Array.from({ length: 16 }, () => 0);
  for (let n = 0; n < 16_000; n++) {
    const partition = partitionOf(`code/${n >> 8}.${n}`, 16);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(800);
});

it('finds the topic in the source and refuses a source without one', () => {
  expect(placeOf(happened('k', 0, 'issuance'), topics).topic).toBe('issuance');
  expect(() => placeOf({ ...happened('k', 0), source: '/fcode/toString' }, topics)).toThrow(/no topic/);
});
