import { type ASTNode, Environment, serialize } from '@marcbachmann/cel-js';
import { type ConditionProblem, nearest, placeIn, tooLong, writeInstead } from './condition-problem.ts';
import { tierNames } from './policy.ts';

/** Of whom or of what a condition speaks: it can name these variables, and no others. */
export const subjects = {
  /** Who claims, is granted codes, or is of a segment. */
  member: {
    member: 'string',
    tier: 'string',
    score: 'double',
    badges: 'list<string>',
    region: 'string',
    at: 'google.protobuf.Timestamp',
  },
  /** What somebody wants to buy, and who; `member` is empty for a guest, amounts are in minor units. */
  order: { member: 'string', region: 'string', order: 'order', at: 'google.protobuf.Timestamp' },
} as const;
export type SubjectKind = keyof typeof subjects;
const orderFields = { sku: 'string', amount: 'double', currency: 'string', shop: 'string' } as const;

export interface MemberSubject {
  member: string;
  tier: string;
  score: number;
  badges: readonly string[];
  region: string;
  at: Date;
}
export interface OrderSubject {
  member: string;
  region: string;
  order: { sku: string; amount: number; currency: string; shop: string };
  at: Date;
}
export interface Subjects {
  member: MemberSubject;
  order: OrderSubject;
}

/** A part of a condition, all of which must hold, and whether it does. */
export interface Part {
  text: string;
  holds: boolean;
}

/** A condition that was checked, for subjects of one kind. */
export interface Condition<Kind extends SubjectKind = SubjectKind> {
  text: string;
  /** False, too, where it cannot be said: a division by zero, say. */
  holds: (subject: Subjects[Kind]) => boolean;
  /** The same, part by part. */
  explain: (subject: Subjects[Kind]) => Part[];
}

export type Checked<Kind extends SubjectKind> =
  | { ok: true; condition: Condition<Kind> }
  | { ok: false; problem: ConditionProblem };

const textAtMost = 1000;
const loops = new Set(['exists', 'all', 'exists_one', 'filter', 'map']);
/** What a condition may call: nothing that takes long, has no end, or depends on the machine. `matches` would: ReDoS. */
const functions = [
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'timestamp',
  'duration',
  ...loops,
  'double',
  'int',
  'string',
];

const environmentOf = (kind: SubjectKind): Environment => {
  const limits = { maxDepth: 32, maxAstNodes: 300, maxListElements: 200, maxMapEntries: 20, maxCallArguments: 8 };
  const environment = new Environment({ limits });
  for (const [name, type] of Object.entries(subjects[kind])) {
    if (type === 'order') environment.registerVariable({ name, schema: orderFields });
    else environment.registerVariable(name, type);
  }
  // People write `score == 100`; the language itself would have them write 100.0.
  environment.registerOperator('double == int', (left: number, right: bigint) => left === Number(right));
  return environment;
};
const environments = { member: environmentOf('member'), order: environmentOf('order') };

/** Names what is wrong, and where; thrown within this file only. */
class Wrong extends Error {
  readonly problem: Omit<ConditionProblem, 'line' | 'column' | 'near'>;
  constructor(problem: Omit<ConditionProblem, 'line' | 'column' | 'near'>) {
    super(problem.code);
    this.problem = problem;
  }
}

const childrenOf = ({ args }: ASTNode): ASTNode[] =>
  ([args].flat(4) as unknown[]).filter(
    (one): one is ASTNode => typeof one === 'object' && one !== null && 'op' in one && 'range' in one,
  );

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;
const isInstant = (text: string): boolean =>
  // A day that is not in the calendar is taken for the next month's by the language's own clock.
  rfc3339.test(text) && new Date(`${text.slice(0, 10)}T00:00:00Z`).toJSON()?.startsWith(text.slice(0, 10)) === true;
const isDuration = (text: string): boolean => /^\d{1,9}(\.\d{1,3})?(h|m|s|ms)$/.test(text);

const isTier = (node: ASTNode): boolean => node.op === 'id' && node.args === 'tier';

