import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '@fcode/client';
import { Command } from 'commander';
import { Advice } from './advice.ts';
import { instant, sheet, table } from './output.ts';
import { sessionOf } from './session.ts';

const computedWithinMs = 60_000;

const rounded = (points: number): number => Math.round(points * 100) / 100;

const reachedBy: Record<Policy['tiers'][number]['by'], string> = {
  pin: 'by hand',
  score: 'by score',
  share: 'by share',
  all: 'by everybody',
};

const sheetOf = ({ version, halfLifeDays, tiers, rewards, cutoffs }: Policy): string =>
  [
    sheet({
      policy: version,
      'half-life': `${halfLifeDays} days`,
      'a referral earns': `${rewards.referral.points} points`,
      'cut-offs as of': cutoffs && `${instant(cutoffs.asOf)}, of ${cutoffs.scored} members with a score`,
    }),
    '',
    table(
      tiers.map(({ tier, by, share, minScore, places }) => ({
        tier,
        reached: reachedBy[by],
        share: share === undefined ? undefined : `${rounded(share * 100)} %`,
        needs: minScore === undefined ? undefined : rounded(minScore),
        places,
      })),
      '',
    ),
  ].join('\n');

export const policyCommand = (): Command => {
  const policy = new Command('policy').description('What contributions count, what tiers need, what a referral earns');

  policy
    .command('show')
    .description('The policy in force, with the cut-offs as they are now')
    .action(async (_: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.policy(), sheetOf);
    });

  policy
    .command('cutoffs')
    .description('Compute the cut-offs of tiers by share now, not at the set hour, and wait for them')
    .action(async (_: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const before = (await fcode.policy()).cutoffs?.asOf;
      await fcode.computeCutoffs();
      const until = performance.now() + computedWithinMs;
      for (;;) {
        const now = await fcode.policy();
        if (now.cutoffs && now.cutoffs.asOf !== before) return show(now, sheetOf);
        if (performance.now() > until) {
          throw new Advice('The cut-offs are still being computed. See when they are in force: npx fcode policy show');
        }
        await sleep(200);
      }
    });

  return policy;
};
