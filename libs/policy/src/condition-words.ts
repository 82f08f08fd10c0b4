import type { ConditionProblem } from './condition-problem.ts';

const english: Record<string, string> = {
  number: 'a number',
  text: 'a text',
  list: 'a list',
  condition: 'yes or no',
  instant: 'an instant',
  duration: 'a duration',
  order: 'the order',
  value: 'something else',
};
const chinese: Record<string, string> = {
  number: '数字',
  text: '文本',
  list: '列表',
  condition: '真假值',
  instant: '时刻',
  duration: '时长',
  order: '订单',
  value: '其他类型',
};

/** One right use of each function. */
const examples: Record<string, string> = {
  size: 'size(badges) >= 2',
  startsWith: 'member.startsWith("press_")',
  endsWith: 'member.endsWith("_staff")',
  contains: 'member.contains("test")',
  exists: 'badges.exists(badge, badge == "tester")',
  exists_one: 'badges.exists_one(badge, badge.startsWith("tester"))',
  all: 'badges.all(badge, badge != "blocked")',
  filter: 'size(badges.filter(badge, badge.startsWith("tester"))) >= 2',
  map: '"tester-2026" in badges.map(badge, badge + "-2026")',
  double: 'score >= double(size(badges))',
  int: 'int(score) >= 100',
  string: 'string(int(score)) == "100"',
};

const bare = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

type Words = (problem: ConditionProblem) => string;

