import { type UpstreamName, upstreamNames } from './app.ts';

interface Document {
  paths?: Record<string, unknown>;
  components?: { schemas?: Record<string, unknown>; securitySchemes?: Record<string, unknown> };
}

/** Throws when two documents mean different things by one name: one of them would silently be described by the other. */
const merged = (what: string, parts: (Record<string, unknown> | undefined)[]): Record<string, unknown> => {
  const all: Record<string, unknown> = {};
  for (const [name, part] of parts.flatMap((each) => Object.entries(each ?? {}))) {
    if (Object.hasOwn(all, name) && JSON.stringify(all[name]) !== JSON.stringify(part)) {
      throw new Error(`Two services describe the ${what} ${name}, and not alike: give one of them another name.`);
    }
    all[name] = part;
  }
  return all;
};

/** One OpenAPI document of all services, whose schemas have names of their own. Rejects when a service is away. */
export const documentOf = async (fetchFrom: (name: UpstreamName) => Promise<Response>) => {
  const documents = await Promise.all(
    upstreamNames.map(async (name) => (await (await fetchFrom(name)).json()) as Document),
  );
  const components = (key: 'schemas' | 'securitySchemes') =>
    merged(
      `component ${key}`,
      documents.map((document) => document.components?.[key]),
    );
  return {
    openapi: '3.1.0',
    info: {
      title: 'F-code',
      version: '1.0.0',
      description: 'Invite codes that are never sold twice: grant, claim, hold, redeem. Problems are RFC 9457.',
    },
    paths: merged(
      'path',
      documents.map(({ paths }) => paths),
    ),
    components: { schemas: components('schemas'), securitySchemes: components('securitySchemes') },
  };
};
