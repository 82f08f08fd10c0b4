import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** Where the build of the pages (`npm run build -w services/gateway/web`) puts them. */
export const pagesFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

/** Addresses of pages; what is shown at each, the pages themselves decide. */
const addresses = ['/', '/shop', '/fan', '/friend', '/accept', '/ops', '/ops/*'];

/** Whether the pages are built. */
export const hasPages = (folder: string): boolean => existsSync(join(folder, 'index.html'));

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
  },
  // A friend's address carries an invitation; it is nobody else's business.
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
});

type GatewayEnv = { Variables: { requestId: string } };

/** Of assets that are found: they carry their content's hash in their names, so they never go stale. */
const forGood: MiddlewareHandler<GatewayEnv> = async (c, next) => {
  await next();
  if (c.res.ok) c.res.headers.set('Cache-Control', 'public, max-age=31536000, immutable');
};

/**
 * Serves the built pages. What comes back answers an address that none of them has: with what they say themselves of it, to
 * somebody who looks at it in a browser.
 */
export const servePages = (app: Hono<GatewayEnv>, folder: string) => {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const show = (c: Context<GatewayEnv>, status: 200 | 404) => {
    c.header('Cache-Control', 'no-cache');
    return c.html(page, status);
  };
  app.use(headers);
  for (const address of addresses) app.get(address, (c) => show(c, 200));
  app.get('/assets/*', forGood, serveStatic<GatewayEnv>({ root: folder }));
  return (c: Context<GatewayEnv>) =>
    c.req.method === 'GET' && c.req.header('accept')?.includes('text/html') ? show(c, 404) : undefined;
};
