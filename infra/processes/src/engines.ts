import { randomBytes } from 'node:crypto';
import { type EventLog, ensureTopics, openEventLog } from '@fcode/event-log';
import { createLogger } from '@fcode/http';
import { ensureTables } from '@fcode/infra/engine';
import { services } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';

/** Where a system has its state and its events. */
export interface Engines {
  storeEndpoint: string;
  tablePrefix: string;
  /** What a service's process needs to find both. */
  environment: Record<string, string>;
  openLog(): EventLog;
  stop(): Promise<void>;
}

const logger = createLogger('cluster', 'silent');

/** Tables and topics of a system's own, on a store and Kafka brokers that others may use too. */
export const clusterEngines = async (brokers: string, storeEndpoint: string): Promise<Engines> => {
  const prefix = `t${randomBytes(4).toString('hex')}`;
  const access = { brokers: brokers.split(',') };
  await Promise.all([ensureTables(storeEndpoint, prefix), ensureTopics({ access, topics, groups: services, prefix })]);
  const address = `kafka:${brokers}`;
  return {
    storeEndpoint,
    tablePrefix: prefix,
    environment: {
      DYNAMODB_ENDPOINT: storeEndpoint,
      FCODE_TABLE_PREFIX: prefix,
      FCODE_EVENT_LOG: address,
      FCODE_TOPIC_PREFIX: prefix,
    },
    openLog: () => openEventLog({ address, prefix, topics, logger }),
    // They go with their engines.
    stop: async () => {},
  };
};
