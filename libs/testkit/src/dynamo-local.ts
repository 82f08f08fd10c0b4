import { findJavaEngine } from '@fcode/infra/java';
import { startDynamoLocalByJava } from './dynamo-local-java.ts';
import { findEngine } from './engines.ts';

export interface DynamoLocal {
  endpoint: string;
  how: 'given' | 'docker' | 'java';
  version?: string;
  /** `kill -9`, and the same data on the same port again; with `keep` only. */
  kill?: () => Promise<void>;
  resume?: () => Promise<void>;
  /** It stands still and answers nobody, its connections stay open; and goes on where it stood. By Java only. */
  pause?: () => Promise<void>;
  unpause?: () => Promise<void>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

export interface DynamoLocalOptions {
  /** Keeps its data on disk instead of in memory, so that it can be killed and come back; by Java only, and our own. */
  keep?: boolean;
  /** One of our own, also where `DYNAMODB_ENDPOINT` names another. */
  own?: boolean;
}

/**
 * A real DynamoDB Local that keeps its data in memory, unless told otherwise: the one that `DYNAMODB_ENDPOINT` names (or
 * what else stands there), else by Docker, else by Java. Undefined with one loud line where there is none.
 */
export const startDynamoLocal = async ({
  keep = false,
  own = keep,
}: DynamoLocalOptions = {}): Promise<DynamoLocal | undefined> => {
  const given = process.env.DYNAMODB_ENDPOINT;
  if (given && !own) return { endpoint: given, how: 'given', stop: async () => {} };
  return await findEngine<DynamoLocal>({
    what: 'DynamoDB Local',
    docker: async () =>
      keep
        ? { missing: 'one that keeps its data is by Java only' }
        : (await import('./dynamo-local-docker.ts')).startDynamoLocalByDocker(),
    java: async () => {
      const engine = await findJavaEngine('dynamodb-local');
      return 'missing' in engine ? engine : await startDynamoLocalByJava(engine, keep);
    },
    orName: 'DYNAMODB_ENDPOINT=http://127.0.0.1:8000',
  });
};
