import { Unavailable } from '@fcode/policy';
import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { monotonicFactory } from 'ulid';
import type { Caller, Role, Verifier } from './auth.ts';
import { commonProblem, Problem, problemSchema, respondWith } from './problem.ts';

export interface AppOptions {
  name: string;
  title: string;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
  /** Why this instance cannot take requests now; undefined when it can. */
  notReady: () => Promise<string | undefined> | string | undefined;
  /** Time a request may take before no new write is begun for it; ms, default 2,000. */
  budgetMs?: number;
}

export interface AppEnv {
  Variables: {
    requestId: string;
    caller: Caller;
    verify: Verifier;
    clock: () => number;
    budgetMs: number;
    logger: Logger;
  };
}

export type App = OpenAPIHono<AppEnv>;

/** Bytes that a JSON body may have. */
export const bodyLimitBytes = 256 * 1024;

/** One random draw a millisecond, not sixteen an id. */
const nextId = monotonicFactory();
const requestIdForm = /^[\w.:-]{1,64}$/;

/** The id that a request came with, when it is well-formed; a new one otherwise. */
export const requestIdFrom = (given: string | undefined): string =>
  given && requestIdForm.test(given) ? given : `req_${nextId()}`;

type Issue = z.core.$ZodIssue;

/** Of what may be one thing or another, what is wrong with the one that it is most like: where most of it fitted. */
const whereItWent = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const branches = issue.errors.map((issues) =>
    issues.flatMap((inner) => whereItWent({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const depth = (issues: Issue[]) => Math.max(...issues.map(({ path }) => path.length));
  return branches.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best));
};

/**
 * An app with everything that no route should have to think of: request ids, problems, one log line a request (by route,
 * never by path or body: those may hold codes), health, readiness and the OpenAPI document.
 */
export const createApp = (options: AppOptions): App => {
  const { name, title, verify, logger, clock, notReady, budgetMs = 2000 } = options;
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => {
      const part = result.target;
      if (result.success) {
        if (isWellFormed(result.data)) return;
        const detail = 'Text with half of a surrogate pair.';
        return respondWith(c, commonProblem('invalid_request', { errors: [{ in: part, pointer: '', detail }] }));
      }
      return respondWith(
        c,
        commonProblem('invalid_request', {
          errors: result.error.issues
            .flatMap((found) => whereItWent(found))
            .flatMap((issue) => {
              const at = (path: PropertyKey[]) => path.map((step) => `/${String(step)}`).join('');
              if (issue.code === 'unrecognized_keys') {
                return issue.keys.map((key) => ({
                  in: part,
                  pointer: at([...issue.path, key]),
                  detail: 'Unknown field.',
                }));
              }
              const detail = issue.message.endsWith('received undefined') ? 'Required.' : issue.message;
              const zh: unknown = issue.code === 'custom' ? issue.params?.zh : undefined;
              return [{ in: part, pointer: at(issue.path), detail, ...(typeof zh === 'string' ? { zh } : {}) }];
            }),
        }),
      );
    },
  });

  app.use(async (c, next) => {
    const requestId = requestIdFrom(c.req.header('x-request-id'));
    c.set('requestId', requestId);
    c.set('verify', verify);
    c.set('clock', clock);
    c.set('budgetMs', budgetMs);
    c.set('logger', logger);
    c.header('X-Request-Id', requestId);
    const started = performance.now();
    await next();
    const ms = Math.round((performance.now() - started) * 10) / 10;
    const line = { service: name, requestId, method: c.req.method, route: routePath(c, -1), status: c.res.status, ms };
    if (c.res.status >= 500) logger.warn(line, 'request');
    else logger.debug(line, 'request');
  });

  app.onError((error, c) => respondWith(c, asProblem(error, c)));
  app.notFound((c) => {
    const others = app.routes.filter(({ path, method }) => method !== 'ALL' && matches(path, c.req.path));
    if (others.length === 0) return respondWith(c, commonProblem('not_found'));
    c.header('Allow', [...new Set(others.map(({ method }) => method))].join(', '));
    return respondWith(c, commonProblem('method_not_allowed'));
  });

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const reason = await notReady();
    return reason === undefined ? c.json({ status: 'ready' }) : c.json({ status: 'not_ready', reason }, 503);
  });

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.doc31('/openapi.json', { openapi: '3.1.0', info: { title, version: '1.0.0' } });
  return app;
};

/** No store and no peer takes half a surrogate pair, and one such text would fail a whole batch of strangers' writes. */
const isWellFormed = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
};

const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((step, position) => (step.startsWith(':') ? given[position] !== '' : step === given[position]))
  );
};

const asProblem = (error: Error, c: Context<AppEnv>): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException && error.status === 400) return commonProblem('malformed_json');
  if (error instanceof Unavailable) {
    const word = error.outcomeUnknown ? 'outcome_unknown' : 'unavailable';
    c.get('logger').warn({ err: error, requestId: c.get('requestId') }, word);
    // What the store says names items, and items name people: that stays in the log.
    return commonProblem(word, error.name === 'Unavailable' ? { detail: error.message } : {});
  }
  c.get('logger').error({ err: error, requestId: c.get('requestId') }, 'unexpected error');
  return commonProblem('internal_error');
};

