import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type EventLog, ensureTopics, openEventLog } from '@fcode/event-log';
import { createLogger } from '@fcode/http';
import { ensureTables } from '@fcode/infra/engine';
import { services } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { startTestStore } from '@fcode/testkit';

/** A store and an event log for one system, alone on theirs or beside others. */
export interface Engines {
  storeEndpoint: string;
  /** What a service's process needs to find both. */
  environment: Record<string, string>;
  tablePrefix: string;
  openLog(): EventLog;
  stop(): Promise<void>;
}

/** Where a cluster's suites run: set by cluster/run.ts. Elsewhere the same suites run on the embedded engines. */
export const onCluster = process.env.FCODE_TEST_BROKERS !== undefined;

const logger = createLogger('test', 'silent');

const startEmbeddedEngines = async (): Promise<Engines> => {
  const store = await startTestStore();
  const address = `sqlite:${join(store.folder, 'events.sqlite')}`;
  return {
    storeEndpoint: store.endpoint,
    environment: { DYNAMODB_ENDPOINT: store.endpoint, FCODE_EVENT_LOG: address },
    tablePrefix: 'fcode',
    openLog: () => openEventLog({ address, topics, logger }),
    stop: () => store.stop(),
  };
};

/** Its own tables and topics on engines that others use too. */
export const startClusterEngines = async (brokers: string, storeEndpoint: string): Promise<Engines> => {
  const prefix = `t${randomBytes(4).toString('hex')}`;
  await Promise.all([
    ensureTables(storeEndpoint, prefix),
    ensureTopics({ access: { brokers: brokers.split(',') }, topics, groups: services, prefix }),
  ]);
  const address = `kafka:${brokers}`;
  const environment = {
    DYNAMODB_ENDPOINT: storeEndpoint,
    FCODE_TABLE_PREFIX: prefix,
    FCODE_EVENT_LOG: address,
    FCODE_TOPIC_PREFIX: prefix,
  };
  return {
    storeEndpoint,
    environment,
    tablePrefix: prefix,
    openLog: () => openEventLog({ address, prefix, topics, logger }),
    stop: async () => {},
  };
};

export const startEngines = (): Promise<Engines> => {
  const { FCODE_TEST_BROKERS: brokers, FCODE_TEST_STORE: store } = process.env;
  return brokers !== undefined && store !== undefined ? startClusterEngines(brokers, store) : startEmbeddedEngines();
};
