import { type UpstreamName, upstreamNames } from './app.ts';

interface Document {
  paths?: Record<string, unknown>;
  components?: { schemas?: Record<string, unknown>; securitySchemes?: Record<string, unknown> };
  tags?: unknown[];
}

/** One OpenAPI document of all services, whose schemas have names of their own. Rejects when a service is away. */
export const documentOf = async (fetchFrom: (name: UpstreamName) => Promise<Response>) => {
  const documents = await Promise.all(
    upstreamNames.map(async (name) => (await (await fetchFrom(name)).json()) as Document),
  );
  const merged = <Key extends 'schemas' | 'securitySchemes'>(key: Key) =>
    Object.assign({}, ...documents.map(({ components }) => components?.[key])) as Record<string, unknown>;
  return {
    openapi: '3.1.0',
    info: {
      title: 'F-code',
      version: '1.0.0',
      description: 'Invite codes that are never sold twice: grant, claim, hold, redeem. Problems are RFC 9457.',
    },
    paths: Object.assign({}, ...documents.map(({ paths }) => paths)) as Record<string, unknown>,
    components: { schemas: merged('schemas'), securitySchemes: merged('securitySchemes') },
  };
};
