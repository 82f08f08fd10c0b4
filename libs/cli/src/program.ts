import { Command, CommanderError, Option } from 'commander';
import { adviceOn, givenTo } from './advice.ts';
import { auditCommand } from './audit.ts';
import { badgeCommand } from './badge.ts';
import { campaignCommand } from './campaign.ts';
import { codeCommand } from './code.ts';
import { contributionCommand } from './contribution.ts';
import { eventsCommand } from './events.ts';
import { grantCommand } from './grant.ts';
import { memberCommand } from './member.ts';
import { orderCommand } from './order.ts';
import { policyCommand } from './policy.ts';
import { provisionCommand } from './provision.ts';
import { reconcileCommand } from './reconcile.ts';
import { referralCommand } from './referral.ts';
import { tokenCommand } from './token.ts';

const programOf = (): Command => {
  const program = new Command('fcode')
    .description('Campaigns, grants and codes of an F-code system, and what keeps it running')
    .addOption(new Option('--url <url>', 'where the system answers').env('FCODE_URL').default('http://127.0.0.1:8080'))
    .addOption(
      new Option('--token <token>', "bearer token; on this machine one is made from the data folder's secret").env(
        'FCODE_TOKEN',
      ),
    )
    .option('--json', 'one JSON document on standard output')
    .showHelpAfterError('Add --help to see how.')
    .exitOverride();
  for (const command of [
    campaignCommand(),
    grantCommand(),
    codeCommand(),
    memberCommand(),
    orderCommand(),
    badgeCommand(),
    contributionCommand(),
    policyCommand(),
    referralCommand(),
    auditCommand(),
    tokenCommand(),
    eventsCommand(),
    provisionCommand(),
    reconcileCommand(),
  ]) {
    program.addCommand(command);
  }

  /** Settings are not handed down to commands that are added, and each must throw, so that the exit code is decided here. */
  const settle = (command: Command): void => {
    command.copyInheritedSettings(program);
    command.commands.forEach(settle);
  };
  program.commands.forEach(settle);
  return program;
};

/** One command as its line has it, without the program's name; what it comes to is the process's exit code. */
export const run = async (line: string[]): Promise<void> => {
  const program = programOf();
  let started: Command | undefined;
  program.hook('preAction', (_, command) => {
    started = command;
  });
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      const given = started && givenTo(started);
      process.stderr.write(`fcode: ${adviceOn(error, program.opts<{ url: string }>().url, given)}\n`);
      process.exitCode = 1;
    }
  }
};
