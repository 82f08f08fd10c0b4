import { setTimeout as sleep } from 'node:timers/promises';
import {
  commonProblem,
  type Logger,
  limitedBySort,
  Problem,
  requestIdFrom,
  respondWith,
  type Service,
} from '@fcode/http';
import { type Context, Hono } from 'hono';
import { documentOf } from './document.ts';
import { hasPages, servePages } from './pages.ts';
import { type DemoSignIn, demoSignIn } from './sign-in.ts';

export type { DemoSignIn } from './sign-in.ts';

export const upstreamNames = ['membership', 'issuance', 'redemption', 'referral', 'insights'] as const;
export type UpstreamName = (typeof upstreamNames)[number];
/** Hands a request to a service, in this process or over the network. Rejects when it is away. */
export type Upstream = (request: Request) => Response | Promise<Response>;

/** One HTTP origin serves all, split by path. First match wins; `*` is any one segment. */
const paths: [string, UpstreamName][] = [
  ['/v1/me/standing', 'membership'],
  ['/v1/me/purchases', 'membership'],
  ['/v1/me/links', 'referral'],
  ['/v1/me/referrals', 'referral'],
  ['/v1/me/transfers', 'redemption'],
  ['/v1/me/shares', 'insights'],
  ['/v1/members/*/history', 'insights'],
  ['/v1/members/', 'membership'],
  ['/v1/badges/', 'membership'],
  ['/v1/contributions', 'membership'],
  ['/v1/policy', 'membership'],
  ['/v1/campaigns', 'issuance'],
  ['/v1/grants', 'issuance'],
  ['/v1/me/', 'issuance'],
  ['/v1/checkout/', 'redemption'],
  ['/v1/codes/', 'insights'],
  ['/v1/orders/', 'insights'],
  ['/v1/funnels/', 'insights'],
  ['/v1/lost-holds', 'insights'],
  ['/v1/canary-touches', 'insights'],
  ['/v1/audit', 'insights'],
  ['/v1/audit.csv', 'insights'],
  ['/v1/transfers/', 'redemption'],
  ['/v1/invites/', 'referral'],
  ['/v1/referrals/', 'referral'],
  ['/i/', 'referral'],
];

/** How long a service may take to say that it is ready. */
const readyMs = 1000;

/** What is at the path and under it; of a prefix that ends with a slash, what is under it. */
const matcherOf = (prefix: string): RegExp => {
  const segments = prefix.split('/').map((segment) => (segment === '*' ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}${prefix.endsWith('/') ? '' : '(?:/|$)'}`);
};
const upstreamsByPath = paths.map(([prefix, upstream]) => ({ matcher: matcherOf(prefix), upstream }));

export interface GatewayOptions {
  upstreams: Record<UpstreamName, Upstream>;
  logger: Logger;
  /** The folder of the built pages; without it, or while they are not built, `/` says where to find what. */
  pages?: string;
  demo?: DemoSignIn;
}

export const createGateway = ({ upstreams, logger, pages, demo }: GatewayOptions) => {
  const app = new Hono<{ Variables: { requestId: string } }>();
  const ask = async (name: UpstreamName, path: string) => upstreams[name](new Request(`http://${name}${path}`));
  const isAway = (name: UpstreamName) => commonProblem('unavailable', { detail: `${name} is away.` });

  app.use(async (c, next) => {
    const requestId = requestIdFrom(c.req.header('x-request-id'));
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    await next();
  });

  const pageNotFound = pages !== undefined && hasPages(pages) ? servePages(app, pages) : undefined;
  if (demo) demoSignIn(app, demo);
  app.get('/', (c) => c.json({ name: 'F-code', document: '/openapi.json', health: '/healthz', ready: '/readyz' }));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  // The gateway's own readiness: a read model that is away must not take checkout along. Who is away is told all the same.
  app.get('/readyz', async (c) => {
    const states = await Promise.all(
      upstreamNames.map(async (name) => {
        const answer = await Promise.race([
          ask(name, '/readyz').catch(() => undefined),
          sleep(readyMs, undefined, { ref: false }),
        ]);
        return [name, answer?.ok ?? false] as const;
      }),
    );
    return c.json({ status: 'ready', away: states.filter(([, ok]) => !ok).map(([name]) => name) });
  });
  app.get('/openapi.json', async (c) => {
    const document = await documentOf(async (name) => {
      const response = await ask(name, '/openapi.json').catch(() => undefined);
      if (!response?.ok) throw isAway(name);
      return response;
    });
    return c.json(document);
  });

  const forward = async (c: Context<{ Variables: { requestId: string } }>) => {
    const upstream = upstreamsByPath.find(({ matcher }) => matcher.test(c.req.path))?.upstream;
    if (!upstream) return respondWith(c, commonProblem('not_found'));
    try {
      // The service logs and answers under the same id, whoever made it.
      c.req.raw.headers.set('x-request-id', c.get('requestId'));
      return await upstreams[upstream](c.req.raw);
    } catch (error) {
      // A file that was too long on its way.
      const { cause } = error as Error;
      if (cause instanceof Problem) return respondWith(c, cause);
      logger.warn({ err: error, upstream, requestId: c.get('requestId') }, 'a service is away');
      return respondWith(c, isAway(upstream));
    }
  };
  app.all('/v1/*', limitedBySort, forward);
  app.on(['GET', 'HEAD'], '/i/*', forward);

  app.notFound((c) => pageNotFound?.(c) ?? respondWith(c, commonProblem('not_found')));
  app.onError((error, c) => {
    if (error instanceof Problem) return respondWith(c, error);
    logger.error({ err: error, requestId: c.get('requestId') }, 'unexpected error');
    return respondWith(c, commonProblem('internal_error'));
  });

  return { name: 'gateway', app, start: async () => {}, stop: async () => {} } satisfies Omit<Service, 'app'> & {
    app: unknown;
  };
};
