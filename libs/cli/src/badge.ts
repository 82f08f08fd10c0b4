import { readFile } from 'node:fs/promises';
import type { BadgeAwards, BadgeWithdrawals } from '@fcode/client';
import { Command, Option } from 'commander';
import { Advice, adviceOn } from './advice.ts';
import { instant, printable } from './output.ts';
import { count, when } from './parse.ts';
import { membersWithPoints } from './points.ts';
import { sessionOf } from './session.ts';
import { withTables } from './store.ts';

interface Given {
  member?: string[];
  members?: string;
  reason: string;
  reference?: string;
}

interface AwardGiven extends Given {
  points?: number;
  before?: string;
  dryRun?: boolean;
}

/** Members that one call may name. */
const membersAtOnce = 1000;
const shownAtMost = 20;

const inWords = (members: number): string =>
  members === 1 ? '1 member' : `${members.toLocaleString('en-US')} members`;

/** The members in the first column of a file, with or without a header. */
const membersIn = async (file: string): Promise<string[]> => {
  const csv = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Advice(`The members cannot be read: ${error.message}`);
  });
  const lines = csv.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const memberId = /^([^",]+)(,|$)/.exec(line.trim())?.[1]?.trim();
    if (memberId === undefined) throw new Advice(`${file}, line ${index + 1}: it must begin with a member's id`);
    return index === 0 && memberId === 'member_id' ? [] : [memberId];
  });
};

/** A line a second on standard error, while `work` lasts: how far it is. */
const watched = async <Result>(line: () => string, work: () => Promise<Result>): Promise<Result> => {
  const progress = setInterval(() => process.stderr.write(`${line()}\n`), 1000);
  try {
    return await work();
  } finally {
    clearInterval(progress);
  }
};

/** Who had the points, from the ledger as it stands in the store. */
const membersBy = async (points: number, before: string): Promise<string[]> => {
  let [entries, found] = [0, 0];
  const onRead = (members: number) => {
    entries += 1;
    found = members;
  };
  return watched(
    () => `${entries.toLocaleString('en-US')} contributions read, of ${inWords(found)}`,
    () =>
      withTables((tables) =>
        membersWithPoints(tables.items('membership'), { points, before: Date.parse(before) }, onRead),
      ),
  );
};

const namedBy = async ({ member, members }: Given): Promise<string[]> => {
  const named = [...new Set(member ?? (await membersIn(members ?? '')))];
  if (named.length === 0) throw new Advice(`${members} names no member.`);
  return named;
};

/** Sends them a thousand at a time. Where a call fails, those before it were done, and the same command again does the rest. */
const sendAll = async <Answer>(
  members: readonly string[],
  send: (body: { members: string[] }) => Promise<Answer>,
): Promise<Answer[]> => {
  const answers: Answer[] = [];
  const done = () => Math.min(answers.length * membersAtOnce, members.length);
  const far = () => `${done().toLocaleString('en-US')} of ${inWords(members.length)}`;
  const work = async () => {
    while (done() < members.length) {
      try {
        answers.push(await send({ members: members.slice(done(), done() + membersAtOnce) }));
      } catch (error) {
        if (answers.length === 0) throw error;
        const rest = `${far()} were done; the same command again does the rest.`;
        throw new Advice(`${adviceOn(error, 'The system')} ${rest}`);
      }
    }
  };
  // Of a single call there is nothing to tell until it has answered.
  await (members.length > membersAtOnce ? watched(far, work) : work());
  return answers;
};

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

const awardedLines = ({ badge, awarded, unchanged, refused }: BadgeAwards): string[] => [
  printable(
    `${badge}: ${awarded} awarded, ${unchanged} had it already${refused.length === 0 ? '' : `, ${refused.length} refused`}.`,
  ),
  ...refused.slice(0, shownAtMost).map(({ memberId, reason }) => printable(`${memberId}: ${reason}`)),
  ...(refused.length > shownAtMost ? [`and ${refused.length - shownAtMost} more; --json lists all`] : []),
];

