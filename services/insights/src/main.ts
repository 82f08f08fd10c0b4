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
} from '@fcode/http';
import { outboxShards, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { createInsights } from './app.ts';

try {
  const environment = readEnvironment({
    ...processVariables,
    ...authVariables,
    ...storeVariables,
    ...logVariables,
    ...codeVariables,
  });
  const logger = createLogger('insights');
  const clock = clockOf(environment);
  const log = openEventLog(environment.FCODE_EVENT_LOG, topics, logger);
  const store = openStore({
    endpoint: environment.DYNAMODB_ENDPOINT,
    table: tableName('insights', environment.FCODE_TABLE_PREFIX),
    log,
    shards: outboxShards,
    clock,
    logger,
  });
  const mint = codeMint(parseCodeKeys(environment.FCODE_CODE_KEYS), environment.FCODE_CODE_KEY);
  const service = createInsights({ store, log, mint, verify: verifierOf(environment), logger, clock });
  await run(service, environment, logger, () => log.close());
} catch (error) {
  failToStart(error);
}