const inEnglish: Words = ({
  code,
  near,
  name = '',
  names = [],
  meant,
  write = '',
  operator = '',
  type,
  limit,
  ...rest
}) => {
  const { left = { text: '', type: '' }, right = { text: '', type: '' } } = rest;
  const known = `Choose from ${names.join(', ')}.`;
  const perhaps = meant === undefined ? known : `Did you mean ${meant}? ${known}`;
  switch (code) {
    case 'empty':
      return 'Write a condition; "true" is one that holds for everybody.';
    case 'too_long':
      return `A condition has ${limit} signs at most. Name long lists of members in a file instead.`;
    case 'too_complex':
      return 'This condition is too long to be checked each time. Make it simpler, or make several rules of it.';
    case 'unknown_variable':
      return `There is nothing called ${name}. ${perhaps} A text needs quotes: "${name}".`;
    case 'unknown_field':
      return `An order has no ${name}. ${perhaps}`;
    case 'unknown_function':
      return `There is no function ${name}. ${perhaps}`;
    case 'unknown_tier':
      return `There is no tier "${name}". ${perhaps}`;
    case 'tier_unquoted':
      return `A tier is written in quotes: "${name}".`;
    case 'turned_operator':
      return `Write ${write} instead of ${near}.`;
    case 'wrong_arguments':
      return `${name} does not take what it is given here. For example: ${examples[name] ?? examples.size}.`;
    case 'single_equals':
      return 'A single = compares nothing. Write == for "is", or != for "is not".';
    case 'single_sign':
      return `A single ${near} is no operator. Write ${write}.`;
    case 'word_operator':
      return `Write ${write} instead of "${name}".`;
    case 'full_width':
      return `The sign ${near} cannot be read here. Write ${write} with an English keyboard.`;
    case 'unterminated_text':
      return 'The text that begins here has no closing quote. Add one.';
    case 'unclosed':
      return `The ${near} that was opened here is never closed. Add ${write}.`;
    case 'unexpected':
      return `${near} was not expected here. Is an operator such as && or == missing before it, or a quote?`;
    case 'unexpected_end':
      return 'The condition ends too early: something must follow the last sign.';
    case 'types_differ': {
      if (operator !== 'in' && left.type === 'list' && right.type === 'text') {
        return `${left.text} is a list. Write ${right.text} in ${left.text}.`;
      }
      if (left.type === 'number' && right.type === 'text' && /^(["'])\d+(\.\d+)?\1$/.test(right.text)) {
        return `${left.text} is a number, and ${right.text} is a text. Write ${bare(right.text)} without quotes.`;
      }
      if (left.type === right.type && left.type === 'number') {
        return `Whole numbers and others do not mix in ${operator}. Write the whole number with .0 at its end.`;
      }
      if (operator === 'in')
        return `After "in" a list is needed, such as ["CN", "DE"]; ${right.text} is ${english[right.type]}.`;
      return `${left.text} is ${english[left.type]} and ${right.text} is ${english[right.type]}: ${operator} cannot join them.`;
    }
    case 'not_yes_or_no':
      return `A condition must say yes or no, and this is ${english[type ?? 'value']}. Compare it with something, such as score >= 100.`;
    case 'not_a_condition':
      return `Both sides of && and || must say yes or no. Compare what stands alone with something, such as tier == "core".`;
    case 'mixed_list':
      return `Everything in a list must be of one kind; ${near} differs from what stands before it.`;
    case 'nested_loop':
      return `${name} cannot stand within another loop. Make two rules of it.`;
    case 'number_too_big':
      return `${near} is too big. The greatest number is 9,007,199,254,740,992.`;
    case 'bad_timestamp':
      return 'An instant is written with its day, time and zone: timestamp("2026-12-01T10:00:00+08:00").';
    case 'bad_duration':
      return 'A duration is written in hours, minutes or seconds: duration("24h").';
  }
};

const inChinese: Words = ({
  code,
  near,
  name = '',
  names = [],
  meant,
  write = '',
  operator = '',
  type,
  limit,
  ...rest
}) => {
  const { left = { text: '', type: '' }, right = { text: '', type: '' } } = rest;
  const known = `可用的有：${names.join('、')}。`;
  const perhaps = meant === undefined ? known : `是不是想写 ${meant}？${known}`;
  switch (code) {
    case 'empty':
      return '请写一个条件；写 true 表示对所有人都成立。';
    case 'too_long':
      return `条件最多 ${limit} 个字符。会员名单较长时，请改用文件发放。`;
    case 'too_complex':
      return '这个条件太复杂，每次判断都要花太久。请写得简单些，或拆成几条规则。';
    case 'unknown_variable':
      return `没有叫 ${name} 的变量。${perhaps}如果它是文本，请加引号："${name}"。`;
    case 'unknown_field':
      return `订单没有 ${name} 这一项。${perhaps}`;
    case 'unknown_function':
      return `没有叫 ${name} 的函数。${perhaps}`;
    case 'unknown_tier':
      return `没有“${name}”这个等级。${perhaps}`;
    case 'tier_unquoted':
      return `等级要加引号，写成 "${name}"。`;
    case 'turned_operator':
      return `请把 ${near} 写成 ${write}。`;
    case 'wrong_arguments':
      return `${name} 不能用在这里的内容上。正确的写法例如：${examples[name] ?? examples.size}。`;
    case 'single_equals':
      return '单个 = 不能用来比较。“等于”写 ==，“不等于”写 !=。';
    case 'single_sign':
      return `单个 ${near} 不是运算符，请写成 ${write}。`;
    case 'word_operator':
      return `请用 ${write} 代替 ${name}。`;
    case 'full_width':
      return `这里不能用全角或特殊符号 ${near}，请切换到英文输入法，写成 ${write}。`;
    case 'unterminated_text':
      return '从这里开始的文本少了后引号，请补上。';
    case 'unclosed':
      return `这里的 ${near} 没有对应的后括号，请补上 ${write}。`;
    case 'unexpected':
      return `这里不该出现 ${near}。前面是不是少了 &&、== 这样的运算符，或者少了引号？`;
    case 'unexpected_end':
      return '条件没有写完：最后一个符号后面还缺内容。';
    case 'types_differ': {
      if (operator !== 'in' && left.type === 'list' && right.type === 'text') {
        return `${left.text} 是列表，请写成 ${right.text} in ${left.text}。`;
      }
      if (left.type === 'number' && right.type === 'text' && /^(["'])\d+(\.\d+)?\1$/.test(right.text)) {
        return `${left.text} 是数字，${right.text} 是文本。请去掉引号，写成 ${bare(right.text)}。`;
      }
      if (left.type === right.type && left.type === 'number') {
        return `${operator} 两边不能一边是整数、一边是小数。请在整数末尾加上 .0。`;
      }
      if (operator === 'in') return `in 后面要写列表，例如 ["CN", "DE"]；${right.text} 是${chinese[right.type]}。`;
      return `${left.text} 是${chinese[left.type]}，${right.text} 是${chinese[right.type]}，不能用 ${operator} 连起来。`;
    }
    case 'not_yes_or_no':
      return `条件的结果必须是“是”或“否”，而这里得到的是${chinese[type ?? 'value']}。请拿它和别的值比较，例如 score >= 100。`;
    case 'not_a_condition':
      return '&& 和 || 的两边都必须是条件。请把单独的值写成比较，例如 tier == "core"。';
    case 'mixed_list':
      return `列表里的内容必须是同一类型，${near} 和前面的不一样。`;
    case 'nested_loop':
      return `${name} 不能写在另一个循环里。请拆成两条规则。`;
    case 'number_too_big':
      return `${near} 太大了，最大的数是 9007199254740992。`;
    case 'bad_timestamp':
      return '时刻要写全日期、时间和时区，例如 timestamp("2026-12-01T10:00:00+08:00")。';
    case 'bad_duration':
      return '时长用小时、分钟或秒来写，例如 duration("24h")。';
  }
};

/** A problem as a sentence that says where it is and what to do about it. */
export const conditionWords = {
  en: (problem: ConditionProblem): string =>
    problem.code === 'empty'
      ? inEnglish(problem)
      : `Line ${problem.line}, column ${problem.column}: ${inEnglish(problem)}`,
  zh: (problem: ConditionProblem): string =>
    problem.code === 'empty'
      ? inChinese(problem)
      : `第 ${problem.line} 行第 ${problem.column} 列：${inChinese(problem)}`,
} as const;