const withOptions = (command: Command): Command =>
  command
    .addOption(new Option('--member <id...>', 'the members').conflicts(['members']))
    .option('--members <file.csv>', 'the members in the first column of a file')
    .requiredOption('--reason <text>', 'why; it is kept')
    .option('--reference <text>', 'where it stands in your books');

export const badgeCommand = (): Command => {
  const badge = new Command('badge').description('Recognise members by badges, without money');

  withOptions(badge.command('award <badge>').description('Award a badge, such as tester; who has it already keeps it'))
    .addOption(
      new Option('--points <points>', 'to all who had so many points, as they were worth on the day; with --before')
        .argParser(count)
        .conflicts(['member', 'members']),
    )
    .addOption(
      new Option('--before <instant>', 'by contributions that occurred before it, and were not taken back').argParser(
        when,
      ),
    )
    .option('--dry-run', 'with --points: say how many they are, and award nothing')
    .addHelpText(
      'after',
      `
With --points the ledger is read from the store, page by page, while the system works; the store is found as by
npx fcode reconcile, and must be that of the system which is asked to award. Running it again awards what is new.

Examples:
  npx fcode badge award tester --member m_mia m_leo --reason "Found the flicker"
  npx fcode badge award tester --points 100 --before 2011-08-01T00:00:00Z --reason "100 points before August" --dry-run`,
    )
    .action(async (name: string, given: AwardGiven, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { member, members, points, before, dryRun, reason, reference } = given;
      if ((points === undefined) !== (before === undefined)) {
        command.error("error: '--points <points>' and '--before <instant>' go together");
      }
      if (points === undefined && dryRun) command.error("error: '--dry-run' goes with '--points <points>'");
      if (points === undefined && member === undefined && members === undefined) {
        command.error("error: to whom? '--member <id...>', '--members <file.csv>' or '--points <points>'");
      }
      const search = points === undefined || before === undefined ? undefined : { points, before };
      const found = search ? await membersBy(search.points, search.before) : await namedBy(given);
      const by = search && { ...search, members: found.length };
      const lead = by
        ? [`${inWords(by.members)} had ${by.points.toLocaleString('en-US')} points before ${instant(by.before)}.`]
        : [];
      if (by && dryRun) {
        show({ badge: name, ...by, dryRun: true }, () => [...lead, 'None of them was awarded anything.'].join('\n'));
        return;
      }
      const answers = await sendAll(found, (body) =>
        fcode.badges.award(name, { ...body, reason, ...(reference === undefined ? {} : { reference }) }),
      );
      const told = {
        badge: name,
        ...by,
        awarded: sum(answers.map(({ awarded }) => awarded)),
        unchanged: sum(answers.map(({ unchanged }) => unchanged)),
        refused: answers.flatMap(({ refused }) => refused),
      };
      show(told, (awards) => [...lead, ...awardedLines(awards)].join('\n'));
      if (told.refused.length > 0) process.exitCode = 1;
    });

  withOptions(badge.command('withdraw <badge>').description('Take a badge back')).action(
    async (name: string, given: Given, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { member, members, reason, reference } = given;
      if (member === undefined && members === undefined) {
        command.error("error: from whom? '--member <id...>' or '--members <file.csv>'");
      }
      const answers = await sendAll(await namedBy(given), (body) =>
        fcode.badges.withdraw(name, { ...body, reason, ...(reference === undefined ? {} : { reference }) }),
      );
      const told: BadgeWithdrawals = {
        badge: name,
        withdrawn: sum(answers.map(({ withdrawn }) => withdrawn)),
        unchanged: sum(answers.map(({ unchanged }) => unchanged)),
      };
      show(told, ({ withdrawn, unchanged }) =>
        printable(`${name}: ${withdrawn} withdrawn, ${unchanged} did not have it.`),
      );
    },
  );

  return badge;
};
