import { createLogger, failToStart, processVariables, readEnvironment, run, z } from '@fcode/http';
import { proxy } from 'hono/proxy';
import { createGateway, type Upstream, type UpstreamName, upstreamNames } from './app.ts';

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
    return (request) => {
      const { pathname, search } = new URL(request.url);
      return proxy(`${origin}${pathname}${search}`, { raw: request });
    };
  };
  const upstreams = Object.fromEntries(upstreamNames.map((name) => [name, over(name)])) as Record<
    UpstreamName,
    Upstream
  >;
  const logger = createLogger('gateway');
  await run(createGateway({ upstreams, logger }), environment, logger);
} catch (error) {
  failToStart(error);
}
