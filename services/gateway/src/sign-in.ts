import { commonProblem, limited, respondWith } from '@fcode/http';
import type { Context, Hono } from 'hono';
import { z } from 'zod';

/** Somebody whom a visitor of this machine may be, to try things out. */
export interface Persona {
  subject: string;
  name: { en: string; zh: string };
  roles: string[];
  /** A member's, as the demo's history makes it. */
  tier?: string;
}

export interface SignedIn {
  token: string;
  subject: string;
  roles: string[];
  expiresAt: string;
}

/** Local sign-in as the demo's people, and as its shop. For one machine only: whoever reaches it may be any of them. */
export interface DemoSignIn {
  /** Its members. */
  personas: readonly Persona[];
  /** Those who run its campaigns; several, since a grant is approved by others. */
  ops: readonly Persona[];
  shop: string;
  /** Whether there is a demo here at all. */
  isOpen: () => boolean;
  /** Undefined when it is nobody of the demo's. */
  signIn: (subject: string) => Promise<SignedIn | undefined>;
}

const asked = z.strictObject({ subject: z.string().max(128) });
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

type App = Hono<{ Variables: { requestId: string } }>;

export const demoSignIn = (app: App, { personas, ops, shop, isOpen, signIn }: DemoSignIn): void => {
  // Another name that leads to this machine is a trick of another site's.
  const isHere = (c: Context) => isOpen() && loopback.has(new URL(c.req.url).hostname);
  app.get('/demo/personas', (c) =>
    isHere(c) ? c.json({ personas, ops, shop }) : respondWith(c, commonProblem('not_found')),
  );
  app.post('/demo/sign-in', limited, async (c) => {
    if (!isHere(c)) return respondWith(c, commonProblem('not_found'));
    if (!c.req.header('content-type')?.startsWith('application/json')) {
      return respondWith(c, commonProblem('unsupported_media_type'));
    }
    const body = await c.req.json().catch(() => undefined);
    if (body === undefined) return respondWith(c, commonProblem('malformed_json'));
    const wish = asked.safeParse(body);
    const signedIn = wish.success ? await signIn(wish.data.subject) : undefined;
    if (!signedIn) {
      const detail = 'Nobody of the demo.';
      const errors = [{ in: 'json', pointer: '/subject', detail }];
      return respondWith(c, commonProblem('invalid_request', { errors }));
    }
    c.header('Cache-Control', 'no-store');
    return c.json(signedIn);
  });
};