/** What the language would let pass, and would be a mistake or a danger. */
const inspect = (node: ASTNode, depth = 0): void => {
  const { start, end } = node.range;
  let inner = depth;
  if (node.op === 'call' || node.op === 'rcall') {
    const name = node.args[0];
    if (name === 'not') throw wordOperator('not', start);
    if (!functions.includes(name)) {
      throw new Wrong({ code: 'unknown_function', start, end, name, names: functions, ...nearest(name, functions) });
    }
    if (loops.has(name)) {
      inner += 1;
      if (inner > 1) throw new Wrong({ code: 'nested_loop', start, end, name });
    }
    const [first] = childrenOf(node);
    const literal = first?.op === 'value' && typeof first.args === 'string' ? first.args : '';
    if (name === 'timestamp' && !isInstant(literal)) throw new Wrong({ code: 'bad_timestamp', start, end });
    if (name === 'duration' && !isDuration(literal)) throw new Wrong({ code: 'bad_duration', start, end });
  }
  if (node.op === 'value' && typeof node.args === 'bigint' && node.args > 2n ** 53n) {
    throw new Wrong({ code: 'number_too_big', start, end });
  }
  if (node.op === '==' || node.op === '!=' || node.op === 'in') {
    const [left, right] = node.args as [ASTNode, ASTNode];
    const others = isTier(left) ? (right.op === 'list' ? right.args : [right]) : isTier(right) ? [left] : [];
    for (const { op, args, range } of others) {
      if (op === 'value' && typeof args === 'string' && !(tierNames as readonly string[]).includes(args)) {
        throw new Wrong({ code: 'unknown_tier', ...range, name: args, names: tierNames, ...nearest(args, tierNames) });
      }
    }
  }
  for (const child of childrenOf(node)) inspect(child, inner);
};

/** What the library throws: `summary` is its own sentence, `code` and `range` say what and where. */
interface Thrown {
  code: string;
  summary: string;
  range: { start: number; end: number };
  node?: ASTNode;
}
const isThrown = (error: unknown): error is Thrown =>
  error instanceof Error && 'code' in error && 'range' in error && typeof error.range === 'object';

const typeWords: Record<string, string> = {
  double: 'number',
  int: 'number',
  uint: 'number',
  string: 'text',
  bool: 'condition',
  'google.protobuf.Timestamp': 'instant',
  'google.protobuf.Duration': 'duration',
  order: 'order',
};
const typeWord = (type: string): string => typeWords[type] ?? (type.startsWith('list') ? 'list' : 'value');

const closings: Record<string, string> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}' };

/** The innermost bracket that was opened and not closed by the end; texts are skipped. */
const openBracket = (text: string): number | undefined => {
  const open: number[] = [];
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (quote !== undefined) {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = undefined;
    } else if (sign === '"' || sign === "'") quote = sign;
    else if ('([{'.includes(sign)) open.push(at);
    else if (')]}'.includes(sign)) open.pop();
  }
  return open.at(-1);
};

const word = /[A-Za-z_]\w*/y;

/** What the library found, in our words. */
const translated = (text: string, kind: SubjectKind, { code, summary, range, node }: Thrown): Wrong => {
  const { start, end } = range;
  const here = { start, end };
  switch (code) {
    case 'unknown_variable': {
      const name = text.slice(start, end);
      if (name === 'and' || name === 'or' || name === 'not') return wordOperator(name, start);
      if ((tierNames as readonly string[]).includes(name)) return new Wrong({ code: 'tier_unquoted', ...here, name });
      const names = Object.keys(subjects[kind]);
      return new Wrong({ code: 'unknown_variable', ...here, name, names, ...nearest(name, names) });
    }
    case 'no_such_key': {
      const name = text.slice(start, end).replace(/^.*\./s, '');
      const names = Object.keys(orderFields);
      return new Wrong({ code: 'unknown_field', ...here, name, names, ...nearest(name, names) });
    }
    case 'unterminated_string':
      return new Wrong({ code: 'unterminated_text', ...here });
    case 'no_such_overload': {
      const [, left = '', operator = '', right = ''] = /no such overload: (.+) (\S+) (.+)/.exec(summary) ?? [];
      const sides = (node?.args ?? []) as unknown as ASTNode[];
      const textOf = (position: number): string => {
        const side = sides[position];
        return side?.range ? text.slice(side.range.start, side.range.end) : '';
      };
      return new Wrong({
        code: 'types_differ',
        ...here,
        operator,
        left: { text: textOf(0), type: typeWord(left) },
        right: { text: textOf(1), type: typeWord(right) },
      });
    }
    case 'no_matching_overload': {
      const name = /overload for '([^'(]+)/.exec(summary)?.[1]?.replace(/^.*\./, '') ?? text.slice(start, end);
      if (functions.includes(name)) return new Wrong({ code: 'wrong_arguments', ...here, name });
      return new Wrong({ code: 'unknown_function', ...here, name, names: functions, ...nearest(name, functions) });
    }
    case 'invalid_logical_operand':
      return new Wrong({ code: 'not_a_condition', ...here });
    case 'heterogeneous_list_element':
      return new Wrong({ code: 'mixed_list', ...here });
    case 'limit_exceeded':
      return new Wrong({ code: 'too_complex', ...here });
    case 'expected_token': {
      const closing = closings[/Expected (\w+)/.exec(summary)?.[1] ?? ''];
      const open = openBracket(text);
      if (closing !== undefined && open !== undefined) {
        return new Wrong({ code: 'unclosed', start: open, end: open + 1, write: closing });
      }
      return unexpected(text, start);
    }
    default:
      return unexpected(text, start);
  }
};

