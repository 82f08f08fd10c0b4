import type { Ref } from '@fcode/dynamo';
import type { Fact } from '@fcode/policy';
import { type Tally, tallyGrown } from './funnel.ts';

/** What was heard of a reward: that it vested (worth so many millionths of a point), that it was reversed, or both. */
export interface Reward {
  micropoints?: number;
  reversed?: true;
}

const evolve = (reward: Reward, { type, data }: Fact): Reward =>
  type === 'reward.heard' ? { ...reward, ...(data as Reward) } : reward;

export const rewardRef = (rewardId: string): Ref<Reward> => ({
  pk: `reward/${rewardId}`,
  sk: 'heard',
  initial: {},
  evolve,
});

const worth = ({ micropoints, reversed }: Reward): Pick<Tally, 'rewards' | 'micropoints'> =>
  micropoints === undefined || reversed ? { rewards: 0, micropoints: 0 } : { rewards: 1, micropoints };

/**
 * What a reward adds to its tallies when `heard` is heard of it. A reward counts while it is vested and not reversed, so
 * that both may be heard in any order, and one that is reversed before it vested never counted.
 */
export const rewardHeard = (before: Reward, heard: Reward): Fact[] => {
  const fact = { type: 'reward.heard', data: heard };
  const [was, is] = [worth(before), worth(evolve(before, fact))];
  const by = { rewards: is.rewards - was.rewards, micropoints: is.micropoints - was.micropoints };
  return by.rewards === 0 && by.micropoints === 0 ? [fact] : [fact, tallyGrown(by)];
};
