export interface KafkaEngine {
  /** `host:port[,host:port]` */
  brokers: string;
  how: 'given' | 'docker' | 'java';
  version?: string;
  /** Where it listens on this machine, whatever clients are told; undefined where it is not ours (given). */
  port?: number;
  /** The listener with TLS and passwords, when asked for. */
  secure?: KafkaSecurity;
  /** `kill -9` of the broker; undefined where it is not ours (given). */
  kill?: () => Promise<void>;
  /** Clean stop, keeping its data; and the same broker again on the same port with the same data. */
  halt?: () => Promise<void>;
  resume?: () => Promise<void>;
  /** It stands still and answers nobody, its connections stay open; and goes on where it stood. By Java only. */
  pause?: () => Promise<void>;
  unpause?: () => Promise<void>;
  /** Ends it and deletes its data. */
  stop: () => Promise<void>;
}

/** One user, known to SCRAM-SHA-512, SCRAM-SHA-256 and PLAIN, over TLS with a certificate for 127.0.0.1 and localhost. */
export interface KafkaSecurity {
  brokers: string;
  caFile: string;
  username: string;
  password: string;
}

export interface KafkaOptions {
  /** Adds a SASL_SSL listener with SCRAM-SHA-512, SCRAM-SHA-256 and PLAIN users, and a CA of its own; by Java only. */
  secure?: boolean;
  /** What clients are told to connect to instead of where it listens, e.g. the port of a wire; by Java only. */
  advertisedPort?: number;
  /** One of our own, ours to kill, also where `KAFKA_BROKERS` names another. */
  own?: boolean;
}

/** What every broker of tests is set to: one node, nothing by itself, and little waiting. */
export const kafkaSettings: Record<string, string> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'BROKER',
  // After a kill -9 the controller holds the dead broker's place for this long (9 s by default).
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  // It writes that nothing has happened twice a second.
  'metadata.max.idle.interval.ms': '10000',
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'log.cleaner.backoff.ms': '500',
  'log.retention.check.interval.ms': '1000',
  'log.initial.task.delay.ms': '500',
};

/** The line in which a broker says that it serves. */
export const kafkaStarted = 'Kafka Server started';