const operators: Record<string, string> = { and: '&&', or: '||', not: '!' };
const wordOperator = (name: string, start: number): Wrong =>
  new Wrong({ code: 'word_operator', start, end: start + name.length, name, write: operators[name] as string });

/** The sign at which the text cannot be read on. */
const unexpected = (text: string, start: number): Wrong => {
  if (start >= text.trimEnd().length)
    return new Wrong({ code: 'unexpected_end', start: text.length, end: text.length });
  const sign = String.fromCodePoint(text.codePointAt(start) as number);
  const instead = writeInstead(sign);
  const end = start + sign.length;
  if (instead !== undefined) return new Wrong({ code: 'full_width', start, end, write: instead });
  if (sign === '=' && '<>'.includes(text[start + 1] ?? ' ')) {
    return new Wrong({ code: 'turned_operator', start, end: start + 2, write: `${text[start + 1]}=` });
  }
  if (sign === '=') return new Wrong({ code: 'single_equals', start, end });
  if (sign === '&' || sign === '|') return new Wrong({ code: 'single_sign', start, end, write: sign + sign });
  word.lastIndex = start;
  const name = word.exec(text)?.[0];
  if (name?.toLowerCase() === 'and' || name?.toLowerCase() === 'or' || name?.toLowerCase() === 'not') {
    return wordOperator(name.toLowerCase(), start);
  }
  return new Wrong({ code: 'unexpected', start, end: start + (name ?? sign).length });
};

/** The operands of the outermost `&&`: what all must hold. */
const operandsOf = (node: ASTNode): ASTNode[] =>
  node.op === '&&' ? (node.args as [ASTNode, ASTNode]).flatMap(operandsOf) : [node];

type Test = (subject: unknown) => unknown;
const isTrue = (test: Test, subject: unknown): boolean => {
  try {
    return test(subject) === true;
  } catch {
    return false;
  }
};

/**
 * Checks a condition: an expression of the Common Expression Language (https://cel.dev) over the variables of `subjects`.
 * Compiled once; holding it against a subject takes about a microsecond. What is wrong is told as a problem, with its place.
 */
export const checkCondition = <Kind extends SubjectKind>(kind: Kind, text: string): Checked<Kind> => {
  const refused = ({ problem }: Wrong): Checked<Kind> => ({
    ok: false,
    problem: { ...problem, ...placeIn(text, problem.start, problem.end) },
  });
  if (text.length > textAtMost) return refused(new Wrong(tooLong(textAtMost, text)));
  if (text.trim() === '') return refused(new Wrong({ code: 'empty', start: 0, end: 0 }));
  const environment = environments[kind];
  try {
    const parsed = environment.parse(text);
    inspect(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    if (checked.type !== 'bool') {
      const type = typeWord(String(checked.type));
      throw new Wrong({ code: 'not_yes_or_no', start: 0, end: text.length, type });
    }
    const parts = operandsOf(parsed.ast).map((node) => {
      // A range leaves out the brackets around its node, so that it may not stand by itself.
      const read = () => environment.parse(text.slice(node.range.start, node.range.end));
      let part: ReturnType<typeof read>;
      try {
        part = read();
      } catch {
        part = environment.parse(serialize(node));
      }
      part.check();
      return { text: part.ast.input, test: part as Test };
    });
    return {
      ok: true,
      condition: {
        text,
        holds: (subject) => isTrue(parsed as Test, subject),
        explain: (subject) => parts.map(({ text, test }) => ({ text, holds: isTrue(test, subject) })),
      },
    };
  } catch (error) {
    if (error instanceof Wrong) return refused(error);
    if (isThrown(error)) return refused(translated(text, kind, error));
    // Chains of thousands of operators exhaust the stack.
    if (error instanceof RangeError) return refused(new Wrong({ code: 'too_complex', start: 0, end: text.length }));
    throw error;
  }
};
