import { setTimeout as sleep } from 'node:timers/promises';
import { services, tableName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { Command, Option } from 'commander';
import { Advice } from './advice.ts';
import { adviceOnLog, inOneLine } from './event-log.ts';
import { countOrNone } from './parse.ts';
import { showOf } from './session.ts';

interface Tables {
  endpoint: string;
  made: string[];
  there: string[];
}

interface Topics {
  address: string;
  made: string[];
}

/** Each group has dead letters and replays of its own. */
const topicsInAll = Object.keys(topics).length + 2 * services.length;

/** Failed because the engine is not there, or not yet. */
class Away extends Error {}

/** Works until it succeeds, as long as the engine is away and the deadline (`performance.now()`) is not over. */
const whenUp = async <Result>(what: string, deadline: number, work: () => Promise<Result>): Promise<Result> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      if (performance.now() >= deadline) throw new Advice(`${error.message} Start it, or wait for it with --wait.`);
      if (tries === 1) process.stderr.write(`Waiting for ${what}.\n`);
      await sleep(500);
    }
  }
};

const isAway = (error: unknown): boolean => {
  const { name, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  return (
    name === 'AbortError' ||
    name === 'TimeoutError' ||
    /^(ECONN|EAI_|ENOTFOUND|EPIPE|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)/.test(code ?? '') ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
};

const provisionTables = async ({ endpoint, prefix }: { endpoint: string; prefix: string }): Promise<Tables> => {
  const { ensureTables } = await import('@fcode/infra/engine');
  try {
    const made = await ensureTables(endpoint, prefix);
    const there = services.map((service) => tableName(service, prefix)).filter((name) => !made.includes(name));
    return { endpoint, made, there };
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string };
    const said = message || code || name;
    if (isAway(error)) throw new Away(`No store engine answers at ${endpoint} (${said}).`);
    throw new Advice(`The store engine at ${endpoint} refuses (${said}). Check DYNAMODB_ENDPOINT.`);
  }
};

type LogOptions = Parameters<typeof adviceOnLog>[1] & { access: object };

const provisionTopics = async ({ address, prefix, access }: LogOptions): Promise<Topics> => {
  const { brokersOf, ensureTopics } = await import('@fcode/event-log');
  const options = { access: { ...access, brokers: brokersOf(address) }, topics, groups: services, prefix };
  try {
    return { address, made: await ensureTopics(options) };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'Unavailable')
      throw new Away(`No broker answers at ${address} (${message.replace(/^event log: /, '')}).`);
    // What it throws by itself says what to do.
    throw name === 'Error' ? new Advice(message) : adviceOnLog(error, { address, prefix });
  }
};

const line = (what: string, where: string, made: string[], others: string): string =>
  made.length === 0 ? `${what} at ${where}: all are there.` : `${what} at ${where}: made ${made.join(', ')}${others}.`;

const lines = ({ tables, topics: logged }: { tables?: Tables; topics?: Topics }): string => {
  const others = topicsInAll - (logged?.made.length ?? 0);
  return [
    tables &&
      line(
        'Tables',
        tables.endpoint,
        tables.made,
        tables.there.length > 0 ? `; ${tables.there.join(', ')} were there` : '',
      ),
    logged && line('Topics', logged.address, logged.made, others > 0 ? `; ${others} others were there` : ''),
  ]
    .filter((text) => text !== undefined)
    .join('\n');
};

type What = 'tables' | 'topics';

/** What the environment asks for, checked: each part that is to be made. */
const wanted = async (only: What | undefined) => {
  const [{ logVariables, readEnvironment, storeVariables }, { logOptionsOf }] = await Promise.all([
    import('@fcode/http'),
    import('@fcode/event-log'),
  ]);
  const store = inOneLine(() => readEnvironment(storeVariables));
  // Where nothing but tables is wanted, nothing has to be said of a log.
  const hasLog = only !== 'tables' && (only === 'topics' || Boolean(process.env.FCODE_EVENT_LOG));
  const log = hasLog ? logOptionsOf(inOneLine(() => readEnvironment(logVariables))) : undefined;
  const onKafka = log?.address.startsWith('kafka:') ? log : undefined;
  if (only !== 'topics' && store.DYNAMODB_ENDPOINT === undefined) {
    throw new Advice(
      'DYNAMODB_ENDPOINT is missing: the engine that gets the tables, such as http://127.0.0.1:8000. The tables of DynamoDB ' +
        'itself are made by its templates; for the topics alone: npx fcode provision --only topics',
    );
  }
  if (only === 'topics' && !onKafka) {
    throw new Advice(
      'Only on Kafka are there topics to make, and FCODE_EVENT_LOG names a file: a system makes its file when it starts.',
    );
  }
  return {
    tables:
      only === 'topics' ? undefined : { endpoint: store.DYNAMODB_ENDPOINT as string, prefix: store.FCODE_TABLE_PREFIX },
    topics: onKafka,
  };
};

export const provisionCommand = (): Command =>
  new Command('provision')
    .description('Make the tables and topics that are missing; what is there stays as it is')
    .addOption(new Option('--only <what>', 'one of them').choices(['tables', 'topics'] satisfies What[]))
    .option('--wait <seconds>', 'how long to wait for engines that are coming up', countOrNone, 0)
    .addHelpText(
      'after',
      '\nTables: at DYNAMODB_ENDPOINT, named after FCODE_TABLE_PREFIX. Topics: where FCODE_EVENT_LOG is kafka:…, named after\n' +
        'FCODE_TOPIC_PREFIX, with the topics of dead letters and replays of every group.',
    )
    .action(async ({ only, wait }: { only?: What; wait: number }, command: Command) => {
      const deadline = performance.now() + wait * 1000;
      const { tables, topics: log } = await wanted(only);
      showOf(command)(
        {
          ...(tables && { tables: await whenUp(tables.endpoint, deadline, () => provisionTables(tables)) }),
          ...(log && { topics: await whenUp(log.address, deadline, () => provisionTopics(log)) }),
        },
        lines,
      );
    });
