import { Wait } from 'testcontainers';
import { EngineContainer, findDocker, hostOf } from './docker.ts';
import type { DynamoLocal } from './dynamo-local.ts';
import type { Missing } from './engines.ts';
import { quietPort } from './port.ts';

const version = '2.6.1';
const image = `amazon/dynamodb-local:${version}`;

export const startDynamoLocalByDocker = async (): Promise<DynamoLocal | Missing> => {
  const client = await findDocker(image);
  if ('missing' in client) return client;
  const host = hostOf(client);
  const port = await quietPort();
  const [, stop] = await new EngineContainer(image)
    .withCommand(['-jar', 'DynamoDBLocal.jar', '-inMemory', '-disableTelemetry', '-port', '8000'])
    .withPublishedPort(8000, port, host)
    // What it answers to a request without a signature.
    .withWaitStrategy(Wait.forHttp('/', 8000).forStatusCode(400))
    .withStartupTimeout(50_000)
    .run(client);
  return { endpoint: `http://${host}:${port}`, how: 'docker', version, stop };
};
