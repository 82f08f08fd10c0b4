import { setTimeout as sleep } from 'node:timers/promises';
import { type App, createRoute, open, requestOf, z } from '@fcode/http';
import type { Clicks } from './clicks.ts';
import { linkIdForm } from './link.ts';
import type { Links, MadeLink } from './links.ts';
import { pastedLinkId } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/i/{linkId}',
  summary: 'Open an invite link',
  description:
    'Leads on to the page for invited friends, with the id as `invite`, and keeps it in a cookie for the checkout. The fragment, which may hold a code, stays in the browser.',
  tags: ['invitations'],
  ...open(),
  request: { params: z.object({ linkId: pastedLinkId }) },
  responses: { 302: { description: 'To the page, whether or not there is such a link: the page says so.' } },
});

/** Looking the link up may take this long; after that the click is not counted, and the friend gets on. */
const patienceMs = 300;
const dayS = 86_400;

export interface OpenOptions {
  links: Links;
  clicks: Clicks;
  /** The page for invited friends. */
  landing: string;
  attributionDays: number;
}

/** No longer than that also when the store has the question and does not answer: a deadline ends only what has not begun. */
const foundInTime = async (links: Links, id: string): Promise<MadeLink | undefined> => {
  const inTime = new AbortController();
  const late = sleep(patienceMs, undefined, { signal: inTime.signal });
  try {
    return await Promise.race([links.find(id, performance.now() + patienceMs), late]);
  } catch {
    return undefined;
  } finally {
    inTime.abort();
    await late.catch(() => {});
  }
};

/** Nothing is written on the way: the click goes to the event log after the answer. */
export const linkOpenRoute = (app: App, { links, clicks, landing, attributionDays }: OpenOptions) =>
  app.openapi(route, async (c) => {
    const id = c.req.valid('param').linkId;
    const { at, correlationId } = requestOf(c);
    // What a browser fetches ahead was not opened by anybody.
    const isAhead = /prefetch|prerender/.test(c.req.header('sec-purpose') ?? c.req.header('purpose') ?? '');
    const found = linkIdForm.test(id) ? await foundInTime(links, id) : undefined;
    const isOpened = found && !isAhead && c.req.method === 'GET';
    if (isOpened) clicks.add(found, at, correlationId);
    const isSecure = (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol).startsWith('https');
    const cookie = `fcode_invite=${id}; Max-Age=${attributionDays * dayS}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
    if (isOpened) c.header('Set-Cookie', cookie);
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    return c.redirect(`${landing}${landing.includes('?') ? '&' : '?'}invite=${encodeURIComponent(id)}`, 302);
  });
