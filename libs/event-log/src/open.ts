import { openEmbeddedLog } from './embedded.ts';
import type { EventLog, InfoLogger } from './event-log.ts';
import type { KafkaAccess } from './kafka/client.ts';
import { openKafkaLog } from './kafka/kafka.ts';
import type { Topics } from './place.ts';

export interface OpenOptions {
  /** `sqlite:` and a file's path, or `kafka:` and the cluster's brokers, separated by commas. */
  address: string;
  /** How a cluster is reached, beyond its brokers. */
  access?: Omit<KafkaAccess, 'brokers'>;
  /** What topics and groups on a cluster begin with. */
  prefix?: string;
  topics: Topics;
  logger: InfoLogger;
  /** Called when the log cannot go on in this process. */
  onFatal?: (error: Error) => void;
}

export const brokersOf = (address: string): string[] => address.slice('kafka:'.length).split(',');

/** The log that an address names. */
export const openEventLog = ({ address, access, ...options }: OpenOptions): EventLog => {
  if (address.startsWith('kafka:'))
    return openKafkaLog({ ...options, access: { ...access, brokers: brokersOf(address) } });
  if (address.startsWith('sqlite:')) {
    return openEmbeddedLog({ ...options, file: address.slice('sqlite:'.length) });
  }
  throw new Error(`This is not the address of an event log: ${address}`);
};
