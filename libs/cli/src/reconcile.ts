import type { EventLog } from '@fcode/event-log';
import type { CheckResult, Reconciliation, Tables } from '@fcode/reconcile';
import { Command } from 'commander';
import { Advice } from './advice.ts';
import { withLog } from './event-log.ts';
import { printable, table } from './output.ts';
import { showOf } from './session.ts';
import { withTables } from './store.ts';

const shownAtMost = 50;

const inWords = (count: number, one: string, many = `${one}s`): string =>
  count === 1 ? `1 ${one}` : `${count.toLocaleString('en-US')} ${many}`;

const checksTable = (checks: CheckResult[]): string =>
  table(
    checks.map(({ name, looked, differences, skipped }) => ({
      check: name,
      'looked at': looked,
      differences: skipped !== undefined && differences === 0 ? undefined : differences,
    })),
    '',
  );

/** What was not judged, by the reason. */
const unjudged = (checks: CheckResult[]): string[] => {
  const reasons = Map.groupBy(
    checks.flatMap(({ name, skipped }) => (skipped === undefined ? [] : [{ name, skipped }])),
    ({ skipped }) => skipped,
  );
  return [...reasons].map(([reason, some]) => `Not judged: ${some.map(({ name }) => name).join(', ')} (${reason}).`);
};

const verdict = ({ checks, differences }: Reconciliation): string => {
  const looked = checks.reduce((sum, check) => sum + check.looked, 0);
  const things = `Of ${inWords(looked, 'thing')} that were looked at,`;
  if (differences.length > 0) {
    return `${things} ${inWords(differences.length, 'is not as it must be', 'are not as they must be')}.`;
  }
  return `${things} all are as they must be.`;
};

const report = (found: Reconciliation): string => {
  const { checks, differences } = found;
  const shown = differences.slice(0, shownAtMost).map(({ check, what }) => printable(`${check}: ${what}`));
  const more = differences.length - shown.length;
  return [
    checksTable(checks),
    '',
    ...unjudged(checks).map(printable),
    verdict(found),
    ...shown,
    ...(more > 0 ? [`and ${more.toLocaleString('en-US')} more; --json lists all`] : []),
  ].join('\n');
};

/** The embedded log and the store carry one id: files of two systems say nothing of each other. */
const checkPair = async (tables: Tables, log: EventLog): Promise<void> => {
  const item = await tables.item('redemption', { pk: 'installation', sk: 'id' });
  if (!item || !('installation' in log)) return;
  const id = await (log as EventLog & { installation(): Promise<string> }).installation();
  if (item.state.id === id) return;
  throw new Advice(
    'The store and the event log are of two systems. Check FCODE_DATA, or DYNAMODB_ENDPOINT and FCODE_EVENT_LOG together.',
  );
};

/** One line that is written over, for who watches; nothing where nobody does. */
const progressLine = () => {
  const { stderr } = process;
  const write = (line: string) => stderr.isTTY && stderr.write(`\r\u001b[K${line}`);
  return { progress: (line: string) => void write(printable(line)), done: () => void write('') };
};

export const reconcileCommand = (): Command =>
  new Command('reconcile')
    .description('Prove that tables and event log agree, while the system works; exits with 1 when they do not')
    .addHelpText(
      'after',
      '\nThe log is found as by npx fcode events. The store is the engine at DYNAMODB_ENDPOINT (tables named after\n' +
        'FCODE_TABLE_PREFIX), DynamoDB itself where only the prefix or a Kafka log is named, else that of FCODE_DATA (.data):\n' +
        'of the system that runs on it, or of its files when none does, which nobody else can open meanwhile.\n\n' +
        'Of a system at work nothing is locked or written. What everybody must have heard of first is judged when the system is at rest.',
    )
    .action(async (_: object, command: Command) => {
      const { progress, done } = progressLine();
      const found = await withLog((log) =>
        withTables(async (tables) => {
          const { reconcile } = await import('@fcode/reconcile');
          await checkPair(tables, log);
          return await reconcile({ tables, log, now: Date.now, progress }).finally(done);
        }),
      );
      showOf(command)(found, report);
      if (found.differences.length > 0) process.exitCode = 1;
    });
