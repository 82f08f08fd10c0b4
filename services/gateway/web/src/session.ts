import { observedFetch } from './calls.ts';
import { type SignedIn, signIn } from './demo.ts';

const keyOf = (subject: string) => `fcode.token.${subject}`;

const kept = (subject: string): string | undefined => {
  const text = sessionStorage.getItem(keyOf(subject));
  if (text === null) return undefined;
  const { token, expiresAt } = JSON.parse(text) as SignedIn;
  return Date.parse(expiresAt) > Date.now() ? token : undefined;
};

const newToken = async (subject: string): Promise<string> => {
  const { token, expiresAt } = await signIn(subject);
  sessionStorage.setItem(keyOf(subject), JSON.stringify({ token, expiresAt } satisfies SignedIn));
  return token;
};

// A page asks for many things at once; they share one sign-in.
const underWay = new Map<string, Promise<string>>();
const newTokenOnce = (subject: string): Promise<string> => {
  const waiting = underWay.get(subject) ?? newToken(subject).finally(() => underWay.delete(subject));
  underWay.set(subject, waiting);
  return waiting;
};

export const tokenOf = async (subject: string): Promise<string> => kept(subject) ?? newTokenOnce(subject);

/** `fetch` for a subject: a token that is not taken any more is replaced by a new one, and the request sent once more. */
export const fetchAs =
  (subject: string) =>
  async (request: Request): Promise<Response> => {
    const once = request.clone();
    const response = await observedFetch(request);
    if (response.status !== 401) return response;
    once.headers.set('authorization', `Bearer ${await newTokenOnce(subject)}`);
    return observedFetch(once);
  };
