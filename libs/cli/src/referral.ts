import { Command } from 'commander';
import { printable } from './output.ts';
import { sessionOf } from './session.ts';

export const referralCommand = (): Command => {
  const referral = new Command('referral').description('What came of invitations');

  referral
    .command('reverse <referral>')
    .description('Take the reward of a referral back; who invited whom stays as it is')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async (referralId: string, { reason }: { reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.reverseReward(referralId, reason), ({ rewardId }) => printable(`${rewardId} is taken back.`));
    });

  return referral;
};
