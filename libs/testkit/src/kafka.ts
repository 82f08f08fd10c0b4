import { findJavaEngine } from '@fcode/infra/java';
import { findEngine } from './engines.ts';
import type { KafkaEngine, KafkaOptions } from './kafka-engine.ts';
import { startKafkaByJava } from './kafka-java.ts';

/**
 * A real broker: the one that `KAFKA_BROKERS` names, else by Docker, else by Java. Undefined with one loud line where
 * there is none; an error when `FCODE_REQUIRE_KAFKA` is set.
 */
export const startKafka = async (options: KafkaOptions = {}): Promise<KafkaEngine | undefined> => {
  const given = process.env.KAFKA_BROKERS;
  if (given && !options.secure) return { brokers: given, how: 'given', stop: async () => {} };
  return await findEngine<KafkaEngine>({
    what: 'Kafka',
    docker: async () =>
      options.secure
        ? { missing: 'a secure listener is by Java only' }
        : (await import('./kafka-docker.ts')).startKafkaByDocker(),
    java: async () => {
      const engine = await findJavaEngine('kafka');
      return 'missing' in engine ? engine : await startKafkaByJava(engine, options);
    },
    orName: 'KAFKA_BROKERS=127.0.0.1:9092',
    requiredBy: 'FCODE_REQUIRE_KAFKA',
  });
};
