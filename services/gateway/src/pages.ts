import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Env, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** Where the build of the pages (`npm run build -w services/gateway/web`) puts them. */
export const pagesFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

/** Addresses of pages; what is shown at each, the pages themselves decide. */
const addresses = ['/', '/shop', '/fan', '/friend'];

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

/** Serves the built pages. Assets carry their content's hash in their names, so they never go stale. */
export const servePages = <E extends Env>(app: Hono<E>, folder: string): void => {
  const page = serveStatic<E>({
    path: join(folder, 'index.html'),
    onFound: (_, c) => c.header('Cache-Control', 'no-cache'),
  });
  for (const address of addresses) app.get(address, headers, page);
  app.get(
    '/assets/*',
    headers,
    serveStatic<E>({
      root: folder,
      onFound: (_, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
    }),
  );
};
