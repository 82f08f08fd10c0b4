import { describe, expect, it } from 'vitest';
import { resultLine, resultsHead } from './results-csv.ts';

describe('results of a grant as CSV', () => {
  it('have a column for each thing, whether a row has it or not', () => {
    expect(resultsHead).toBe('row,member_id,codes,result,batch,from,line,text\r\n');
    const given = { row: 1, line: 2, memberId: 'm_kai', codes: 2, result: 'granted', batch: 7, from: 0 } as const;
    expect(resultLine(given)).toBe('1,m_kai,2,granted,7,0,2,\r\n');
    expect(resultLine({ row: 4, result: 'no_count' })).toBe('4,,,no_count,,,,\r\n');
  });

  it.each([
    ['m_kai,many', '"m_kai,many"'],
    ['say "two" words', '"say ""two"" words"'],
    ['=HYPERLINK(1)', "'=HYPERLINK(1)"],
    ['m_1;=1+1', "m_1;'=1+1"],
    ['＝1', "'＝1"],
    ['m-1', 'm-1'],
  ])('have %s as %s', (text, cell) => {
    expect(resultLine({ row: 4, line: 5, text, result: 'no_member' })).toBe(`4,,,no_member,,,5,${cell}\r\n`);
  });
});
