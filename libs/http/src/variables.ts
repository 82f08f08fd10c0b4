import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { jwksVerifier, secretVerifier, type Verifier } from './auth.ts';

// Every variable that services share, in one place; a service's main.ts picks what it needs.

export const processVariables = {
  PORT: {
    schema: z.coerce.number().int().min(1).max(65_535),
    about: 'the port to listen on',
    example: '8081',
  },
  HOST: { schema: z.string().default('127.0.0.1'), about: 'the address to listen on', example: '0.0.0.0' },
  FCODE_CLOCK_OFFSET_MS: {
    schema: z.coerce.number().int().default(0),
    about: "milliseconds added to this machine's clock, for tests of skewed clocks",
    example: '0',
  },
  FCODE_CLOCK_FILE: {
    schema: z.string().min(1).optional(),
    about:
      'a file that holds the time as epoch milliseconds, or with its sign how far this clock is off (-12000), for stories of another time and clocks that jump; never in production',
    example: '/tmp/story/clock',
  },
};

export const authVariables = {
  FCODE_JWT_SECRET: {
    schema: z.string().min(32).optional(),
    about: 'the secret of HS256 tokens, at least 32 characters; or set FCODE_JWKS_URL instead',
    example: '$(openssl rand -base64 32)',
  },
  FCODE_JWKS_URL: {
    schema: z.url().optional(),
    about: 'the key set of your identity provider; with FCODE_JWT_ISSUER and FCODE_JWT_AUDIENCE',
    example: 'https://id.example.com/.well-known/jwks.json',
  },
  FCODE_JWT_ISSUER: {
    schema: z.string().default('fcode'),
    about: 'the issuer of tokens',
    example: 'https://id.example.com',
  },
  FCODE_JWT_AUDIENCE: { schema: z.string().default('fcode'), about: 'the audience of tokens', example: 'fcode' },
};

export const storeVariables = {
  DYNAMODB_ENDPOINT: {
    schema: z.url().optional(),
    about: 'a DynamoDB-compatible engine; leave it out for DynamoDB itself (AWS_REGION and the usual credentials)',
    example: 'http://127.0.0.1:8000',
  },
  FCODE_TABLE_PREFIX: {
    schema: z.string().min(1).default('fcode'),
    about: 'what table names begin with',
    example: 'prod-fcode',
  },
};

export const indexVariables = {
  FCODE_INDEX_SHARDS: {
    schema: z.coerce
      .number()
      .int()
      .min(1)
      .max(256)
      .refine((count) => (count & (count - 1)) === 0)
      .default(16),
    about:
      "over how many shards a table's indexes are spread, a power of two up to 256: the commits of a second at the peak, divided by 400, or more",
    example: '16',
  },
};

export const logVariables = {
  FCODE_EVENT_LOG: {
    schema: z.string().regex(/^(sqlite:.+|kafka:[^:,\s]+:\d+(,[^:,\s]+:\d+)*)$/),
    about: 'the event log: a file for one machine, or the brokers of a Kafka cluster',
    example: 'kafka:broker-1:9092,broker-2:9092 (or sqlite:/var/lib/fcode/events.sqlite)',
  },
  FCODE_TOPIC_PREFIX: {
    schema: z
      .string()
      .regex(/^[\w.-]{1,50}$/)
      .default('fcode'),
    about: 'what Kafka topics and groups begin with',
    example: 'prod-fcode',
  },
  FCODE_KAFKA_TLS: {
    schema: z.stringbool().default(false),
    about: 'whether the brokers are reached by TLS',
    example: 'true',
  },
  FCODE_KAFKA_CA_FILE: {
    schema: z.string().min(1).optional(),
    about: "a PEM file of the authorities behind the brokers' certificates; it turns TLS on",
    example: '/etc/fcode/kafka-ca.pem',
  },
  FCODE_KAFKA_SASL: {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam']).optional(),
    about: 'how to sign in at the brokers; aws-msk-iam takes AWS_REGION and the usual credentials',
    example: 'scram-sha-512',
  },
  FCODE_KAFKA_USERNAME: {
    schema: z.string().min(1).optional(),
    about: 'who signs in at the brokers',
    example: 'fcode',
  },
  FCODE_KAFKA_PASSWORD: {
    schema: z.string().min(1).optional(),
    about: 'the password of FCODE_KAFKA_USERNAME',
    example: '$(cat /run/secrets/kafka)',
  },
  AWS_REGION: { schema: z.string().min(1).optional(), about: 'the region of DynamoDB and MSK', example: 'eu-west-1' },
};

export const codeVariables = {
  FCODE_CODE_KEYS: {
    schema: z.string().min(1),
    about: 'the code keys by version; every one that live codes were minted with',
    example: '1:$(openssl rand -base64 32 | tr +/ -_ | tr -d =)',
  },
  FCODE_CODE_KEY: {
    schema: z.coerce.number().int().min(0).max(31).optional(),
    about:
      'the key version that new batches take, the highest if left out; name the old one until every process has the new key',
    example: '1',
  },
};

/** The verifier that the environment asks for. Throws when it names neither a secret nor a key set. */
export const verifierOf = (environment: {
  FCODE_JWT_SECRET?: string | undefined;
  FCODE_JWKS_URL?: string | undefined;
  FCODE_JWT_ISSUER: string;
  FCODE_JWT_AUDIENCE: string;
}): Verifier => {
  const { FCODE_JWKS_URL, FCODE_JWT_SECRET, FCODE_JWT_ISSUER: issuer, FCODE_JWT_AUDIENCE: audience } = environment;
  if (FCODE_JWKS_URL) return jwksVerifier(FCODE_JWKS_URL, { issuer, audience });
  if (FCODE_JWT_SECRET) return secretVerifier(FCODE_JWT_SECRET);
  throw new Error(
    'The environment is not complete:\n  FCODE_JWKS_URL (production) or FCODE_JWT_SECRET (one machine) is missing: ' +
      'who may call. Example: FCODE_JWT_SECRET=$(openssl rand -base64 32)',
  );
};

/** What a process takes for the present; epoch ms. */
export const clockOf = (environment: {
  FCODE_CLOCK_OFFSET_MS: number;
  FCODE_CLOCK_FILE?: string | undefined;
}): (() => number) => {
  const { FCODE_CLOCK_FILE: file, FCODE_CLOCK_OFFSET_MS: offset } = environment;
  if (file !== undefined) {
    return () => {
      const text = readFileSync(file, 'utf8');
      return (/^[+-]/.test(text) ? Date.now() : 0) + Number(text) + offset;
    };
  }
  return offset === 0 ? Date.now : () => Date.now() + offset;
};
