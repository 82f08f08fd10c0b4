import {
  cutoffsInForce,
  defaultPolicy,
  type cutoffsInForce as inForce,
  type Ladder,
  type Policy,
  type Standing,
  tierAt,
} from '@fcode/policy';
import { atRest, type Family, skewMs } from '../check.ts';

interface MemberState extends Standing {
  told?: string;
}

interface CutoffsState {
  current?: Parameters<typeof inForce>[0];
  /** Where somebody may still have to be told, by sums of [low, high). */
  spans?: Record<string, { low: string; high: string }>;
}

/** Members know the tier that they have. */
export const tiers: Family = (open) => {
  const finding = open('tiers-told', 'each member was told the tier that is theirs now');
  const members: { name: string; state: MemberState }[] = [];
  let cutoffs: CutoffsState = {};
  let policy: Policy = defaultPolicy;
  let lookedUntil = 0;

  return {
    items: {
      membership: ({ pk, sk, state }) => {
        if (sk === 'standing') {
          const { S, t0, halfLifeDays, pins, told } = state as unknown as MemberState;
          members.push({ name: pk, state: { S, t0, halfLifeDays, pins, ...(told === undefined ? {} : { told }) } });
        } else if (pk === 'cutoffs') cutoffs = state as CutoffsState;
        else if (pk === 'policy') policy = (state as { policy?: Policy }).policy ?? defaultPolicy;
        else if (pk === 'timers') lookedUntil = (state as { until: number }).until;
      },
    },
    conclude: (system) => {
      const now = system.now();
      if (lookedUntil + skewMs < now) {
        finding.skip('no process looks after tiers that end by themselves: is membership running?');
        return;
      }
      const { current, spans = {} } = cutoffs;
      const ladder: Ladder = { policy, ...(current ? { cutoffs: cutoffsInForce(current) } : {}) };
      const isLookedAtSoon = (S: string): boolean =>
        Object.values(spans).some(({ low, high }) => BigInt(S) >= BigInt(low) && BigInt(S) < BigInt(high));
      const open = policy.tiers.at(-1)?.tier;
      atRest(finding, system, () => {
        for (const { name, state } of members) {
          if (isLookedAtSoon(state.S)) continue;
          finding.looked();
          const told = state.told ?? open;
          const { tier } = tierAt(ladder, state, now);
          // One that ends about now may have been told by a clock that is ahead, or be told in a moment.
          const around = [now - skewMs, now + skewMs].map((at) => tierAt(ladder, state, at).tier);
          if ([tier, ...around].some((one) => one === told)) continue;
          finding.differs(name, `${name} is ${tier}, and was told ${told}`);
        }
      });
    },
  };
};
