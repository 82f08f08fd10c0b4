import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** RFC 9457. `type` is stable: programs branch on it, people read `title` and `detail`. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:fcode:problem:code_not_usable' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    /** The request id, to quote to whoever runs the system. */
    instance: z.string().optional(),
    /** What a decision rested on. */
    reasons: z.array(z.looseObject({ code: z.string() })).optional(),
    /** Where the request does not fit, as JSON pointers into the part of it that is named. */
    errors: z
      .array(
        z.object({
          in: z.string(),
          pointer: z.string(),
          detail: z.string(),
          zh: z.string().optional().openapi({ description: 'The detail in Chinese, where it is known.' }),
        }),
      )
      .optional(),
  })
  .openapi('Problem');
export type ProblemDocument = z.infer<typeof problemSchema>;

export interface ProblemKind {
  status: ContentfulStatusCode;
  title: string;
  /** Seconds after which the same request may succeed. */
  retryAfter?: number;
}

/** What any route may answer before its rule is asked. Rules' own words stand in each service's table. */
export const commonProblems = {
  unauthenticated: { status: 401, title: 'A valid bearer token is required.' },
  forbidden: { status: 403, title: 'The role of this token may not do this.' },
  not_found: { status: 404, title: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, title: 'This address does not answer this method.' },
  body_too_large: { status: 413, title: 'The body is larger than this address takes.' },
  unsupported_media_type: { status: 415, title: 'The body must be sent as application/json.' },
  malformed_json: { status: 400, title: 'The body is not JSON.' },
  invalid_request: { status: 422, title: 'The request does not fit what this address takes.' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key was used for another request.' },
  internal_error: { status: 500, title: 'Something broke here. The request id finds it in the logs.' },
  unavailable: { status: 503, title: 'This cannot be answered right now. Try again.', retryAfter: 1 },
  outcome_unknown: {
    status: 503,
    title: 'Whether this happened is not known yet. Send the same request again: it will not happen twice.',
    retryAfter: 1,
  },
} as const satisfies Record<string, ProblemKind>;

/** A refusal on its way to the edge. Thrown by the edge itself; rules return refusals instead. */
export class Problem extends Error {
  override name = 'Problem';
  readonly word: string;
  readonly kind: ProblemKind;
  readonly rest: Partial<ProblemDocument>;
  constructor(word: string, kind: ProblemKind, rest: Partial<ProblemDocument> = {}) {
    super(word);
    this.word = word;
    this.kind = kind;
    this.rest = rest;
  }
}

export const commonProblem = (word: keyof typeof commonProblems, rest: Partial<ProblemDocument> = {}): Problem =>
  new Problem(word, commonProblems[word], rest);

export const respondWith = (c: Context, { word, kind, rest }: Problem): Response => {
  const document: ProblemDocument = {
    type: `urn:fcode:problem:${word}`,
    title: kind.title,
    status: kind.status,
    instance: c.get('requestId'),
    ...rest,
  };
  if (kind.retryAfter !== undefined) c.header('Retry-After', String(kind.retryAfter));
  // The rest of the body is not read, so the connection cannot be used again: say so.
  if (kind.status === 413) c.header('Connection', 'close');
  if (kind.status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.body(JSON.stringify(document), kind.status, { 'content-type': 'application/problem+json' });
};
