import { describe, expect, it } from 'vitest';
import { exportNameOf } from './export-name.ts';

describe('the name of an exported file', () => {
  it.each([
    [{ campaign: 'Orange Friday', reference: 'PR-7', batch: 3 }, 'fcodes-Orange-Friday-PR-7-3.csv'],
    [{ campaign: '橙色星期五', reference: '合同 12/7', batch: 3 }, 'fcodes-橙色星期五-合同-12-7-3.csv'],
    [{ campaign: '../..', reference: '$(rm -rf ~); "x"', batch: 3 }, 'fcodes-rm-rf-x-3.csv'],
    [{ campaign: 'a'.repeat(100), reference: '😀', batch: 3 }, `fcodes-${'a'.repeat(40)}-3.csv`],
  ])('of %o is %s', (about, name) => {
    expect(exportNameOf(about)).toBe(name);
  });
});
