import { FcodeProblem } from '../../api.ts';
import { isWhole } from '../../code-text.ts';
import { opsApi } from '../api.ts';
import { filledPage } from '../common/filled-page.ts';
import { numberOf } from './queries.ts';
import { codeNumberForm, type Kind, kinds, type Wanted } from './wanted.ts';

/** What is asked for, where it is known as of that kind; a code under its number, or its name. */
type Finder = (subject: string, text: string) => Promise<Wanted | undefined>;

const finders: Record<Kind, Finder> = {
  code: async (subject, text) => {
    if (codeNumberForm.test(text) || isWhole(text)) return { kind: 'code', text: await numberOf(subject, text) };
    await opsApi(subject).checkout.named(text);
    return { kind: 'code', text };
  },
  order: async (subject, text) => {
    const list = opsApi(subject).orderHistory(text, {});
    const { items } = await filledPage((query) => list.page({ ...query, limit: 1 }), undefined);
    return items.length > 0 ? { kind: 'order', text } : undefined;
  },
  member: async (subject, text) => {
    const { items } = await opsApi(subject).memberHistory(text, {}).page({ limit: 1 });
    return items.length > 0 ? { kind: 'member', text } : undefined;
  },
};

/** Not there, or by its form none of that kind. */
const orNone = (error: unknown): undefined => {
  if (!(error instanceof FcodeProblem) || (error.status !== 404 && error.status !== 422)) throw error;
};

/** A member whom people call by a name, where these pages know it. */
type Called = (name: string) => string | undefined;

/**
 * What somebody looks for: as what they take it for, and otherwise as anything else that it is known as. What is known as
 * nothing is what they take it for. Rejects with the problem of a whole code that is none.
 */
export const findWanted = async (subject: string, kind: Kind, text: string, called: Called): Promise<Wanted> => {
  // A whole code that is none has a mistake in it, which its problem tells.
  if (kind === 'code' && isWhole(text)) return { kind, text: await numberOf(subject, text) };
  for (const one of [kind, ...kinds.filter((other) => other !== kind)]) {
    const found = await finders[one](subject, text).catch(orNone);
    if (found) return found;
  }
  const memberId = called(text);
  return memberId === undefined ? { kind, text } : { kind: 'member', text: memberId };
};
