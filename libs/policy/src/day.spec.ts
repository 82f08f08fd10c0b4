import { describe, expect, it } from 'vitest';
import { dayOf, isTimeZone } from './day.ts';
import { isWithin } from './region.ts';

describe('the day of an instant', () => {
  it.each([
    ['2026-12-01T15:59:59.999Z', 'Asia/Shanghai', '2026-12-01'],
    ['2026-12-01T16:00:00.000Z', 'Asia/Shanghai', '2026-12-02'],
    ['2026-12-01T04:59:59.999Z', 'America/New_York', '2026-11-30'],
    ['2026-12-01T00:00:00.000Z', 'UTC', '2026-12-01'],
    // The clocks are put back that night.
    ['2026-10-25T00:30:00.000Z', 'Europe/Berlin', '2026-10-25'],
    ['2026-10-25T23:00:00.000Z', 'Europe/Berlin', '2026-10-26'],
  ])('%s in %s is %s', (at, timeZone, day) => {
    expect(dayOf(Date.parse(at), timeZone)).toBe(day);
  });

  it('is told in no zone that does not exist', () => {
    expect(['Asia/Shanghai', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});

describe('a region', () => {
  it.each([
    ['CN', ['CN'], true],
    ['CN-BJ', ['CN'], true],
    ['CN', ['CN-BJ'], false],
    ['CNX', ['CN'], false],
    ['', ['CN'], false],
    ['', [], true],
    ['DE', [], true],
  ])('%j is within %j: %j', (region, regions, is) => {
    expect(isWithin(region, regions)).toBe(is);
  });
});
