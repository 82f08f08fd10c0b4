import { expect, it } from 'vitest';
import { rangeIn } from './byte-range.ts';

it.each([
  ['bytes=0-', { start: 0, end: 100 }],
  ['bytes=40-', { start: 40, end: 100 }],
  ['Bytes = 40-59', { start: 40, end: 60 }],
  ['bytes=99-99', { start: 99, end: 100 }],
  ['bytes=40-1000', { start: 40, end: 100 }],
  ['bytes=-30', { start: 70, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
])('%s of a hundred bytes is a part of them', (header, range) => {
  expect(rangeIn(header, 100)).toEqual(range);
});

it.each(['bytes=100-', 'bytes=100-200', 'bytes=99999999999999999999-', 'bytes=-0'])('%s is outside', (header) => {
  expect(rangeIn(header, 100)).toBe('none');
});

it.each([
  '',
  'bytes',
  'bytes=',
  'bytes=-',
  'bytes=a-',
  'bytes=5-4',
  'bytes=0-1,5-',
  'rows=5-',
  'bytes=1.5-',
  'bytes=--5',
])('%j is no range that is served in part', (header) => {
  expect(rangeIn(header, 100)).toBeUndefined();
});
