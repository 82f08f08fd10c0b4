import { findJavaEngine, type JavaEngine, keepClasses } from '@fcode/infra/java';
import { findEngine } from './engines.ts';
import type { KafkaEngine, KafkaOptions } from './kafka-engine.ts';
import { startKafkaByJava } from './kafka-java.ts';

/**
 * A real broker: the one that `KAFKA_BROKERS` names, else by Docker, else by Java. Undefined with one loud line where
 * there is none, or none that can do what is asked for; an error when `FCODE_REQUIRE_KAFKA` is set.
 */
export const startKafka = async (options: KafkaOptions = {}): Promise<KafkaEngine | undefined> => {
  const { secure = false, advertisedPort, own = secure || advertisedPort !== undefined } = options;
  const given = process.env.KAFKA_BROKERS;
  if (given && !own) return { brokers: given, how: 'given', stop: async () => {} };
  return await findEngine<KafkaEngine>({
    what: 'Kafka',
    docker: async () =>
      secure || advertisedPort !== undefined
        ? { missing: 'a secure listener and an advertised port are by Java only' }
        : (await import('./kafka-docker.ts')).startKafkaByDocker(),
    java: async () => {
      const engine = await findJavaEngine('kafka');
      return 'missing' in engine ? engine : await startKafkaByJava(await keepClasses(engine, runOnce), options);
    },
    orName: 'KAFKA_BROKERS=127.0.0.1:9092',
    requiredBy: 'FCODE_REQUIRE_KAFKA',
  });
};

const runOnce = async (engine: JavaEngine): Promise<void> => {
  const broker = await startKafkaByJava(engine, {});
  await broker.halt?.();
  await broker.stop();
};
