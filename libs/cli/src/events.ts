import type { ServiceName } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { Command } from 'commander';
import { Advice } from './advice.ts';
import { withLog } from './event-log.ts';
import { groupNames, groupOption } from './groups.ts';
import { type Behind, measured, sampleOf } from './lag.ts';
import { addLetterCommands } from './letters.ts';
import { type Membership, membersNow } from './members.ts';
import { table } from './output.ts';
import { count, countOrNone } from './parse.ts';
import { showOf } from './session.ts';

const asked = (group: ServiceName | undefined): ServiceName[] => (group === undefined ? groupNames : [group]);

const span = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
};

const throughText = ({ behind, throughInSeconds }: Behind): string | undefined => {
  if (behind === 0) return 'now';
  if (throughInSeconds === undefined) return undefined;
  return throughInSeconds === null ? 'not at this rate' : `in ${span(throughInSeconds)}`;
};

const lagTable = (lags: Behind[]): string =>
  table(
    lags.map((lag) => ({
      group: lag.group,
      topic: lag.topic,
      behind: lag.behind,
      worst: lag.worst && `${lag.worst.behind} in partition ${lag.worst.partition}`,
      'written/s': lag.writtenPerSecond,
      'handled/s': lag.handledPerSecond,
      through: throughText(lag),
    })),
    '',
  );

/** Partitions in a few words: `0-3, 7`. */
const ranges = (partitions: number[]): string =>
  partitions
    .reduce<[first: number, last: number][]>((runs, partition) => {
      const run = runs.at(-1);
      if (run && run[1] === partition - 1) run[1] = partition;
      else runs.push([partition, partition]);
      return runs;
    }, [])
    .map(([first, last]) => (first === last ? first : `${first}-${last}`))
    .join(',');

const states: Record<string, string> = {
  Stable: 'settled',
  PreparingRebalance: 'members come or go',
  CompletingRebalance: 'partitions are being dealt',
  Empty: 'nobody listens',
  Dead: 'nobody has ever listened',
};

const membersTable = (memberships: Membership[]): string =>
  table(
    memberships.flatMap(({ group, state, members }) =>
      (members.length > 0 ? members : [undefined]).map((member) => ({
        group,
        state: states[state] ?? state,
        member: member?.id,
        host: member?.host,
        reads:
          member &&
          (Object.entries(member.partitions)
            .map(([topic, partitions]) => `${topic}: ${ranges(partitions)}`)
            .join('; ') ||
            'nothing'),
      })),
    ),
    '',
  );

export const eventsCommand = (): Command => {
  const events = new Command('events')
    .description('The event log itself: how far groups are, and what they could not handle')
    .addHelpText(
      'after',
      `\nThe log is what FCODE_EVENT_LOG names (a Kafka cluster as the FCODE_KAFKA_ variables reach it, or a file), else\nevents.sqlite in FCODE_DATA (.data). Groups: ${groupNames.join(', ')}.\nTopics: ${Object.keys(topics).join(', ')}.`,
    );

  events
    .command('lag')
    .description('How far groups are behind, and when they will be through')
    .addOption(groupOption('one group only'))
    .option('--over <seconds>', 'how long to look, for what is written and handled a second', count, 2)
    .option('--wait <seconds>', 'look until they are through; exits with 1 when they are not by then', countOrNone)
    .action(async (given: { group?: ServiceName; over: number; wait?: number }, command: Command) => {
      const { group, over, wait } = given;
      const waitMs = wait === undefined ? undefined : wait * 1000;
      const { lags, through } = await withLog((log) =>
        measured(() => sampleOf(log, asked(group)), { overMs: over * 1000, waitMs }),
      );
      showOf(command)(lags, lagTable);
      if (wait === undefined || through) return;
      const left = lags.reduce((sum, { behind }) => sum + behind, 0);
      const late = [...new Set(lags.flatMap((lag) => (lag.behind > 0 ? lag.group : [])))];
      throw new Advice(
        `After ${wait} s, ${left} events are still to be handled by ${late.join(', ')}. Wait longer with --wait, or see ` +
          "whether they listen: npx fcode events members on Kafka, and the services' own logs.",
      );
    });

  events
    .command('members')
    .description('Who listens for each group, and which partitions they have; on Kafka only')
    .addOption(groupOption('one group only'))
    .action(async ({ group }: { group?: ServiceName }, command: Command) => {
      showOf(command)(await membersNow(asked(group)), membersTable);
    });

  addLetterCommands(events);
  return events;
};
