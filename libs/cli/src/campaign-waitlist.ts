import type { WaitlistPlaces } from '@fcode/client';
import { Command, Option } from 'commander';
import { onceOption, sendOnce } from './once.ts';
import { instant, sheet, table } from './output.ts';
import { count } from './parse.ts';
import { sessionOf } from './session.ts';
import { firstOf, moreThan } from './timeline.ts';

interface Given {
  limit: number;
  give?: number;
  reason?: string;
  idempotencyKey?: string;
}

interface Line {
  campaignId: string;
  waiting: number;
  places: WaitlistPlaces;
  items: { memberId: string; since: string }[];
}

/** The system counts no further: the line may be of millions. */
const countedAtMost = 1000;

const lineSheet = ({ waiting, places: { left, offered, revoked }, items }: Line): string =>
  [
    sheet({
      waiting: waiting < countedAtMost ? waiting : `${waiting.toLocaleString('en-US')} or more`,
      'places to offer': left,
      'places offered': offered,
      'of revoked codes': revoked,
    }),
    '',
    table(
      items.map(({ memberId, since }, place) => ({ next: place + 1, member: memberId, since: instant(since) })),
      'Nobody waits.',
    ),
  ].join('\n');

const inWords = (places: number): string =>
  places === 1 ? '1 place is' : `${places.toLocaleString('en-US')} places are`;

export const waitlistCommand = (): Command =>
  new Command('waitlist')
    .argument('<campaign>')
    .description('Who waits for its codes, in their order, and what comes back for them; or give them places')
    .addOption(new Option('--limit <members>', 'this many of those who are next').argParser(count).default(10))
    .option('--give <places>', 'so many places that are for everybody to those who wait; with --reason', count)
    .option('--reason <text>', 'why; it is kept')
    .addOption(onceOption())
    .addHelpText(
      'after',
      '\nExamples:\n  npx fcode campaign waitlist CAMPAIGN --limit 50\n' +
        '  npx fcode campaign waitlist CAMPAIGN --give 200 --reason "The last hour"',
    )
    .action(async (campaignId: string, { limit, give, reason, ...once }: Given, command: Command) => {
      const { fcode, show } = sessionOf(command);
      if ((give === undefined) !== (reason === undefined)) {
        command.error("error: '--give <places>' and '--reason <text>' go together");
      }
      if (give !== undefined && reason !== undefined) {
        const supply = { places: give, reason };
        show(
          await sendOnce(once, (request) => fcode.waitlist.supply(campaignId, supply, request)),
          ({ places }) => `${inWords(places)} for those who wait.`,
        );
        return;
      }
      const line = fcode.waitlist.line(campaignId);
      const { waiting, places } = await line.page({ limit: 1 });
      const { items, isMore } = await firstOf(line, limit);
      show({ campaignId, waiting, places, items }, (found) =>
        [lineSheet(found), ...(isMore ? [moreThan] : [])].join('\n'),
      );
    });
