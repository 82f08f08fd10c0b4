import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

export interface ConnectionOptions {
  /** Absent for DynamoDB itself. */
  endpoint?: string;
  region?: string;
  /** After this long without an answer the outcome is unknown and is resolved by reading; half of a request's budget. */
  requestTimeoutMs?: number;
}

/** Where the serializer puts it: the text of an item cannot end so. */
const tokenAtEnd = /,"ClientRequestToken":"[\w-]+"\}$/;
const withoutToken = (text: string): string => {
  const short = text.replace(tokenAtEnd, '}');
  if (short.length < text.length) return short;
  const { ClientRequestToken: _, ...body } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(body);
};

/**
 * What an engine on this machine wants to see instead of a signature: who asks. None checks it, and to make a real one is a
 * tenth of all that a request costs.
 */
const unsigned: DynamoDBClientConfig['signer'] = {
  sign: async (request) => {
    request.headers['x-amz-date'] = '20250101T000000Z';
    request.headers.authorization =
      'AWS4-HMAC-SHA256 Credential=local/20250101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=none';
    return request;
  },
};

/**
 * The SDK client as the store wants it: no retries of its own (each statement is retried or resolved for itself), and
 * no ClientRequestToken, which the SDK would add to each transaction: our guards make a repeat harmless, and engines
 * keep every token.
 */
export const connect = ({ endpoint, region, requestTimeoutMs = 1000 }: ConnectionOptions): DynamoDBClient => {
  const client = new DynamoDBClient({
    ...(endpoint === undefined
      ? {}
      : { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, signer: unsigned }),
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'local' }) : { region }),
    maxAttempts: 1,
    // Else the stack of middleware is put together anew for each request, from the same parts.
    cacheMiddleware: true,
    requestHandler: { connectionTimeout: 1000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  });
  // It copies what is sent and what comes, without secrets, for a log that nobody keeps: a twentieth of a request's work.
  client.middlewareStack.remove('loggerMiddleware');
  // Whoever reads the headers of requests to an engine on this machine is not there to read who wrote them.
  if (endpoint !== undefined) client.middlewareStack.remove('getUserAgentMiddleware');
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'TransactWriteItemsCommand') {
          // The serializer has just added the token; its body is text or its bytes, by the SDK's version.
          const request = args.request as { body: string | Uint8Array };
          const text = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
          request.body = withoutToken(text);
        }
        return next(args);
      },
    { step: 'build', priority: 'high', name: 'withoutClientRequestToken' },
  );
  return client;
};
