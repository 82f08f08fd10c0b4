import { expect, it } from 'vitest';
import { daysAfter, instantOf, wallOf } from './zone.ts';

it('ends so many days later at the same hour, whatever the clocks did meanwhile', () => {
  expect(daysAfter('2026-12-29T10:30', 7)).toBe('2027-01-05T10:30');
  const before = instantOf('2026-10-24T10:00', 'Europe/Berlin') ?? 0;
  const after = instantOf(daysAfter(wallOf(before, 'Europe/Berlin'), 1), 'Europe/Berlin') ?? 0;
  expect(after - before).toBe(25 * 3_600_000);
});
