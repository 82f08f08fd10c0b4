export type Send = (request: Request) => Promise<Response>;

/** A request and its retries together take no longer, in ms; nor does an answer's head. A body may stream for longer. */
const patienceMs = 10_000;

/** A file of rows is answered when all of them are kept, and a grant to a segment when all members were looked at. */
const filePatienceMs = 300_000;

/**
 * Whether sending it twice does what sending it once does: checkout knows a retry by its order, a grant by its reference and by
 * who approves it, rows have names, a look changes nothing.
 */
const isSafeToRepeat = ({ method, headers, url }: Request): boolean =>
  method === 'GET' ||
  headers.has('idempotency-key') ||
  /\/v1\/(checkout\/|contributions$|transfers\/look$|codes\/history$|campaigns\/preview$|campaigns\/[^/]+\/grants(\/[^/]+\/(approve|cancel))?$)/.test(
    new URL(url).pathname,
  );

/** Milliseconds to wait before retry `attempt` (from 0), spread so that a crowd does not come back at once. */
const pauseBefore = (attempt: number, response?: Response): number => {
  const after = response?.headers.get('retry-after') ?? '';
  const asked = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return asked >= 0 ? asked + Math.random() * 250 : Math.random() * 200 * 2 ** attempt;
};

const answerWithin = async (send: Send, request: Request, ms: number): Promise<Response> => {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException('No answer in time.', 'TimeoutError')), ms);
  try {
    const signal = AbortSignal.any([request.signal, late.signal]);
    return await send(new Request(request.clone(), { signal }));
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Sends again, at most `retries` times, what met a 503 or no answer at all and is safe to repeat: the very same request,
 * so its Idempotency-Key too. Then it answers, or rejects, as the last try did.
 */
export const retrying =
  (send: Send, retries: number): Send =>
  async (request) => {
    const isFile = request.headers.get('content-type') === 'text/csv';
    const isGrant = request.method === 'POST' && new URL(request.url).pathname.endsWith('/grants');
    const deadline = performance.now() + (isFile || isGrant ? filePatienceMs : patienceMs);
    const most = isSafeToRepeat(request) ? retries : 0;
    for (let attempt = 0; ; attempt += 1) {
      const mayWait = (pause: number) => attempt < most && performance.now() + pause < deadline;
      let pause: number;
      try {
        const response = await answerWithin(send, request, deadline - performance.now());
        pause = pauseBefore(attempt, response);
        if (response.status !== 503 || !mayWait(pause)) return response;
        await response.body?.cancel();
      } catch (error) {
        pause = pauseBefore(attempt);
        if (request.signal.aborted || !mayWait(pause)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
