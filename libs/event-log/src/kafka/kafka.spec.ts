import { conformance, type Rig } from '../conformance.ts';
import { runBroker } from '../fixtures/broker.ts';
import { kafkaRig } from './fixtures/kafka-rig.ts';

const brokers = await runBroker();
const groups = ['all', 'one', 'other'];

const open = async (): Promise<Rig> => {
  const rig = await kafkaRig(brokers ?? '', { groups });
  let log = rig.open();
  return {
    log,
    async reopen() {
      await log.close();
      log = rig.open();
      return log;
    },
    spawn: (...role) => rig.spawn(role),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
};

conformance('Kafka', open, brokers !== undefined);
