import type { DeadLetter, EventLog, Place } from '@fcode/event-log';
import type { Topic } from '@fcode/events';
import type { ServiceName } from '@fcode/infra/tables';
import { groups } from '@fcode/infra/topics';
import type { Command, Option } from 'commander';
import { Advice } from './advice.ts';
import { withLog } from './event-log.ts';
import { groupOption } from './groups.ts';
import { correctedEvent } from './mending.ts';
import { document, instant, printable, table, write } from './output.ts';
import { count, countOrNone } from './parse.ts';
import { notIn, placeIn, placeText, topicOption } from './place.ts';
import { showOf } from './session.ts';

const itsGroup = (): Option => groupOption('whose it is').makeOptionMandatory();

/** For every letter of a group: the embedded log lists no more than a thousand at once. */
const all = 1_000_000;
const longestReason = 120;

const looking = (group: ServiceName): string => `npx fcode events dead --group ${group}`;

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What may be shown of a letter everywhere: never its body, which may hold codes and whose they are. */
const aboutLetter = ({ body, ...letter }: DeadLetter) => {
  let event: { type?: unknown; id?: unknown } | null = {};
  try {
    event = JSON.parse(body) as typeof event;
  } catch {
    // Not an event, then.
  }
  return { ...letter, place: placeText(letter), type: textIn(event?.type), id: textIn(event?.id) };
};

const clipped = (text: string): string => (text.length > longestReason ? `${text.slice(0, longestReason)}…` : text);

const letterTable = (group: ServiceName, letters: ReturnType<typeof aboutLetter>[]): string =>
  table(
    letters.map(({ place, at, attempts, mended, type, id, reason }) => ({
      place,
      at: instant(at),
      attempts,
      mended: mended ? 'yes' : 'no',
      type,
      event: id,
      reason: clipped(printable(reason).replace(/ {2,}/g, ' ')),
    })),
    `There are no dead letters of ${group}.`,
  );

const unknownLetter = (group: ServiceName, place: string, listed = 0): Advice =>
  new Advice(
    `There is no dead letter of ${group} at ${place}${listed >= 1000 ? ` among the first ${listed}` : ''}. ` +
      `See what there is: ${looking(group)}`,
  );

/** One body, as JSON that a file can hold and `mend` takes back. What is not JSON is shown as a JSON string. */
const printBody = async (log: EventLog, group: ServiceName, place: string): Promise<void> => {
  const letters = await log.deadLetters(group, all);
  const letter = letters.find((one) => placeText(one) === place);
  if (!letter) throw unknownLetter(group, place, letters.length);
  let body: unknown = letter.body;
  try {
    body = JSON.parse(letter.body);
  } catch {
    process.stderr.write(`fcode: What stands at ${place} is not JSON; it is printed as a JSON string.\n`);
  }
  write(document(body));
};

interface Range {
  topic: Topic;
  partition: number;
  from: number;
  to: number;
}

const checkRange = async (log: EventLog, group: ServiceName, { topic, partition, to }: Range): Promise<void> => {
  const end = (await log.lag(group, [topic])).find((lag) => lag.partition === partition)?.end ?? 0;
  if (to > end) throw new Advice(`${topic}/${partition} ends at ${end}: --to is ${end} at most.`);
};

/** The range that the options name, if they name one. Of a topic that the group does not listen to, it would wait for ever. */
const rangeOf = (given: Partial<Range> & { group: ServiceName }, command: Command): Range | undefined => {
  const { group, topic, partition, from, to } = given;
  const parts = [topic, partition, from, to];
  if (parts.every((part) => part === undefined)) return undefined;
  if (topic === undefined || partition === undefined || from === undefined || to === undefined) {
    return command.error("error: a range is all of '--topic', '--partition', '--from' and '--to'");
  }
  if (!groups[group].includes(topic)) {
    return command.error(`error: ${group} does not listen to ${topic}; it listens to ${groups[group].join(', ')}`);
  }
  const problem = notIn(topic, partition);
  if (problem) return command.error(`error: ${problem}`);
  if (from >= to) return command.error(`error: '--to' is the first offset that is not handed over, so above ${from}`);
  return { topic, partition, from, to };
};

