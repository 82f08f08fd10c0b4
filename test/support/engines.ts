import { join } from 'node:path';
import { openEventLog } from '@fcode/event-log';
import { createLogger } from '@fcode/http';
import { topics } from '@fcode/infra/topics';
import { clusterEngines, type Engines } from '@fcode/processes';
import { startTestStore } from '@fcode/testkit';

const { FCODE_TEST_BROKERS: brokers, FCODE_TEST_STORE: clusterStore } = process.env;

/** Whether the suites run on Kafka and DynamoDB Local, as cluster/run.ts has them; else on the embedded engines. */
export const onCluster = brokers !== undefined && clusterStore !== undefined;

const logger = createLogger('test', 'silent');

const embeddedEngines = async (): Promise<Engines> => {
  const store = await startTestStore();
  const address = `sqlite:${join(store.folder, 'events.sqlite')}`;
  return {
    storeEndpoint: store.endpoint,
    tablePrefix: 'fcode',
    environment: { DYNAMODB_ENDPOINT: store.endpoint, FCODE_EVENT_LOG: address },
    openLog: () => openEventLog({ address, topics, logger }),
    stop: () => store.stop(),
  };
};

/** Tables and topics for one system. */
export const startEngines = (): Promise<Engines> =>
  brokers !== undefined && clusterStore !== undefined ? clusterEngines(brokers, clusterStore) : embeddedEngines();
