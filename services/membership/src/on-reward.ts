import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { Contribution } from './contribute.rule.ts';
import type { ContributionStore } from './contribution-store.ts';

/** The source under which rewards stand in the ledger; no other may use it. */
export const rewardSource = 'referral';

type RewardHeard = Heard<'reward.vested' | 'reward.reduced' | 'reward.reversed'>;

/**
 * What an event about a reward says to the ledger. It stands there under its own id, and what a return leaves of it under that
 * id and the return's: a reduction takes back whatever stood there before, and counts what is left. A difference would be the
 * same to the sum but for rounding, and could be heard before what it is taken from: so no sum is ever less than nothing.
 */
const contributionsOf = ({ type, data }: RewardHeard): Contribution[] => {
  const { inviter: memberId, rewardId } = data;
  const entry = (returnId?: string) => ({
    memberId,
    source: rewardSource,
    ref: returnId === undefined ? rewardId : `${rewardId}/${returnId}`,
  });
  const counted = (points: number, madeAt: string, returnId?: string): Contribution => ({
    ...entry(returnId),
    kind: 'referral',
    points,
    occurredAt: Date.parse(madeAt),
  });
  if (type === 'reward.vested') return [counted(data.points, data.madeAt)];
  const occurredAt = Date.parse(type === 'reward.reduced' ? data.reducedAt : data.reversedAt);
  const takenBack = [undefined, ...(data.reductions ?? [])].map(
    (returnId): Contribution => ({ ...entry(returnId), kind: 'reversal', occurredAt }),
  );
  if (type === 'reward.reversed') return takenBack;
  const { left, madeAt, returnId } = data;
  return left > 0 ? [...takenBack, counted(left, madeAt, returnId)] : takenBack;
};

/**
 * A vested reward is a contribution of the inviter, of the day on which the friend bought; a reversed one is taken back, and of a
 * reduced one what is left counts. Its id is its place in the ledger: however often it is heard, and in whichever order, the end
 * is the same.
 */
export const onReward =
  (contributions: ContributionStore, clock: () => number) =>
  async (heard: RewardHeard): Promise<void> => {
    for (const result of await contributions.record(contributionsOf(heard), causedBy(heard, clock))) {
      if (result.status === 'refused') throw new Error(`the reward could not be counted: ${result.reason}`);
    }
  };
