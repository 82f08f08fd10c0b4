import type { Ref } from '@fcode/dynamo';
import type { Fact } from '@fcode/policy';
import { type Tally, tallyGrown } from './funnel.ts';

/** What was heard of a reward, whichever came first. */
export interface Reward {
  /** It vested, worth so many millionths of a point. */
  micropoints?: number;
  /** Returned lines left so many of them, by the one that left the fewest: what is left only falls. */
  left?: number;
  reversed?: true;
}

const evolve = (reward: Reward, { type, data }: Fact): Reward => {
  if (type !== 'reward.heard') return reward;
  const heard = data as Reward;
  const lefts = [reward.left, heard.left].filter((left) => left !== undefined);
  return { ...reward, ...heard, ...(lefts.length === 0 ? {} : { left: Math.min(...lefts) }) };
};

export const rewardRef = (rewardId: string): Ref<Reward> => ({
  pk: `reward/${rewardId}`,
  sk: 'heard',
  initial: {},
  evolve,
});

const worth = ({ micropoints, left, reversed }: Reward): Pick<Tally, 'rewards' | 'micropoints'> =>
  micropoints === undefined || reversed
    ? { rewards: 0, micropoints: 0 }
    : { rewards: 1, micropoints: left ?? micropoints };

/**
 * What a reward adds to its tallies when `heard` is heard of it. A reward counts while it is vested and not reversed, with
 * what returns left of it, so that all may be heard in any order, and one that is reversed before it vested never counted.
 */
export const rewardHeard = (before: Reward, heard: Reward): Fact[] => {
  const fact = { type: 'reward.heard', data: heard };
  const [was, is] = [worth(before), worth(evolve(before, fact))];
  const by = { rewards: is.rewards - was.rewards, micropoints: is.micropoints - was.micropoints };
  return by.rewards === 0 && by.micropoints === 0 ? [fact] : [fact, tallyGrown(by)];
};
