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

export const logVariables = {
  FCODE_EVENT_LOG: {
    schema: z.string().regex(/^sqlite:.+/),
    about: 'the event log',
    example: 'sqlite:/var/lib/fcode/events.sqlite',
  },
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

export const clockOf = ({ FCODE_CLOCK_OFFSET_MS: offset }: { FCODE_CLOCK_OFFSET_MS: number }): (() => number) =>
  offset === 0 ? Date.now : () => Date.now() + offset;
