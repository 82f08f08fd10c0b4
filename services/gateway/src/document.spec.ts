import { createLogger } from '@fcode/http';
import { describe, expect, it } from 'vitest';
import { createGateway, type UpstreamName, upstreamNames } from './app.ts';
import { documentOf } from './document.ts';

const problem = { type: 'object', properties: { type: { type: 'string' } } };
const bearer = { type: 'http', scheme: 'bearer' };

/** A document as a service has it: what all share, and what is its own. */
const documentWith = (name: string, own: { schemas?: object; paths?: object; securitySchemes?: object } = {}) => ({
  openapi: '3.1.0',
  info: { title: name, version: '1.0.0' },
  paths: { [`/v1/${name}`]: { get: { summary: name } }, ...own.paths },
  components: {
    schemas: { Problem: problem, [name]: { type: 'object' }, ...own.schemas },
    securitySchemes: { bearer, ...own.securitySchemes },
  },
});
const merge = (own: Partial<Record<UpstreamName, Parameters<typeof documentWith>[1]>> = {}) =>
  documentOf(async (name) => Response.json(documentWith(name, own[name])));

describe('the one document', () => {
  it('has every path and component of every service, and the shared ones once', async () => {
    const { paths, components } = await merge();
    expect(Object.keys(paths)).toEqual(upstreamNames.map((name) => `/v1/${name}`));
    expect(components.schemas).toEqual({
      Problem: problem,
      ...Object.fromEntries(upstreamNames.map((name) => [name, { type: 'object' }])),
    });
    expect(components.securitySchemes).toEqual({ bearer });
  });

  it('is refused when two services give one name to two schemas, and names it', async () => {
    const colliding = merge({
      issuance: { schemas: { Hold: { type: 'object' } } },
      redemption: { schemas: { Hold: { type: 'string' } } },
    });
    await expect(colliding).rejects.toThrow(/schemas Hold/);
  });

  it('is refused when two services describe one path, or one way to sign in, and not alike', async () => {
    await expect(merge({ insights: { paths: { '/v1/issuance': { post: {} } } } })).rejects.toThrow('/v1/issuance');
    await expect(merge({ insights: { securitySchemes: { bearer: { type: 'apiKey' } } } })).rejects.toThrow('bearer');
  });

  it('does not take what every object inherits for a collision', async () => {
    const { components } = await merge({ issuance: { schemas: { constructor: { type: 'string' } } } });
    expect(Object.keys(components.schemas)).toContain('constructor');
  });

  it('is not there, rather than wrong, while it cannot be made', async () => {
    const answer = async (response: () => Response) => {
      const upstreams = Object.fromEntries(upstreamNames.map((name) => [name, response])) as Record<
        UpstreamName,
        () => Response
      >;
      const { app } = createGateway({ upstreams, logger: createLogger('gateway', 'silent') });
      return (await app.request('/openapi.json')).status;
    };
    expect(await answer(() => Response.json(documentWith('same')))).toBe(200);
    expect(await answer(() => new Response('<html>Bad gateway</html>', { status: 502 }))).toBe(503);
    expect(await answer(() => new Response('<html>Hello</html>'))).toBe(500);
  });
});
