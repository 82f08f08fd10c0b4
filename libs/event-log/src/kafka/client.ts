import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { guardRequestQueues } from './guard.ts';

/** How a cluster is reached. Without `sasl` anybody may; credentials come from the environment only. */
export interface KafkaAccess {
  /** `host:port` each. */
  brokers: string[];
  tls?: boolean | undefined;
  /** A PEM file of the authorities to trust, where the system's do not know the cluster's. */
  caFile?: string | undefined;
  sasl?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'aws-msk-iam' | undefined;
  username?: string | undefined;
  password?: string | undefined;
  /** Of an MSK cluster. */
  region?: string | undefined;
}

const saslOf = ({ sasl, username, password, region }: KafkaAccess): SASLOptions | undefined => {
  if (!sasl) return undefined;
  if (sasl === 'aws-msk-iam') {
    if (!region) throw new Error('AWS_REGION is missing: the region of the MSK cluster. Example: AWS_REGION=eu-west-1');
    const oauthBearerProvider = async () => {
      // Only who uses MSK loads it.
      const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
      return { value: (await generateAuthToken({ region })).token };
    };
    return { mechanism: 'oauthbearer', oauthBearerProvider };
  }
  if (!username || !password) {
    throw new Error(
      `FCODE_KAFKA_SASL=${sasl} needs FCODE_KAFKA_USERNAME and FCODE_KAFKA_PASSWORD. Example: FCODE_KAFKA_USERNAME=fcode`,
    );
  }
  return { mechanism: sasl, username, password };
};

const authoritiesIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(
      `FCODE_KAFKA_CA_FILE cannot be read (${(error as Error).message}). Example: FCODE_KAFKA_CA_FILE=/etc/fcode/kafka-ca.pem`,
    );
  }
};

/** The client's configuration for an access. Throws, with the variable to set, when a credential is missing. */
export const configOf = (access: KafkaAccess): KafkaConfig => {
  const sasl = saslOf(access);
  const ca = access.caFile ? authoritiesIn(access.caFile) : undefined;
  return {
    clientId: 'fcode',
    brokers: access.brokers,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    // What this many tries do not bring about is somebody else's decision: a fresh connection, or a later time.
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    // Whoever calls says in its own words what failed.
    logLevel: logLevel.NOTHING,
    // MSK takes tokens over TLS only.
    ssl: ca === undefined ? access.tls === true || access.sasl === 'aws-msk-iam' : { ca },
    ...(sasl ? { sasl } : {}),
  };
};

let guarded = false;

export const connectKafka = (access: KafkaAccess): Kafka => {
  if (!guarded) guardRequestQueues();
  guarded = true;
  return new Kafka(configOf(access));
};
