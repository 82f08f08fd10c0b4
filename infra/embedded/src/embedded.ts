import { codeMint, parseCodeKeys } from '@fcode/codes';
import { openStore } from '@fcode/dynamo';
import { openEmbeddedLog } from '@fcode/event-log';
import { createGateway } from '@fcode/gateway';
import { pagesFolder } from '@fcode/gateway/pages';
import { type Caller, type Logger, listen, secretVerifier, signToken } from '@fcode/http';
import { ensureTables, startEngine } from '@fcode/infra/engine';
import { outboxShards, type ServiceName, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { createInsights } from '@fcode/insights';
import { createIssuance } from '@fcode/issuance';
import { createMembership } from '@fcode/membership';
import { defaultPolicy, type Policy } from '@fcode/policy';
import { createRedemption } from '@fcode/redemption';
import { createReferral } from '@fcode/referral';
import { openFolder } from './folder.ts';
import { checkInstallation } from './installation.ts';
import { Marker } from './marker.ts';
import { signInHere } from './personas.ts';

export interface EmbeddedOptions {
  folder: string;
  port: number;
  logger: Logger;
  /** Another DynamoDB-compatible engine than the one that comes along. */
  endpoint?: string | undefined;
  /** Epoch ms; another than this machine's for a story of another time. */
  clock?: () => number;
  /** Another than the document of this release; or which, by what is found in the folder. */
  policy?: Policy | ((found: Found) => Policy);
}

/** What a start finds. */
export interface Found {
  folder: string;
  /** Whether nothing has happened in the folder yet; a start that failed, on a taken port, is nothing. */
  isFirstStart: boolean;
}

export interface Embedded extends Found {
  url: string;
  /** Where its store engine answers, and its event log's file: for who checks them. */
  storeEndpoint: string;
  logFile: string;
  /** A token for this system, valid for twelve hours. */
  token: (caller: Caller) => Promise<string>;
  /** Rejects when the store engine ends by itself. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

/** The whole system in one process behind one port: store engine, event log, all services, gateway. */
export const startEmbedded = async ({
  folder: given,
  port,
  logger,
  endpoint,
  clock = Date.now,
  policy: wanted = defaultPolicy,
}: EmbeddedOptions): Promise<Embedded> => {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last; last = undo.pop()) await last();
  };
  try {
    const folder = openFolder(given);
    undo.push(folder.release);
    const engine = endpoint === undefined ? await startEngine(folder.storeFile) : undefined;
    if (engine) undo.push(engine.stop);
    const storeAt = endpoint ?? (engine?.endpoint as string);
    undo.push(folder.announce(storeAt));
    await ensureTables(storeAt);
    const log = openEmbeddedLog({ file: folder.logFile, topics, logger });
    undo.push(() => log.close());

    const shape = { endpoint: storeAt, log, shards: outboxShards, clock, logger };
    const marker = new Marker({ store: openStore({ ...shape, table: tableName('redemption') }), log, clock, logger });
    const storeOf = (service: ServiceName) =>
      openStore({ ...shape, table: tableName(service), cover: () => marker.cover() });
    const stores = {
      membership: storeOf('membership'),
      issuance: storeOf('issuance'),
      redemption: storeOf('redemption'),
      referral: storeOf('referral'),
      insights: storeOf('insights'),
    };
    const { isFirstStart, boot } = await checkInstallation(stores, log, folder.path, logger);
    undo.push(() => marker.stop());
    await marker.start(boot);

    const policy = typeof wanted === 'function' ? wanted({ folder: folder.path, isFirstStart }) : wanted;
    const { jwtSecret, codeKeys, buyerKey } = folder.secrets;
    const verify = secretVerifier(jwtSecret);
    const mint = codeMint(parseCodeKeys(codeKeys));
    const shared = { log, mint, policy, verify, logger, clock };
    const membership = createMembership({ ...shared, store: stores.membership });
    const issuance = createIssuance({ ...shared, store: stores.issuance });
    const redemption = createRedemption({
      ...shared,
      store: stores.redemption,
      buyerKey: new TextEncoder().encode(buyerKey),
    });
    const referral = createReferral({ ...shared, store: stores.referral, landing: '/friend' });
    const insights = createInsights({ ...shared, store: stores.insights });
    for (const service of [membership, issuance, redemption, referral, insights]) {
      undo.push(service.stop);
      await service.start();
    }

    const gateway = createGateway({
      upstreams: {
        membership: membership.app.fetch,
        issuance: issuance.app.fetch,
        redemption: redemption.app.fetch,
        referral: referral.app.fetch,
        insights: insights.app.fetch,
      },
      logger,
      pages: pagesFolder,
      demo: signInHere(folder.path, (caller) => signToken(jwtSecret, caller)),
    });
    const served = await listen((request) => gateway.app.fetch(request), { port });
    undo.push(() => served.close());
    return {
      url: served.url,
      folder: folder.path,
      storeEndpoint: storeAt,
      logFile: folder.logFile,
      isFirstStart,
      token: (caller) => signToken(jwtSecret, caller),
      broken: engine?.ended ?? new Promise<never>(() => {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
