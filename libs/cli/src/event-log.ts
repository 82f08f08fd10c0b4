import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog } from '@fcode/event-log';
import { topics } from '@fcode/infra/topics';
import { Advice } from './advice.ts';

// The event log's own modules take as long to load as this program takes to start: only who asks for the log loads them.

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What `readEnvironment` says is wrong, as one line. */
export const inOneLine = <Read>(read: () => Read): Read => {
  try {
    return read();
  } catch (error) {
    throw new Advice((error as Error).message.replace(/\s*\n\s*/g, ' '));
  }
};

/** The address that the environment names; else the event log of this machine's data folder, if there is one. */
const addressHere = (): string => {
  if (process.env.FCODE_EVENT_LOG) return process.env.FCODE_EVENT_LOG;
  const file = join(process.env.FCODE_DATA || '.data', 'events.sqlite');
  if (existsSync(file)) return `sqlite:${file}`;
  throw new Advice(
    `There is no event log in ${file}. Name one with FCODE_EVENT_LOG, such as kafka:127.0.0.1:9092, name the folder of a ` +
      'system here with FCODE_DATA, or start one with npm start.',
  );
};

/** Where the log is and how it is reached, checked. A file is not made here: it would be an empty log beside the real one. */
export const logOptionsHere = async () => {
  const [{ logVariables, readEnvironment }, { logOptionsOf }] = await Promise.all([
    import('@fcode/http'),
    import('@fcode/event-log'),
  ]);
  const environment = { ...process.env, FCODE_EVENT_LOG: addressHere() };
  const options = logOptionsOf(inOneLine(() => readEnvironment(logVariables, environment)));
  const file = options.address.replace(/^sqlite:/, '');
  if (options.address !== file && !existsSync(file)) {
    throw new Advice(`There is no event log in ${file}. Check FCODE_EVENT_LOG.`);
  }
  return options;
};

type LogOptions = Awaited<ReturnType<typeof logOptionsHere>>;

interface Failure extends Error {
  type?: string;
}

/** An error and what caused it, the first cause last. */
const causesOf = (error: unknown): Failure[] => (error instanceof Error ? [error, ...causesOf(error.cause)] : []);

/** What a failure of the log means for who asked, and what to do next. */
export const adviceOnLog = (error: unknown, { address, prefix }: Pick<LogOptions, 'address' | 'prefix'>): Advice => {
  if (error instanceof Advice) return error;
  const causes = causesOf(error);
  const said = (causes[0]?.message ?? String(error)).replace(/^event log: /, '').replace(/\.$/, '');
  const isKafka = address.startsWith('kafka:');
  if (causes.some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return new Advice(
      `Topics of ${prefix} are missing at ${address}. Make them: npx fcode provision --only topics; or check FCODE_TOPIC_PREFIX.`,
    );
  }
  if (causes.some(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    return new Advice(
      `${address} does not let us in (${said}). Check FCODE_KAFKA_SASL, FCODE_KAFKA_USERNAME and FCODE_KAFKA_PASSWORD.`,
    );
  }
  if (causes[0]?.name === 'Unavailable' && isKafka) {
    return new Advice(
      `The brokers at ${address} do not answer (${said}). Try again in a moment, start them, or check FCODE_EVENT_LOG and the FCODE_KAFKA_ variables.`,
    );
  }
  if (causes[0]?.name === 'Unavailable') {
    return new Advice(`The event log in ${address} does not answer (${said}). Try again in a moment.`);
  }
  return new Advice(
    `The event log at ${address} cannot be used (${said}). Check FCODE_EVENT_LOG${isKafka ? ' and the FCODE_KAFKA_ variables' : ''}.`,
  );
};

/** Opens the log for one piece of work, and closes it. What fails there is said as advice. */
export const withLog = async <Result>(work: (log: EventLog) => Promise<Result>): Promise<Result> => {
  const options = await logOptionsHere();
  let log: EventLog | undefined;
  try {
    const { openEventLog } = await import('@fcode/event-log');
    log = openEventLog({ ...options, topics, logger: silent });
    return await work(log);
  } catch (error) {
    throw adviceOnLog(error, options);
  } finally {
    await log?.close();
  }
};
