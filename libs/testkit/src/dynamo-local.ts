import { findJavaEngine } from '@fcode/infra/java';
import { startDynamoLocalByJava } from './dynamo-local-java.ts';
import { findEngine } from './engines.ts';

export interface DynamoLocal {
  endpoint: string;
  how: 'given' | 'docker' | 'java';
  version?: string;
  stop(): Promise<void>;
}

/**
 * A real DynamoDB Local that keeps its data in memory: the one that `DYNAMODB_ENDPOINT` names (or what else stands there),
 * else by Docker, else by Java. Undefined with one loud line where there is none.
 */
export const startDynamoLocal = async (): Promise<DynamoLocal | undefined> => {
  const given = process.env.DYNAMODB_ENDPOINT;
  if (given) return { endpoint: given, how: 'given', stop: async () => {} };
  return await findEngine<DynamoLocal>({
    what: 'DynamoDB Local',
    docker: async () => (await import('./dynamo-local-docker.ts')).startDynamoLocalByDocker(),
    java: async () => {
      const engine = await findJavaEngine('dynamodb-local');
      return 'missing' in engine ? engine : await startDynamoLocalByJava(engine);
    },
    orName: 'DYNAMODB_ENDPOINT=http://127.0.0.1:8000',
  });
};
