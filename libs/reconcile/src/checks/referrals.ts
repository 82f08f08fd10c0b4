import type { Heard } from '@fcode/events';
import { atRest, each, type Family, skewMs } from '../check.ts';
import { after } from '../names.ts';

type Made = Heard<'referral.made'>['data'];
type RewardEvent = Heard<'reward.pending' | 'reward.vested' | 'reward.reduced' | 'reward.reversed'>;
type RewardStatus = 'pending' | 'vested' | 'reversed';

interface EdgeState {
  status: string;
  made: Made;
  reward?: {
    rewardId: string;
    points: number;
    status: RewardStatus;
    vestsAt: string;
    reduced?: { left: number };
  };
}

/** An edge as its item has it, or as it was told: who invited whom, by which purchase. */
interface Edge {
  inviter: string;
  invitee: string;
  redemptionId: string;
}

/** What is left of a reward after a return. */
interface Reduction {
  returnId: string;
  left: number;
}

/** A reward as told, or as its edge has it. */
interface Standing {
  status: RewardStatus | 'unknown';
  /** Of its points, once a return has reduced it. */
  left?: number | undefined;
}

interface Reward {
  /** The edge that it is of. */
  name: string;
  inviter: string;
  points: number;
  told: Standing;
  /** As told up to when its edge was read. */
  toldThen?: Standing;
  wasVested?: true;
  vestsAt?: number;
  reductions: Reduction[];
}

interface Read {
  seq: number;
  edge: Edge;
  made?: true;
  rewardId?: string;
  standing?: Standing;
}

/** A reward in the ledger, or what a return left of it. */
interface Counted {
  memberId?: string;
  points?: number;
  isReversed: boolean;
}

const vestsWithinMs = 120_000;

const edgeOf = ({ inviter, invitee, redemptionId }: Made): Edge => ({ inviter, invitee, redemptionId });
const isSame = (a: Edge, b: Edge): boolean =>
  a.inviter === b.inviter && a.invitee === b.invitee && a.redemptionId === b.redemptionId;

/** What a reward may be before each step of it. */
const before: Record<RewardEvent['type'], readonly Standing['status'][]> = {
  'reward.pending': ['unknown'],
  'reward.vested': ['pending'],
  'reward.reduced': ['vested'],
  'reward.reversed': ['pending', 'vested'],
};

const inWords = ({ status, left }: Standing): string => (left === undefined ? status : `${status} with ${left} left`);

/**
 * What the ledger must have of a reward by the end: by reference, the points that count, or `nothing` where all that may stand
 * there is taken back. A return takes back what stood before, and what it leaves stands under its own reference.
 */
const entriesOf = (
  rewardId: string,
  { told, points, reductions }: Reward,
): { ref: string; points: number; counts: boolean }[] => {
  const all = [
    { ref: rewardId, points },
    ...reductions.map(({ returnId, left }) => ({ ref: `${rewardId}/${returnId}`, points: left })),
  ];
  return all.map((entry, position) => ({
    ...entry,
    counts: told.status === 'vested' && position === all.length - 1,
  }));
};

