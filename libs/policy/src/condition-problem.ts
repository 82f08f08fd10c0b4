import { distance } from 'fastest-levenshtein';

export type ConditionProblemCode =
  | 'empty'
  | 'too_long'
  | 'too_complex'
  | 'unknown_variable'
  | 'unknown_field'
  | 'unknown_function'
  | 'unknown_tier'
  | 'tier_unquoted'
  | 'turned_operator'
  | 'wrong_arguments'
  | 'single_equals'
  | 'single_sign'
  | 'word_operator'
  | 'full_width'
  | 'unterminated_text'
  | 'unclosed'
  | 'unexpected'
  | 'unexpected_end'
  | 'types_differ'
  | 'not_yes_or_no'
  | 'not_a_condition'
  | 'mixed_list'
  | 'nested_loop'
  | 'number_too_big'
  | 'bad_timestamp'
  | 'bad_duration';

interface Side {
  text: string;
  /** `number`, `text`, `list`, `condition`, `instant`, `duration`, `order` or `value`. */
  type: string;
}

/** Why a condition cannot be taken, and where in its text. */
export interface ConditionProblem {
  code: ConditionProblemCode;
  /** UTF-16 offsets. */
  start: number;
  end: number;
  /** As people count: from 1, a Chinese character is one. */
  line: number;
  column: number;
  /** What stands there. */
  near: string;
  /** The name that is not known, and those that are; the one that was perhaps meant. */
  name?: string;
  names?: readonly string[];
  meant?: string;
  /** What to write instead. */
  write?: string;
  /** What the two sides of an operator are. */
  operator?: string;
  left?: Side;
  right?: Side;
  /** What the whole is, instead of yes or no. */
  type?: string;
  /** So many signs at most. */
  limit?: number;
}

/** Line and column of an offset, and what stands there. */
export const placeIn = (
  text: string,
  start: number,
  end: number,
): Pick<ConditionProblem, 'line' | 'column' | 'near'> => {
  const lines = text.slice(0, start).split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1) as string).length + 1, near: text.slice(start, end) };
};

export const tooLong = (limit: number, text: string) =>
  ({ code: 'too_long', start: limit, end: text.length, limit }) as const;

const fullWidth: Record<string, string> = {
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '（': '(',
  '）': ')',
  '［': '[',
  '］': ']',
  '【': '[',
  '】': ']',
  '，': ',',
  '。': '.',
  '＝': '==',
  '＞': '>',
  '＜': '<',
  '！': '!',
  '≥': '>=',
  '≤': '<=',
  '≠': '!=',
  '＆': '&&',
  '｜': '||',
};
/** What to type for a sign that keyboards and word processors put in its place. */
export const writeInstead = (sign: string): string | undefined => fullWidth[sign];

/** The known name that somebody probably meant; swapped letters are two steps. */
export const nearest = (name: string, names: readonly string[]): { meant?: string } => {
  const steps = (known: string): number => distance(name.toLowerCase(), known.toLowerCase());
  const meant = names.toSorted((a, b) => steps(a) - steps(b))[0];
  return meant !== undefined && steps(meant) <= Math.max(1, Math.ceil(meant.length / 3)) ? { meant } : {};
};
