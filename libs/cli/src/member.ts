import type { PinBody, Pins } from '@fcode/client';
import { Command } from 'commander';
import { printable, sheet } from './output.ts';
import { sessionOf } from './session.ts';

const pinsLine = ({ memberId, pins }: Pins): string =>
  printable(`${memberId} ${pins.length === 0 ? 'has no tier by hand' : `is ${pins.join(', ')} by hand`}.`);

export const memberCommand = (): Command => {
  const member = new Command('member').description("See a member's standing, and give tiers by hand");

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
    .command('standing')
    .description("A member's tier and score now, and why")
    .requiredOption('--member <id>')
    .action(async ({ member }: { member: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.standing(member), ({ memberId, tier, score, pins, reasons }) =>
        sheet({
          member: memberId,
          tier,
          score: Math.round(score * 10) / 10,
          'by hand': pins.join(', ') || 'none',
          because: reasons.map(({ code }) => code).join(', '),
        }),
      );
    });

  return member;
};
