import { type SignedIn, signIn } from './demo.ts';

const keyOf = (subject: string) => `fcode.token.${subject}`;

const kept = (subject: string): string | undefined => {
  const text = sessionStorage.getItem(keyOf(subject));
  if (text === null) return undefined;
  const { token, expiresAt } = JSON.parse(text) as SignedIn;
  return Date.parse(expiresAt) > Date.now() ? token : undefined;
};

/** Keeps a token that somebody brought along; who it is of, or undefined when it is none that lasts. Nothing is verified here: the services do. */
export const keepToken = (token: string): string | undefined => {
  try {
    const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const { sub, exp } = JSON.parse(text) as { sub?: unknown; exp?: unknown };
    if (typeof sub !== 'string' || typeof exp !== 'number' || exp * 1000 <= Date.now()) return undefined;
    const expiresAt = new Date(exp * 1000).toISOString();
    sessionStorage.setItem(keyOf(sub), JSON.stringify({ token, expiresAt } satisfies SignedIn));
    return sub;
  } catch {
    return undefined;
  }
};

export const isSignedIn = (subject: string): boolean => kept(subject) !== undefined;
export const signOut = (subject: string): void => sessionStorage.removeItem(keyOf(subject));

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

/** `send` for a subject: a token that is not taken any more is replaced by a new one, and the request sent once more. */
export const fetchAs =
  (subject: string, send: (request: Request) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    const once = request.clone();
    const response = await send(request);
    if (response.status !== 401) return response;
    once.headers.set('authorization', `Bearer ${await newTokenOnce(subject)}`);
    return send(once);
  };
