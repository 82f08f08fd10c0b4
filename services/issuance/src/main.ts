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
import { defaultPolicy } from '@fcode/policy';
import { createIssuance } from './app.ts';

try {
  const environment = readEnvironment({
    ...processVariables,
    ...authVariables,
    ...storeVariables,
    ...logVariables,
    ...codeVariables,
  });
  const logger = createLogger('issuance');
  const clock = clockOf(environment);
  const log = openEventLog(environment.FCODE_EVENT_LOG, topics, logger);
  const store = openStore({
    endpoint: environment.DYNAMODB_ENDPOINT,
    table: tableName('issuance', environment.FCODE_TABLE_PREFIX),
    log,
    shards: outboxShards,
    clock,
    logger,
  });
  const mint = codeMint(parseCodeKeys(environment.FCODE_CODE_KEYS), environment.FCODE_CODE_KEY);
  const service = createIssuance({
    store,
    log,
    mint,
    policy: defaultPolicy,
    verify: verifierOf(environment),
    logger,
    clock,
  });
  await run(service, environment, logger, () => log.close());
} catch (error) {
  failToStart(error);
}
