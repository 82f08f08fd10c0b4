import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from './app.ts';
import type { Caller } from './auth.ts';

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length);

export const idempotencyKey = z.string().min(1).max(255);

const description = 'Names this request: sent again with the same key and body, it answers again and happens once.';

/** Header schema of routes where only the caller can tell a retry from a second wish. */
export const idempotencyKeyRequired = z.object({ 'idempotency-key': idempotencyKey.openapi({ description }) });
/** Header schema of routes that know a retry by what it is about (an order), and take a key besides. */
export const idempotencyKeyOptional = z.object({
  'idempotency-key': idempotencyKey.optional().openapi({ description }),
});

/** Who asks, when, until when, and as which request: what every change of the store wants to know. */
export const requestOf = (c: Context<AppEnv>, body?: unknown) => {
  // Where anybody may call there is no caller whose key it could be, and nothing that happens twice.
  const caller: Caller | undefined = c.get('caller');
  const key = caller && c.req.header('idempotency-key');
  const requestId = c.get('requestId');
  return {
    at: c.get('clock')(),
    deadline: performance.now() + c.get('budgetMs'),
    correlationId: requestId,
    causationId: requestId,
    ...(key === undefined
      ? {}
      : {
          idempotency: {
            // Scoped to the caller: two shops may both send "1001".
            key: digest(`${caller?.subject}\n${key}`, 22),
            fingerprint: digest(`${c.req.method} ${c.req.path}\n${canonical(body)}`, 11),
          },
        }),
  };
};

/** JSON with sorted keys, so that the order of fields does not make another request. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
