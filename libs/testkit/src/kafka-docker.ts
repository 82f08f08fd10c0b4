import { randomBytes } from 'node:crypto';
import { Wait } from 'testcontainers';
import { EngineContainer, findDocker, hostOf } from './docker.ts';
import type { Missing } from './engines.ts';
import { type KafkaEngine, kafkaSettings, kafkaStarted } from './kafka-engine.ts';
import { quietPort } from './port.ts';
import { until } from './until.ts';

const version = '4.3.1';
const image = `apache/kafka:${version}`;
const startSeconds = 50;

/** A broker of one node in the image that Apache publishes, which makes its settings of `KAFKA_*`. */
export const startKafkaByDocker = async (): Promise<KafkaEngine | Missing> => {
  const client = await findDocker(image);
  if ('missing' in client) return client;
  const host = hostOf(client);
  const port = await quietPort();
  const settings = {
    ...kafkaSettings,
    // The broker reaches itself by BROKER: the published port is not open inside of the container.
    listeners: 'PLAINTEXT://:9092,BROKER://localhost:9094,CONTROLLER://localhost:9093',
    'advertised.listeners': `PLAINTEXT://${host}:${port},BROKER://localhost:9094`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': '1@localhost:9093',
    'log.dirs': '/tmp/kraft-combined-logs',
  };
  const environment = Object.entries(settings).map(([name, value]) => [variable(name), value] as const);
  const [container, stop] = await new EngineContainer(image)
    .withEnvironment({
      ...Object.fromEntries(environment),
      CLUSTER_ID: randomBytes(16).toString('hex').slice(0, 22),
      KAFKA_HEAP_OPTS: '-Xmx512m',
    })
    .withPublishedPort(9092, port, host)
    .withWaitStrategy(Wait.forLogMessage(kafkaStarted))
    .withStartupTimeout(startSeconds * 1000)
    .run(client);
  let starts = 1;
  const kill = async () => {
    await container.kill();
    await container.wait();
  };
  return {
    brokers: `${host}:${port}`,
    port,
    how: 'docker',
    version,
    kill,
    halt: async () => {
      await container.stop({ t: 20 });
    },
    resume: async () => {
      await container.start();
      starts += 1;
      await until(
        async () => {
          const log = await container.logs({ stdout: true, stderr: true, follow: false });
          return log.toString().split(kafkaStarted).length > starts;
        },
        'the broker to start again',
        startSeconds,
      );
    },
    stop,
  };
};

/** As the image wants them: `a.b` is `KAFKA_A_B`. */
const variable = (setting: string): string => `KAFKA_${setting.toUpperCase().replaceAll('.', '_')}`;
