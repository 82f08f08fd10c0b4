import { codeMint, parseCodeKeys } from '@fcode/codes';
import { openStore } from '@fcode/dynamo';
import { openEventLog } from '@fcode/event-log';
import {
  authVariables,
  clockOf,
  codeVariables,
  createLogger,
  failToStart,
  logVariables,
  processVariables,
  readEnvironment,
  run,
  storeVariables,
  verifierOf,
  z,
} from '@fcode/http';
import { outboxShards, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { createRedemption } from './app.ts';

try {
  const environment = readEnvironment({
    ...processVariables,
    ...authVariables,
    ...storeVariables,
    ...logVariables,
    ...codeVariables,
    FCODE_BUYER_KEY: {
      schema: z.string().min(32),
      about: "the key of guests' pseudonyms, at least 32 characters; never change it",
      example: '$(openssl rand -base64 32)',
    },
  });
  const logger = createLogger('redemption');
  const clock = clockOf(environment);
  const log = openEventLog(environment.FCODE_EVENT_LOG, topics, logger);
  const store = openStore({
    endpoint: environment.DYNAMODB_ENDPOINT,
    table: tableName('redemption', environment.FCODE_TABLE_PREFIX),
    log,
    shards: outboxShards,
    clock,
    logger,
  });
  const service = createRedemption({
    store,
    log,
    mint: codeMint(parseCodeKeys(environment.FCODE_CODE_KEYS), environment.FCODE_CODE_KEY),
    buyerKey: new TextEncoder().encode(environment.FCODE_BUYER_KEY),
    verify: verifierOf(environment),
    logger,
    clock,
  });
  await run(service, environment, logger, () => log.close());
} catch (error) {
  failToStart(error);
}
