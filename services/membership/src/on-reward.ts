import { causedBy } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import type { ContributionStore } from './contribution-store.ts';

/** The source under which rewards stand in the ledger; no other may use it. */
export const rewardSource = 'referral';

type RewardHeard = Heard<'reward.vested' | 'reward.reversed'>;

/**
 * A vested reward is a contribution of the inviter, of the day on which the friend bought; a reversed one is taken back.
 * Its id is its place in the ledger: however often it is heard, and whichever first, it counts once or not at all.
 */
export const onReward =
  (contributions: ContributionStore, clock: () => number) =>
  async (heard: RewardHeard): Promise<void> => {
    const { type, data } = heard;
    const { inviter: memberId, rewardId: ref } = data;
    const reward = { memberId, source: rewardSource, ref };
    const contribution =
      type === 'reward.vested'
        ? { ...reward, kind: 'referral', points: data.points, occurredAt: Date.parse(data.madeAt) }
        : { ...reward, kind: 'reversal', occurredAt: Date.parse(data.reversedAt) };
    const [result] = await contributions.record([contribution], causedBy(heard, clock));
    if (result?.status === 'refused') throw new Error(`the reward could not be counted: ${result.reason}`);
  };