const authorize =
  (allowed: readonly Role[]): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
    const caller = scheme?.toLowerCase() === 'bearer' && token ? await c.get('verify')(token) : undefined;
    if (!caller) throw commonProblem('unauthenticated');
    if (!caller.roles.some((role) => allowed.includes(role))) {
      throw commonProblem('forbidden', { detail: `Needs the role ${allowed.join(' or ')}.` });
    }
    c.set('caller', caller);
    await next();
  };

const withBody = new Set(['POST', 'PUT', 'PATCH']);
const jsonType = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

const jsonOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (withBody.has(c.req.method) && !jsonType.test(c.req.header('content-type') ?? '')) {
    throw commonProblem('unsupported_media_type');
  }
  await next();
};

const tooLarge = (maxSize: number): Problem => commonProblem('body_too_large', { detail: `At most ${maxSize} bytes.` });

/** Bytes of the body, where the request says how many they are. */
const toldLength = (c: Context): number | undefined => {
  const length = c.req.header('content-length') ?? '';
  return /^\d{1,9}$/.test(length) && c.req.header('transfer-encoding') === undefined ? Number(length) : undefined;
};

/**
 * Refuses bodies over `maxSize` bytes before they are read. One whose length is told, and in bounds, is left to who reads it
 * whole: looking at it as a stream first would cost as much as all the rest of a small request.
 */
const limitedTo = (maxSize: number): MiddlewareHandler => {
  const counted = bodyLimit({
    maxSize,
    onError: () => {
      throw tooLarge(maxSize);
    },
  });
  return (c, next) => ((toldLength(c) ?? Number.POSITIVE_INFINITY) <= maxSize ? next() : counted(c, next));
};

export const limited = limitedTo(bodyLimitBytes);

export const fileLimitBytes = 64 * 1024 * 1024;
/**
 * A file of rows is read as it comes: refused where its length is told, and else counted on its way, where the refusal is what
 * its reader runs into.
 */
const limitedFile: MiddlewareHandler = (c, next) => {
  const told = toldLength(c);
  if (told !== undefined && told > fileLimitBytes) throw tooLarge(fileLimitBytes);
  const { body } = c.req.raw;
  if (body && told === undefined) {
    let size = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        size += chunk.length;
        if (size > fileLimitBytes) throw tooLarge(fileLimitBytes);
        controller.enqueue(chunk);
      },
    });
    c.req.raw = new Request(c.req.raw, { body: body.pipeThrough(counted), duplex: 'half' } as RequestInit);
  }
  return next();
};

/** Whether a request brings a file of rows. */
export const isFile = ({ headers }: Request): boolean => /^text\/csv\s*(;|$)/i.test(headers.get('content-type') ?? '');

/** What any route takes, files of rows included: for who only passes requests on. */
export const limitedBySort: MiddlewareHandler = (c, next) => (isFile(c.req.raw) ? limitedFile : limited)(c, next);

const csvOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!isFile(c.req.raw))
    throw commonProblem('unsupported_media_type', { detail: 'The body must be sent as text/csv.' });
  await next();
};

/** Spread into a route that takes a file of rows. */
export const onlyFiles = (...allowed: Role[]) => ({
  security: [{ bearer: [] as string[] }],
  middleware: [authorize(allowed), csvOnly, limitedFile],
  'x-roles': allowed,
});

/** Spread into a route: the roles that may call it, checked before anything of the request is read. */
export const only = (...allowed: Role[]) => ({
  security: [{ bearer: [] as string[] }],
  middleware: [authorize(allowed), jsonOnly, limited],
  'x-roles': allowed,
});

/** Spread into a route that anybody may call, without a token: it shows nothing of anybody but what the request tells. */
export const open = () => ({ security: [], middleware: [jsonOnly, limited], 'x-public': true as const });

/** A required JSON body. Without `required` a request with no content type would skip validation. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

export const jsonAnswer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The problems of a route, for its document; a refusal leaves by `refusal`, so handlers answer only what they accept. */
export const problems = (...statuses: number[]) => openProblems(401, 403, ...statuses);

/** The problems of a route that anybody may call. */
export const openProblems = (...statuses: number[]) =>
  Object.fromEntries(
    [...new Set([422, 503, ...statuses])].map((status) => [
      status,
      {
        description: meanings[status] ?? 'Refused; `type` says why.',
        content: { 'application/problem+json': { schema: problemSchema } },
        ...(status === 503
          ? { headers: { 'Retry-After': { schema: { type: 'integer' as const }, description: 'Seconds.' } } }
          : {}),
      },
    ]),
  ) as Record<never, never>;

/** What the problems of a JSON body are, besides the others. */
export const bodyProblems = (...statuses: number[]) => problems(400, 413, 415, ...statuses);

const meanings: Record<number, string> = {
  400: 'The body is not JSON.',
  401: 'No valid bearer token.',
  403: 'The role of the token may not do this.',
  404: 'There is no such thing; `type` says what.',
  413: 'The body is too large.',
  415: 'The body was not sent as application/json.',
  422: 'The request does not fit, or its Idempotency-Key was used for another; `errors` says where.',
  429: 'Too much of it; after `Retry-After` again.',
  503: 'Not now, or not known yet: the same request again, after `Retry-After`.',
};
