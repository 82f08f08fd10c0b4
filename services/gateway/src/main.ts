import { createLogger, failToStart, isFile, processVariables, readEnvironment, run, z } from '@fcode/http';
import { proxy } from 'hono/proxy';
import { createGateway, type Upstream, type UpstreamName, upstreamNames } from './app.ts';
import { pagesFolder } from './pages.ts';

const variableOf = (name: UpstreamName) => `FCODE_${name.toUpperCase()}_URL`;

try {
  const environment = readEnvironment({
    ...processVariables,
    ...Object.fromEntries(
      upstreamNames.map((name) => [
        variableOf(name),
        { schema: z.url(), about: `where ${name} answers`, example: `http://${name}:8080` },
      ]),
    ),
  });
  const over = (name: UpstreamName): Upstream => {
    const origin = String((environment as Record<string, unknown>)[variableOf(name)]).replace(/\/$/, '');
    return async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const url = `${origin}${pathname}${search}`;
      // A redirect is the caller's to follow.
      const how = { method, headers, redirect: 'manual' as const };
      // As it comes, so it cannot be sent twice.
      if (isFile(request)) return proxy(url, { ...how, body: request.body, duplex: 'half' } as RequestInit);
      const body = request.body ? await request.arrayBuffer() : undefined;
      const ask = () => proxy(url, { ...how, ...(body ? { body } : {}) });
      // A kept connection may have been closed by the other side just now. Every request of ours can be repeated.
      return ask().catch(ask);
    };
  };
  const upstreams = Object.fromEntries(upstreamNames.map((name) => [name, over(name)])) as Record<
    UpstreamName,
    Upstream
  >;
  const logger = createLogger('gateway');
  await run(createGateway({ upstreams, logger, pages: pagesFolder }), environment, logger);
} catch (error) {
  failToStart(error);
}
