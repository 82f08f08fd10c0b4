import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCondition, type MemberSubject, type SubjectKind } from './condition.ts';
import type { ConditionProblem } from './condition-problem.ts';
import { conditionWords } from './condition-words.ts';

const mia: MemberSubject = {
  member: 'm_mia',
  tier: 'core',
  score: 120.5,
  badges: ['tester', 'author-2011'],
  region: 'DE',
  at: new Date('2026-12-01T10:00:00.000Z'),
};
const problemIn = (text: string, kind: SubjectKind = 'member'): ConditionProblem => {
  const checked = checkCondition(kind, text);
  if (checked.ok) throw new Error(`taken: ${text}`);
  return checked.problem;
};
const conditionIn = (text: string) => {
  const checked = checkCondition('member', text);
  if (!checked.ok) throw new Error(conditionWords.en(checked.problem));
  return checked.condition;
};

describe('a condition of members', () => {
  it.each([
    ['true', true],
    ['tier == "core"', true],
    ['tier in ["angel", "loyal"]', false],
    ['score >= 120', true],
    ['score == 120', false],
    ['score > 100 && score < 121.0', true],
    ['"tester" in badges', true],
    ['!("tester" in badges) || region == "DE"', true],
    ['region in ["CN", "FR"]', false],
    ['size(badges) >= 2', true],
    ['badges.exists(badge, badge.startsWith("author-"))', true],
    ['badges.all(badge, badge == "tester")', false],
    ['member == "m_mia"', true],
    ['at >= timestamp("2026-12-01T18:00:00+08:00")', true],
    ['at - duration("1h") >= timestamp("2026-12-01T10:00:00Z")', false],
    ['badges[7] == "tester"', false],
    ['1 / (size(badges) - 2) == 1', false],
  ])('%s: %j', (text, holds) => {
    expect(conditionIn(text).holds(mia)).toBe(holds);
  });

  it('explains itself part by part, where all must hold', () => {
    const condition = conditionIn('tier == "core" && score >= 200 && (region == "CN" || region == "DE")');
    expect(condition.explain(mia)).toEqual([
      { text: 'tier == "core"', holds: true },
      { text: 'score >= 200', holds: false },
      { text: 'region == "CN" || region == "DE"', holds: true },
    ]);
    const turned = conditionIn('(tier == "core" || tier == "angel") == true && region == "DE"');
    expect(turned.explain(mia).map(({ holds }) => holds)).toEqual([true, true]);
  });

  it('holds exactly where all of its parts hold, whoever is asked', () => {
    const parts = [
      'tier == "core"',
      'score >= 100',
      '"tester" in badges',
      'region in ["CN", "DE"]',
      'size(badges) < 2',
    ];
    const members = fc.record({
      member: fc.constant('m'),
      tier: fc.constantFrom('angel', 'core', 'loyal', 'fan'),
      score: fc.double({ min: 0, max: 300, noNaN: true }),
      badges: fc.subarray(['tester', 'author']),
      region: fc.constantFrom('', 'CN', 'DE'),
      at: fc.constant(new Date(0)),
    });
    fc.assert(
      fc.property(fc.subarray(parts, { minLength: 1 }), members, (chosen, member) => {
        const condition = conditionIn(chosen.join(' && '));
        expect(condition.holds(member)).toBe(condition.explain(member).every(({ holds }) => holds));
        expect(condition.holds(member)).toBe(chosen.every((part) => conditionIn(part).holds(member)));
      }),
    );
  });
});

describe('a condition of orders', () => {
  it('knows the order, its buyer and the region, and nothing of members', () => {
    const checked = checkCondition('order', 'order.sku == "A" && order.amount >= 10000 && order.currency == "EUR"');
    const order = { sku: 'A', amount: 10_000, currency: 'EUR', shop: 'shop-a' };
    expect(checked.ok && checked.condition.holds({ member: '', region: '', order, at: mia.at })).toBe(true);
    expect(problemIn('tier == "core"', 'order')).toMatchObject({ code: 'unknown_variable', name: 'tier' });
    expect(problemIn('order.skuu == "A"', 'order')).toMatchObject({ code: 'unknown_field', meant: 'sku', column: 7 });
  });
});

