/** A request that the shop's server would send, and what came of it. */
export interface Call {
  id: number;
  method: string;
  path: string;
  /** 1, or the how manieth time the same request was sent. */
  attempt: number;
  request: unknown;
  /** Without it, the answer is not there yet. */
  answer?: { status: number | 'none'; ms: number; body: unknown };
}

const mostKept = 100;
/** For how long, in ms, the same request after a failed one is that one sent again. */
const again = 10_000;

let calls: readonly Call[] = [];
const listeners = new Set<() => void>();
const show = (next: readonly Call[]) => {
  calls = next.slice(-mostKept);
  for (const tell of listeners) tell();
};

export const callLog = {
  subscribe: (tell: () => void) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
  calls: () => calls,
  clear: () => show([]),
};

const jsonOf = async (message: Request | Response): Promise<unknown> => {
  const text = await message.text().catch(() => '');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

let count = 0;
/** Requests that met nobody or a 503 (or a token that had ended), by what they are. */
const failed = new Map<string, { attempt: number; at: number }>();

/**
 * `fetch` for what a shop's server would send: it is shown in the call panel. Headers are not, since the token is among them.
 * What members and ops ask for goes by the plain one: they ask checkout for things too.
 */
export const observedFetch = async (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url);
  const body = await jsonOf(request.clone());
  const path = pathname + search;
  const name = `${request.method} ${path} ${JSON.stringify(body)}`;
  const before = failed.get(name);
  const attempt = before && performance.now() - before.at < again ? before.attempt + 1 : 1;
  count += 1;
  const call: Call = { id: count, method: request.method, path, attempt, request: body };
  show([...calls, call]);

  const sentAt = performance.now();
  const settle = (status: number | 'none', answered: unknown) => {
    const isFailed = status === 'none' || status === 401 || status === 503;
    if (isFailed) failed.set(name, { attempt, at: performance.now() });
    else failed.delete(name);
    const answer = { status, ms: Math.round(performance.now() - sentAt), body: answered };
    show(calls.map((shown) => (shown.id === call.id ? { ...call, answer } : shown)));
  };
  try {
    const response = await fetch(request);
    settle(response.status, await jsonOf(response.clone()));
    return response;
  } catch (error) {
    settle('none', undefined);
    throw error;
  }
};
