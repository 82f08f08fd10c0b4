import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { codeMint, parseCodeKeys } from '@fcode/codes';
import { openStore } from '@fcode/dynamo';
import { type EmbeddedLog, openEmbeddedLog } from '@fcode/event-log';
import { createGateway } from '@fcode/gateway';
import { createLogger, secretVerifier } from '@fcode/http';
import { outboxShards, type ServiceName, services, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { createInsights } from '@fcode/insights';
import { createIssuance } from '@fcode/issuance';
import { createMembership } from '@fcode/membership';
import { defaultPolicy } from '@fcode/policy';
import { createRedemption } from '@fcode/redemption';
import { createReferral } from '@fcode/referral';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, removeFolders } from './fixtures/folders.ts';

// Here, since no service may know another: the gateway's table against what every real service documents.

interface Document {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
}
let log: EmbeddedLog;
let documents: [ServiceName, Document][];
let apps: Record<ServiceName, (request: Request) => Response | Promise<Response>>;
const logger = createLogger('fcode', 'silent');

beforeAll(async () => {
  log = openEmbeddedLog({ file: join(emptyFolder(), 'events.sqlite'), topics });
  const secret = () => randomBytes(32).toString('base64url');
  // Documents need no store: nobody answers there, and nobody is asked.
  const storeOf = (service: ServiceName) =>
    openStore({
      endpoint: 'http://127.0.0.1:1',
      table: tableName(service),
      log,
      shards: outboxShards,
      clock: Date.now,
      logger,
    });
  const mint = codeMint(parseCodeKeys(`1:${secret()}`));
  const shared = { log, mint, policy: defaultPolicy, verify: secretVerifier(secret()), logger, clock: Date.now };
  apps = {
    membership: createMembership({ ...shared, store: storeOf('membership') }).app.fetch,
    issuance: createIssuance({ ...shared, store: storeOf('issuance') }).app.fetch,
    redemption: createRedemption({ ...shared, store: storeOf('redemption'), buyerKey: randomBytes(32) }).app.fetch,
    referral: createReferral({ ...shared, store: storeOf('referral'), landing: '/friend' }).app.fetch,
    insights: createInsights({ ...shared, store: storeOf('insights') }).app.fetch,
  };
  documents = await Promise.all(
    services.map(async (name): Promise<[ServiceName, Document]> => {
      const response = await apps[name](new Request('http://x/openapi.json'));
      return [name, (await response.json()) as Document];
    }),
  );
});
afterAll(async () => {
  await log.close();
  removeFolders();
});

describe('the gateway', () => {
  it('sends every path that a service documents to that service', async () => {
    const sayingWho = Object.fromEntries(services.map((name) => [name, () => new Response(name)])) as Record<
      ServiceName,
      () => Response
    >;
    const { app } = createGateway({ upstreams: sayingWho, logger });
    const wrong: string[] = [];
    for (const [service, { paths }] of documents) {
      expect(Object.keys(paths), service).not.toEqual([]);
      for (const path of Object.keys(paths)) {
        const reached = await (await app.request(path.replaceAll(/\{\w+\}/g, 'x-1'))).text();
        if (reached !== service) wrong.push(`${path} of ${service} reaches ${reached}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has one document of all of them, in which nothing replaces anything', async () => {
    const { app } = createGateway({ upstreams: apps, logger });
    const response = await app.request('/openapi.json');
    const merged = (await response.json()) as Document;
    for (const [service, { paths, components }] of documents) {
      for (const [path, operations] of Object.entries(paths)) expect(merged.paths[path], path).toEqual(operations);
      for (const [name, schema] of Object.entries(components.schemas)) {
        expect(merged.components.schemas[name], `${name} of ${service}`).toEqual(schema);
      }
    }
    // Every schema that is referred to is there.
    const referred = [...JSON.stringify(merged).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(Object.keys(merged.components.schemas)).toEqual(expect.arrayContaining(referred));
    const text = JSON.stringify(merged).replaceAll('"#/components/schemas/', '');
    expect(text).not.toContain('"#/');
  });
});