/** What a group could not handle: to look at, mend, discard and hand over again. */
export const addLetterCommands = (events: Command): void => {
  events
    .command('dead')
    .description('What a group could not handle, the longest dead first; bodies only with --full')
    .addOption(itsGroup())
    .option('--limit <n>', 'at most so many', count, 100)
    .option('--full <place>', 'print the body of this one whole as JSON, such as redemption/3/17', placeIn)
    .addHelpText(
      'after',
      '\nTo mend one:\n  npx fcode events dead --group referral --full redemption/3/17 > letter.json\n' +
        '  npx fcode events mend --group referral redemption/3/17 letter.json\n' +
        '  npx fcode events replay --group referral',
    )
    .action(async ({ group, limit, full }: { group: ServiceName; limit: number; full?: Place }, command: Command) => {
      if (full) return withLog((log) => printBody(log, group, placeText(full)));
      const letters = await withLog((log) => log.deadLetters(group, limit + 1));
      showOf(command)(letters.slice(0, limit).map(aboutLetter), (shown) => letterTable(group, shown));
      if (letters.length > limit) process.stderr.write(`There are more than these ${limit}: see them with --limit.\n`);
    });

  events
    .command('mend')
    .description('Put a corrected event in the place of a dead letter; the next replay hands it over instead')
    .argument('<place>', 'where it stands, such as redemption/3/17', placeIn)
    .argument('<file>', 'the whole event as JSON; - reads standard input')
    .addOption(itsGroup())
    .action(async (place: Place, file: string, { group }: { group: ServiceName }, command: Command) => {
      const event = await correctedEvent(file, place);
      const at = placeText(place);
      if (!(await withLog((log) => log.mendDeadLetter(group, place, event)))) throw unknownLetter(group, at);
      showOf(command)({ group, place: at, type: event.type, id: event.id }, () =>
        printable(`${at} is mended. Hand it over again: npx fcode events replay --group ${group}`),
      );
    });

  events
    .command('discard')
    .description("Take a dead letter off a group's list for good; the event stays in the log")
    .argument('<place>', 'where it stands, such as redemption/3/17', placeIn)
    .addOption(itsGroup())
    .requiredOption('--reason <text>', 'why; it is printed with what was discarded, for your records')
    .action(async (place: Place, { group, reason }: { group: ServiceName; reason: string }, command: Command) => {
      const at = placeText(place);
      if (!(await withLog((log) => log.discardDeadLetter(group, place)))) throw unknownLetter(group, at);
      showOf(command)({ group, place: at, reason }, () =>
        printable(`${at} is off the list of ${group} for good: ${reason}`),
      );
    });

  events
    .command('replay')
    .description('Hand dead letters, or a range of a partition, to a group again, and to no other')
    .addOption(itsGroup())
    .addOption(topicOption('of a range'))
    .option('--partition <n>', 'of a range', countOrNone)
    .option('--from <offset>', 'the first of a range', countOrNone)
    .option('--to <offset>', 'the first after a range', countOrNone)
    .action(async (given: Partial<Range> & { group: ServiceName }, command: Command) => {
      const { group } = given;
      const range = rangeOf(given, command);
      const handed = await withLog(async (log) => {
        if (!range) return log.replayDeadLetters(group);
        await checkRange(log, group, range);
        return log.replay(group, range.topic, range.partition, range.from, range.to);
      });
      const what = range ? 'event' : 'dead letter';
      showOf(command)({ group, handed, ...range }, () =>
        handed === 0
          ? `Nothing is there to hand to ${group} again, or it waits to be handed over already.`
          : `${handed === 1 ? `1 ${what} is` : `${handed} ${what}s are`} handed to ${group} again. Watch what it cannot handle: ${looking(group)}`,
      );
    });
};
