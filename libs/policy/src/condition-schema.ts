import { z } from 'zod';
import { type Condition, checkCondition, type SubjectKind } from './condition.ts';
import { conditionWords } from './condition-words.ts';

/** A condition as somebody writes it; refused with a sentence that says where it is wrong, and in `params.zh` in Chinese. */
export const conditionSchema = (kind: SubjectKind) =>
  z.string().superRefine((text, context) => {
    const checked = checkCondition(kind, text);
    if (checked.ok) return;
    const { en, zh } = conditionWords;
    context.addIssue({ code: 'custom', message: en(checked.problem), params: { zh: zh(checked.problem) } });
  });

const known = new Map<string, Condition>();
const knownAtMost = 10_000;

/** A condition that was checked when it was saved: compiled once. */
export const conditionOf = <Kind extends SubjectKind>(kind: Kind, text: string): Condition<Kind> => {
  const name = `${kind} ${text}`;
  const found = known.get(name);
  if (found) return found;
  const checked = checkCondition(kind, text);
  if (!checked.ok) throw new Error(conditionWords.en(checked.problem));
  if (known.size >= knownAtMost) known.clear();
  known.set(name, checked.condition as Condition);
  return checked.condition;
};

/** The parts of a condition that do not hold, as one text. */
export const failedIn = (parts: readonly { text: string; holds: boolean }[]): string =>
  parts
    .filter(({ holds }) => !holds)
    .map(({ text }) => text)
    .join(', ');
