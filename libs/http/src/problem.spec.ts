import type { Decision } from '@fcode/policy';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { receiptOf } from './answer.ts';
import type { AppEnv } from './app.ts';
import { commonProblem, commonProblems, Problem, type ProblemDocument, problemSchema, respondWith } from './problem.ts';

const words = Object.keys(commonProblems) as (keyof typeof commonProblems)[];

const answer = (problem: Problem) => {
  const app = new Hono<{ Variables: { requestId: string } }>();
  app.get('/', (c) => {
    c.set('requestId', 'req_1');
    return respondWith(c, problem);
  });
  return app.request('/');
};

describe('a problem', () => {
  it.each(words)('%s is answered as RFC 9457 has it', async (word) => {
    const { status, title } = commonProblems[word];
    const response = await answer(commonProblem(word));
    const document: unknown = await response.json();
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(document).toEqual({ type: `urn:fcode:problem:${word}`, title, status, instance: 'req_1' });
    expect(problemSchema.safeParse(document).success).toBe(true);
  });

  it('has the status that its word has always had', () => {
    const statuses = Object.fromEntries(words.map((word) => [word, commonProblems[word].status]));
    expect(statuses).toEqual({
      unauthenticated: 401,
      forbidden: 403,
      not_found: 404,
      method_not_allowed: 405,
      body_too_large: 413,
      unsupported_media_type: 415,
      malformed_json: 400,
      invalid_request: 422,
      idempotency_key_reused: 422,
      internal_error: 500,
      unavailable: 503,
      outcome_unknown: 503,
    });
  });

  it.each(words)(
    '%s says when to come again if it is a 503, how to sign in if it is a 401, and neither else',
    async (word) => {
      const { headers, status } = await answer(commonProblem(word));
      expect(headers.get('retry-after')).toBe(status === 503 ? '1' : null);
      expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
      expect(headers.get('connection')).toBe(status === 413 ? 'close' : null);
    },
  );

  it('says what else is known', async () => {
    const rest: Partial<ProblemDocument> = {
      detail: 'Because.',
      reasons: [{ code: 'sold_out', quota: 5 }],
      errors: [{ in: 'json', pointer: '/a', detail: 'Unknown field.' }],
    };
    expect(await (await answer(commonProblem('invalid_request', rest))).json()).toMatchObject(rest);
  });

  it('takes the seconds to wait from its kind', async () => {
    const kind = { status: 503, title: 'Wait.', retryAfter: 30 } as const;
    expect((await answer(new Problem('paused', kind))).headers.get('retry-after')).toBe('30');
  });
});

describe('a decision', () => {
  const table = { sold_out: { status: 409, title: 'Sold out.' } } as const;
  const reused: Decision<object, 'sold_out' | 'idempotency_key_reused'> = {
    outcome: 'refused',
    refusal: 'idempotency_key_reused',
    facts: [],
    reasons: [],
  };
  const app = new Hono<AppEnv>();
  app.onError((error, c) => (error instanceof Problem ? respondWith(c, error) : c.text('no problem', 500)));
  app.get('/accepted', (c) =>
    c.json(receiptOf(c, { outcome: 'accepted', facts: [], receipt: { id: 1 }, reasons: [] }, table)),
  );
  app.get('/again', (c) => c.json(receiptOf(c, { outcome: 'again', receipt: { id: 1 }, reasons: [] }, table)));
  app.get('/refused', (c) =>
    c.json(
      receiptOf(c, { outcome: 'refused', refusal: 'sold_out', facts: [], reasons: [{ code: 'sold_out' }] }, table),
    ),
  );
  app.get('/reused', (c) => c.json(receiptOf(c, reused, table)));

  it('is answered by the same body when it is given again, marked by a header only', async () => {
    const [first, again] = [await app.request('/accepted'), await app.request('/again')];
    expect(await again.text()).toBe(await first.text());
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('that refuses is the problem of the table, with its reasons', async () => {
    const refused = await app.request('/refused');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ type: 'urn:fcode:problem:sold_out', reasons: [{ code: 'sold_out' }] });
  });

  it('knows a reused key without the table', async () => {
    const reused = await app.request('/reused');
    expect(reused.status).toBe(422);
    expect(await reused.json()).toMatchObject({ type: 'urn:fcode:problem:idempotency_key_reused' });
  });
});
