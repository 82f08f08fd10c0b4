import { describe, expect, it } from 'vitest';
import { normalizeName } from './name.ts';

describe('the name of a code', () => {
  it.each([
    ['SPRING-2026', 'SPRING2026'],
    [' spring 2026 ', 'SPRING2026'],
    ['Spring–2026', 'SPRING2026'],
    ['ＳＰＲＩＮＧ２０２６', 'SPRING2026'],
    ['橙色星期五', '橙色星期五'],
    ['橙色 星期五', '橙色星期五'],
    ['FAN', 'FAN'],
  ])('%j is %j', (text, name) => {
    expect(normalizeName(text)).toBe(name);
  });

  it.each([
    ['', 'nothing'],
    ['AB', 'too short'],
    ['A'.repeat(33), 'too long'],
    ['SPRING!', 'a mark'],
    ['SPRING/2026', 'a mark that a path would split at'],
    ['1ABC-DEFG-HJKM-NPQR', 'the form of a printed code'],
    ['iloveorangefrida', 'sixteen symbols, which are the form of a printed code'],
    ['ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳ', 'the same in full width'],
  ])('%j is none: %s', (text) => {
    expect(normalizeName(text)).toBeUndefined();
  });
});
