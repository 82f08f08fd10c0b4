import { openStore, type Store } from '@fcode/dynamo';
import { type EventLog, logOptionsOf, openEventLog } from '@fcode/event-log';
import {
  authVariables,
  clockOf,
  createLogger,
  failToStart,
  indexVariables,
  type Logger,
  logVariables,
  processVariables,
  readEnvironment,
  run,
  type Service,
  storeVariables,
  type Variable,
  type Verifier,
  verifierOf,
} from '@fcode/http';
import { type ServiceName, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import type { z } from 'zod';

const figuresEveryMs = 60_000;
/** A log that ends every process at once must not take along those who are served from the store. */
const livesAtLeastMs = 60_000;
let isEnding = false;

/** What this process knows of the log is in doubt: it ends in order, and whoever supervises it starts another. */
const endForAnother = (logger: Logger): void => {
  if (isEnding) return;
  isEnding = true;
  const inMs = Math.max(0, livesAtLeastMs - process.uptime() * 1000);
  logger.error({ inMs }, 'the event log cannot be read by this process; it ends, for another to try');
  setTimeout(() => {
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }, inMs);
};

/** What every service that owns a table is made of. */
export interface Parts {
  store: Store;
  log: EventLog;
  verify: Verifier;
  logger: Logger;
  /** Epoch ms. */
  clock: () => number;
}

/**
 * A service as a process of its own: reads and checks the environment (`variables` being what it needs beyond what all
 * need), opens store and log, and runs until a signal. What is wrong at the start is said in one message, with status 1.
 */
export const runService = async <Schemas extends Record<string, z.ZodType>>(
  name: ServiceName,
  variables: { [Name in keyof Schemas]: Variable<Schemas[Name]> },
  create: (parts: Parts, environment: { [Name in keyof Schemas]: z.output<Schemas[Name]> }) => Service,
): Promise<void> => {
  try {
    // Read together, so that one message names everything that is missing.
    const common = { ...processVariables, ...authVariables, ...storeVariables, ...indexVariables, ...logVariables };
    const all = readEnvironment<Record<string, z.ZodType>>({ ...common, ...variables });
    const environment = readEnvironment(common);
    const logger = createLogger(name);
    const clock = clockOf(environment);
    const log = openEventLog({
      ...logOptionsOf(environment),
      topics,
      logger,
      onFatal: () => endForAnother(logger),
    });
    const store = openStore({
      endpoint: environment.DYNAMODB_ENDPOINT,
      table: tableName(name, environment.FCODE_TABLE_PREFIX),
      log,
      shards: environment.FCODE_INDEX_SHARDS,
      clock,
      logger,
    });
    // So that the first write stands already where FCODE_INDEX_SHARDS and the table say; a store that is away says so later.
    await store.spread().catch(() => undefined);
    const parts = { store, log, verify: verifierOf(environment), logger, clock };
    const figures = setInterval(() => logger.info(log.figures(), 'event log'), figuresEveryMs);
    figures.unref();
    const service = create(parts, all as { [Name in keyof Schemas]: z.output<Schemas[Name]> });
    await run(service, environment, logger, () => log.close());
  } catch (error) {
    failToStart(error);
  }
};