/** What people write, what is wrong with it, where, and what both sentences must name. */
const mistakes: [text: string, code: string, column: number, en: RegExp, zh: RegExp][] = [
  ['', 'empty', 1, /Write a condition/, /请写一个条件/],
  [' \n ', 'empty', 1, /Write a condition/, /请写一个条件/],
  ['teir == "core"', 'unknown_variable', 1, /Did you mean tier\?/, /是不是想写 tier/],
  ['"tester" in badge', 'unknown_variable', 13, /Did you mean badges\?/, /badges/],
  ['tier == core', 'tier_unquoted', 9, /in quotes: "core"/, /加引号，写成 "core"/],
  ['tier == "cor"', 'unknown_tier', 9, /no tier "cor".*mean core/, /没有“cor”这个等级/],
  ['tier in ["core", "loyall"]', 'unknown_tier', 18, /mean loyal/, /loyal/],
  ['tier = "core"', 'single_equals', 6, /Write == /, /写 ==/],
  ['score => 100', 'turned_operator', 7, /Write >= instead of =>/, /=> 写成 >=/],
  ['tier == "core" & score > 1', 'single_sign', 16, /Write &&/, /写成 &&/],
  ['tier == "core" and score > 1', 'word_operator', 16, /&& instead of "and"/, /用 && 代替 and/],
  ['score > 1 OR score < 2', 'word_operator', 11, /\|\| instead of "or"/, /用 \|\| 代替 or/],
  ['not (tier == "core")', 'word_operator', 1, /! instead of "not"/, /用 ! 代替 not/],
  ['tier == "core', 'unterminated_text', 9, /no closing quote/, /少了后引号/],
  ['(tier == "core" && score > 1', 'unclosed', 1, /Add \)/, /补上 \)/],
  ['"(" in badges && [1', 'unclosed', 18, /Add \]/, /补上 \]/],
  ['score >= 100 &&', 'unexpected_end', 16, /ends too early/, /没有写完/],
  ['score > 100 tier == "core"', 'unexpected', 13, /tier was not expected/, /不该出现 tier/],
  ['tier == “core”', 'full_width', 9, /Write " with an English keyboard/, /切换到英文输入法/],
  ['score ≥ 100', 'full_width', 7, /Write >= /, /写成 >=/],
  ['score >= "100"', 'types_differ', 1, /Write 100 without quotes/, /去掉引号，写成 100/],
  ['badges == "tester"', 'types_differ', 1, /Write "tester" in badges/, /写成 "tester" in badges/],
  ['region in "CN"', 'types_differ', 1, /a list is needed/, /要写列表/],
  ['score + 1 > 2', 'types_differ', 1, /with \.0 at its end/, /加上 \.0/],
  ['member == 5', 'types_differ', 1, /member is a text and 5 is a number/, /member 是文本，5 是数字/],
  ['region in ["CN", 1]', 'mixed_list', 18, /of one kind; 1 differs/, /1 和前面的不一样/],
  ['score', 'not_yes_or_no', 1, /this is a number/, /得到的是数字/],
  ['tier && true', 'not_a_condition', 1, /must say yes or no/, /都必须是条件/],
  ['foo(tier)', 'unknown_function', 1, /no function foo/, /没有叫 foo 的函数/],
  ['tier.matches("^(a+)+$")', 'unknown_function', 1, /no function matches/, /没有叫 matches 的函数/],
  ['size(score) > 1', 'wrong_arguments', 1, /size\(badges\) >= 2/, /size\(badges\) >= 2/],
  ['badges.all(a, badges.all(b, a == b))', 'nested_loop', 15, /within another loop/, /另一个循环里/],
  ['at > timestamp("2011-08-01")', 'bad_timestamp', 6, /day, time and zone/, /日期、时间和时区/],
  ['at > timestamp("2011-02-30T00:00:00Z")', 'bad_timestamp', 6, /day, time and zone/, /日期、时间和时区/],
  ['duration("1d") > duration("1h")', 'bad_duration', 1, /duration\("24h"\)/, /duration\("24h"\)/],
  ['score >= 99999999999999999999', 'number_too_big', 10, /greatest number/, /太大了/],
];

describe('a condition that cannot be taken', () => {
  it.each(mistakes)('%j is %s at column %i, and says what to do in both languages', (text, code, column, en, zh) => {
    const problem = problemIn(text);
    expect([problem.code, problem.line, problem.column]).toEqual([code, 1, column]);
    const sentences = [conditionWords.en(problem), conditionWords.zh(problem)] as const;
    expect(sentences[0]).toMatch(en);
    expect(sentences[1]).toMatch(zh);
    for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|overload|dyn|google/);
    expect(sentences[0]).toMatch(/[.?]$/);
    expect(sentences[1]).toMatch(/[。？]$/);
  });

  it('says on which line it is, and counts a Chinese character as one', () => {
    expect(problemIn('tier == "core" &&\n  badges == "米"')).toMatchObject({ line: 2, column: 3 });
    expect(problemIn('region == "中国" and true')).toMatchObject({ line: 1, column: 16 });
  });

  it('is refused, and soon, whatever its size', () => {
    const began = performance.now();
    expect(problemIn('!'.repeat(900)).code).toMatch(/too_complex|unexpected_end/);
    expect(problemIn(`${'('.repeat(490)}true${')'.repeat(490)}`).code).toBe('too_complex');
    expect(problemIn(`true${'&&true'.repeat(160)}`).code).toMatch(/too_complex/);
    expect(problemIn('a'.repeat(1001)).code).toBe('too_long');
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('never throws, and never says what it does not mean, whatever is typed', () => {
    const tokens = [
      'tier',
      'score',
      'badges',
      '"core"',
      '100',
      '==',
      '>=',
      '&&',
      '||',
      '(',
      ')',
      '[',
      ']',
      'in',
      '!',
      ',',
      '.',
      '“',
      '=',
      'and',
      '?',
      ':',
      '{',
      '}',
      '米',
      '\n',
      '\\',
      "'",
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((t) => t.join(' ')),
        ),
        (text) => {
          const checked = checkCondition('member', text);
          if (checked.ok) {
            expect(typeof checked.condition.holds(mia)).toBe('boolean');
            return;
          }
          const { problem } = checked;
          expect(problem.start).toBeLessThanOrEqual(problem.end);
          for (const say of Object.values(conditionWords)) expect(say(problem)).not.toMatch(/undefined|\[object/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
