import type { OpenOptions } from './open.ts';

/** What the variables of the event log (`logVariables`) say, as `openEventLog` takes it. */
export const logOptionsOf = (environment: {
  FCODE_EVENT_LOG: string;
  FCODE_TOPIC_PREFIX: string;
  FCODE_KAFKA_TLS: boolean;
  FCODE_KAFKA_CA_FILE?: string | undefined;
  FCODE_KAFKA_SASL?: NonNullable<OpenOptions['access']>['sasl'];
  FCODE_KAFKA_USERNAME?: string | undefined;
  FCODE_KAFKA_PASSWORD?: string | undefined;
  AWS_REGION?: string | undefined;
}) => ({
  address: environment.FCODE_EVENT_LOG,
  prefix: environment.FCODE_TOPIC_PREFIX,
  access: {
    tls: environment.FCODE_KAFKA_TLS,
    caFile: environment.FCODE_KAFKA_CA_FILE,
    sasl: environment.FCODE_KAFKA_SASL,
    username: environment.FCODE_KAFKA_USERNAME,
    password: environment.FCODE_KAFKA_PASSWORD,
    region: environment.AWS_REGION,
  },
});