/** Who invited whom, and what it earned. */
export const referrals: Family = (open) => {
  const finding = open(
    'referrals',
    'a purchase makes one referral at most, a buyer has one inviter, and nobody stands above himself',
  );
  const rewards = open(
    'rewards',
    'each reward is pending, vests and is reversed once at most, falls with returns, as its referral says, and is counted only when vested',
  );
  const counted = open('rewards-counted', "what is left of each vested reward stands in the inviter's ledger");
  const due = open('rewards-due', 'each reward vests at its time');

  const read = new Map<string, Read>();
  const byPurchase = new Map<string, string>();
  const byBuyer = new Map<string, string>();
  const inviterOf = new Map<string, string>();
  const known = new Map<string, Reward>();
  const inLedger = new Map<string, Counted>();
  let lookedUntil = 0;

  const once = (index: Map<string, string>, key: string, name: string, what: string) => {
    const other = index.get(key);
    if (other !== undefined) finding.differs(name, `${what} ${key} made two referrals: ${other} and ${name}`);
    index.set(key, name);
  };

  const rewardOf = (name: string, { rewardId, inviter, points }: RewardEvent['data']): Reward => {
    const reward = known.get(rewardId) ?? { name, inviter, points, told: { status: 'unknown' }, reductions: [] };
    known.set(rewardId, reward);
    return reward;
  };

  const onReward = (event: RewardEvent) => {
    const { type, aggregate: name, sequence, data } = event;
    const reward = rewardOf(name, data);
    const { seq } = read.get(name) ?? {};
    if (seq !== undefined && sequence > seq) reward.toldThen ??= reward.told;
    if (reward.name !== name) {
      rewards.differs(name, `${data.rewardId} is of ${reward.name}, and of ${name}`);
    }
    if (!before[type].includes(reward.told.status)) {
      rewards.differs(name, `${data.rewardId} of ${name} is ${inWords(reward.told)}, and then ${type}`);
    }
    if (reward.inviter !== data.inviter || reward.points !== data.points) {
      rewards.differs(
        name,
        `${data.rewardId} of ${name} is ${data.points} points for ${data.inviter}, and was ${reward.points} for ${reward.inviter}`,
      );
    }
    if (type === 'reward.reduced' || type === 'reward.reversed') {
      const told = (data.reductions ?? []).join();
      const expected = reward.reductions.map(({ returnId }) => returnId).join();
      if (told !== expected) {
        rewards.differs(
          name,
          `${data.rewardId} of ${name} was reduced by ${expected || 'none'}, and ${type} says by ${told || 'none'}`,
        );
      }
    }
    switch (type) {
      case 'reward.pending':
        reward.told = { status: 'pending' };
        reward.vestsAt = Date.parse(data.vestsAt);
        return;
      case 'reward.vested':
        reward.told = { ...reward.told, status: 'vested' };
        reward.wasVested = true;
        return;
      case 'reward.reduced': {
        const { returnId, taken, left } = data;
        const was = reward.told.left ?? reward.points;
        if (!(left >= 0 && left < was && taken === was - left)) {
          rewards.differs(
            name,
            `${data.rewardId} of ${name} had ${was} points left, and ${returnId} takes ${taken} and leaves ${left}`,
          );
        }
        reward.told = { ...reward.told, left };
        reward.reductions.push({ returnId, left });
        return;
      }
      case 'reward.reversed':
        reward.told = { ...reward.told, status: 'reversed' };
    }
  };

  /** Names of those who stand above themselves, a circle at a time. */
  const circles = (): string[][] => {
    const found: string[][] = [];
    const seen = new Set<string>();
    for (const start of inviterOf.keys()) {
      const path: string[] = [];
      const onPath = new Set<string>();
      for (let at: string | undefined = start; at !== undefined && !seen.has(at); at = inviterOf.get(at)) {
        seen.add(at);
        onPath.add(at);
        path.push(at);
        const up = inviterOf.get(at);
        if (up !== undefined && onPath.has(up)) found.push(path.slice(path.indexOf(up)));
      }
    }
    return found;
  };

  return {
    items: {
      referral: ({ pk, sk, seq, state }) => {
        if (pk === 'timers') lookedUntil = (state as { until: number }).until;
        if (sk !== 'edge' || !pk.startsWith('referral/')) return;
        const { status, made, reward } = state as unknown as EdgeState;
        // Whoever is at the top of others has an item that was only looked at.
        if (status !== 'made') return;
        const edge = edgeOf(made);
        inviterOf.set(edge.invitee, `m:${edge.inviter}`);
        const { rewardId, status: isNow, reduced } = reward ?? {};
        const standing = isNow && { status: isNow, left: reduced?.left };
        read.set(`${pk}#${sk}`, {
          seq,
          edge,
          ...(rewardId === undefined ? {} : { rewardId }),
          ...(standing === undefined ? {} : { standing }),
        });
      },
      membership: ({ pk, state }) => {
        const ref = after('ledger/referral/', pk);
        if (ref === undefined) return;
        const { recorded, reversed = [] } = state as {
          recorded?: { memberId: string; points: number };
          reversed?: { memberId: string }[];
        };
        const isReversed = reversed.length > 0;
        inLedger.set(
          ref,
          recorded ? { memberId: recorded.memberId, points: recorded.points, isReversed } : { isReversed },
        );
      },
    },
    events: {
      'referral.made': ({ aggregate: name, sequence, data }) => {
        finding.looked();
        once(byPurchase, data.redemptionId, name, 'purchase');
        once(byBuyer, data.invitee, name, 'buyer');
        if (!inviterOf.has(data.invitee)) inviterOf.set(data.invitee, `m:${data.inviter}`);
        const item = read.get(name);
        if (!item || sequence > item.seq) return;
        item.made = true;
        if (!isSame(item.edge, edgeOf(data))) {
          finding.differs(
            name,
            `${name} says that ${item.edge.inviter} invited ${item.edge.invitee}, and was told as ${data.inviter} and ${data.invitee}`,
          );
        }
      },
      'reward.pending': onReward,
      'reward.vested': onReward,
      'reward.reduced': onReward,
      'reward.reversed': onReward,
    },
    conclude: async (system) => {
      const { tables } = system;
      const now = system.now();
      for (const [name, { made, rewardId, standing }] of read) {
        if (!made) finding.differs(name, `${name} was made, and no event tells so`);
        const reward = rewardId === undefined ? undefined : known.get(rewardId);
        if (rewardId === undefined) rewards.differs(name, `${name} was made, and earns no reward`);
        const told = inWords(reward?.toldThen ?? reward?.told ?? { status: 'unknown' });
        if (standing && told !== inWords(standing)) {
          rewards.differs(name, `${rewardId} of ${name} is ${inWords(standing)} in the table and ${told} by the log`);
        }
      }
      for (const circle of circles()) {
        const [first = ''] = circle;
        finding.differs(first, `${first} invited himself, by way of ${circle.length - 1} others`);
      }

      for (const [ref, { memberId, points, isReversed }] of inLedger) {
        const name = `ledger/referral/${ref}`;
        const rewardId = ref.split('/')[0] as string;
        const reward = known.get(rewardId);
        const entry = reward && entriesOf(rewardId, reward).find((one) => one.ref === ref);
        const isTold = reward?.wasVested && reward.inviter === memberId && entry?.points === points;
        if (memberId !== undefined && !isTold) {
          rewards.differs(name, `${name} counts ${points} points for ${memberId}, and no such reward vested`);
        }
        if (isReversed && (entry === undefined || entry.counts)) {
          rewards.differs(name, `${name} was taken back, and ${rewardId} was not reversed`);
        }
      }
      for (const _ of known) rewards.looked();
      atRest(counted, system, () => {
        for (const [rewardId, reward] of known) {
          const { told, inviter, name } = reward;
          if (told.status !== 'vested' && told.status !== 'reversed') continue;
          counted.looked();
          for (const { ref, points, counts } of entriesOf(rewardId, reward)) {
            const entry = inLedger.get(ref);
            const isThere = entry?.memberId === inviter && !entry.isReversed;
            // Nothing stands for what left nothing.
            if (counts ? isThere || points === 0 : entry?.isReversed || points === 0) continue;
            const stands = entry === undefined ? 'does not stand' : 'stands otherwise';
            counted.differs(name, `${ref} of ${name} is ${told.status}, and ${stands} in the ledger of ${inviter}`);
          }
        }
      });

      if (lookedUntil + skewMs < now) {
        due.skip('no process looks after rewards that are due: is referral running?');
        return;
      }
      const pending = [...known].filter(([, { told }]) => told.status === 'pending');
      due.looked(pending.length);
      const overdue = pending.filter(([, { vestsAt = now }]) => vestsAt + vestsWithinMs < now);
      await each(overdue, async ([rewardId, { name, vestsAt = now }]) => {
        const item = await tables.item('referral', { pk: name.replace(/#edge$/, ''), sk: 'edge' });
        const state = item?.state as EdgeState | undefined;
        if (state?.reward?.status !== 'pending') return;
        due.differs(name, `${rewardId} of ${name} was to vest at ${new Date(vestsAt).toISOString()}`);
      });
    },
  };
};
