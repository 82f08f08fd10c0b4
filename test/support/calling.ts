import { randomUUID } from 'node:crypto';

export interface Answer {
  status: number;
  /** The JSON, problem or not. */
  body: Record<string, unknown>;
  text: string;
  headers: Headers;
  /** The last part of a problem's type. */
  word: string | undefined;
}

export type Calling = (
  url: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Plain fetch with a token: tests see exactly what a shop sees. */
export const callingWith =
  (token: string): Calling =>
  async (url, method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    const word = typeof parsed.type === 'string' ? parsed.type.replace('urn:fcode:problem:', '') : undefined;
    return { status: response.status, body: parsed, text, headers: response.headers, word };
  };

/** Sends again what was answered by 503, as any client would; at most for ten seconds. */
export const persistently = async (ask: () => Promise<Answer>): Promise<Answer> => {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || performance.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
  }
};

export const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });
