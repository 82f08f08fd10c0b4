import type { PinBody, Pins, Standing } from '@fcode/client';
import { Command } from 'commander';
import { historyOptions, type Wanted } from './order.ts';
import { instant, printable, sheet } from './output.ts';
import { sessionOf } from './session.ts';
import { firstOf, moreThan, timelineOfMany } from './timeline.ts';

const pinsLine = ({ memberId, pins }: Pins): string =>
  printable(`${memberId} ${pins.length === 0 ? 'has no tier by hand' : `is ${pins.join(', ')} by hand`}.`);

const rounded = (points: number): number => Math.round(points * 10) / 10;

/** A reason of a standing in a few words: what was done, how often, and what it is worth now. */
const reasonLine = ({ code, ...figures }: Standing['reasons'][number]): string =>
  code === 'contributed'
    ? `${String(figures.kind)} ${String(figures.count)}× (${rounded(Number(figures.points))})`
    : code.replaceAll('_', ' ');

export const memberCommand = (): Command => {
  const member = new Command('member').description("See a member's standing and history, and give tiers by hand");

  member
    .command('pin')
    .description('Give a member tiers by hand, in place of those given before')
    .requiredOption('--member <id>')
    .requiredOption('--tier <tier...>', 'such as angel')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async (given: { member: string; tier: PinBody['pins']; reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.pin(given.member, { pins: given.tier, reason: given.reason }), pinsLine);
    });

  member
    .command('unpin')
    .description('Take back the tiers that were given by hand')
    .requiredOption('--member <id>')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async ({ member, reason }: { member: string; reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.pin(member, { pins: [], reason }), pinsLine);
    });

  member
    .command('revoke')
    .description('Take the codes of a member out of use for good, those that are passed on included')
    .requiredOption('--member <id>')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async ({ member, reason }: { member: string; reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.checkout.revokeMember(member, reason), ({ memberId, revoked, used }) =>
        printable(`${memberId} has ${revoked} codes less; ${used} are owned by orders, and stay.`),
      );
    });

  member
    .command('standing')
    .description("A member's tier, score and badges now, and why")
    .requiredOption('--member <id>')
    .action(async ({ member }: { member: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.standing(member), ({ memberId, tier, score, pins, badges, reasons, next, fallsAt }) =>
        sheet({
          member: memberId,
          tier,
          score: rounded(score),
          'by hand': pins.join(', ') || 'none',
          badges: badges.length === 0 ? undefined : badges.map(({ badge }) => badge).join(', '),
          because: reasons.map(reasonLine).join(', '),
          next: next && `${next.tier}, ${rounded(next.missing)} points away`,
          falls: fallsAt && instant(fallsAt),
        }),
      );
    });

  historyOptions(
    member
      .command('history <id>')
      .description('What happened to a member: codes, orders, referrals, rewards, badges, tiers; no contributions'),
  ).action(async (id: string, { order, limit }: Wanted, command: Command) => {
    const { fcode, show } = sessionOf(command);
    const { items, isMore } = await firstOf(fcode.memberHistory(id, { order }), limit);
    show(items, () =>
      [timelineOfMany(items, 'Nothing has happened to this member.'), ...(isMore ? [moreThan] : [])].join('\n'),
    );
  });

  return member;
};
