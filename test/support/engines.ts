import { join } from 'node:path';
import { connect, Table } from '@fcode/dynamo';
import { openEventLog } from '@fcode/event-log';
import { createLogger } from '@fcode/http';
import { services, tableName } from '@fcode/infra/tables';
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

/**
 * Every process asks every shard of every index once a second for what is to be done; with the usual sixteen, most of what
 * processes and engines do in a test is that.
 */
const shards = 2;

/** Has the tables, in which nobody has written yet, say that their indexes are spread over so few. */
const narrowed = async (engines: Engines): Promise<Engines> => {
  const client = connect({ endpoint: engines.storeEndpoint });
  const count = { N: String(shards) };
  const state = { M: { fewest: count, most: count } };
  const item = { seq: { N: '1' }, state, outbox: { L: [] }, answers: { L: [] }, since: { N: '0' } };
  const write = { key: { pk: 'settings', sk: 'shards' }, expected: 0, item };
  const tables = services.map((service) => new Table({ client, name: tableName(service, engines.tablePrefix) }));
  const deadline = performance.now() + 10_000;
  const written = await Promise.all(tables.map((table) => table.write(write, deadline)));
  client.destroy();
  if (written.some(({ outcome }) => outcome !== 'done')) throw new Error('somebody has written in these tables');
  return { ...engines, environment: { ...engines.environment, FCODE_INDEX_SHARDS: String(shards) } };
};

/** Tables and topics for one system; on a cluster, whose brokers may be others than the suites'. */
export const startEngines = async (broker = brokers): Promise<Engines> =>
  narrowed(
    broker !== undefined && clusterStore !== undefined
      ? await clusterEngines(broker, clusterStore)
      : await embeddedEngines(),
  );
