import type { Heard } from '@fcode/events';
import { atRest, each, type Family, skewMs } from '../check.ts';
import { after } from '../names.ts';

type Made = Heard<'referral.made'>['data'];
type RewardEvent = Heard<'reward.pending' | 'reward.vested' | 'reward.reversed'>;
type RewardStatus = 'pending' | 'vested' | 'reversed';

interface EdgeState {
  status: string;
  made: Made;
  reward?: { rewardId: string; points: number; status: RewardStatus; vestsAt: string };
}

/** An edge as its item has it, or as it was told: who invited whom, by which purchase. */
interface Edge {
  inviter: string;
  invitee: string;
  redemptionId: string;
}

interface Reward {
  /** The edge that it is of. */
  name: string;
  inviter: string;
  points: number;
  told: RewardStatus | 'unknown';
  /** As told up to when its edge was read. */
  toldThen?: RewardStatus | 'unknown';
  wasVested?: true;
  vestsAt?: number;
}

interface Read {
  seq: number;
  edge: Edge;
  made?: true;
  rewardId?: string;
  status?: RewardStatus;
}

/** A reward in the ledger. */
interface Counted {
  memberId?: string;
  points?: number;
  isReversed: boolean;
}

const vestsWithinMs = 120_000;

const edgeOf = ({ inviter, invitee, redemptionId }: Made): Edge => ({ inviter, invitee, redemptionId });
const isSame = (a: Edge, b: Edge): boolean =>
  a.inviter === b.inviter && a.invitee === b.invitee && a.redemptionId === b.redemptionId;

/** What may come before each step of a reward. */
const before: Record<RewardStatus, readonly (RewardStatus | 'unknown')[]> = {
  pending: ['unknown'],
  vested: ['pending'],
  reversed: ['pending', 'vested'],
};

/** Who invited whom, and what it earned. */
export const referrals: Family = (open) => {
  const finding = open(
    'referrals',
    'a purchase makes one referral at most, a buyer has one inviter, and nobody stands above himself',
  );
  const rewards = open(
    'rewards',
    'each reward is pending, vests and is reversed once at most, as its referral says, and is counted only when vested',
  );
  const counted = open('rewards-counted', "each vested reward stands in the inviter's ledger");
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
    const reward = known.get(rewardId) ?? { name, inviter, points, told: 'unknown' as const };
    known.set(rewardId, reward);
    return reward;
  };

  const onReward = (status: RewardStatus) => (event: RewardEvent) => {
    const { aggregate: name, sequence, data } = event;
    const reward = rewardOf(name, data);
    const { seq } = read.get(name) ?? {};
    if (seq !== undefined && sequence > seq) reward.toldThen ??= reward.told;
    if (reward.name !== name) {
      rewards.differs(name, `${data.rewardId} is of ${reward.name}, and of ${name}`);
    }
    if (!before[status].includes(reward.told)) {
      rewards.differs(name, `${data.rewardId} of ${name} is ${reward.told}, and then reward.${status}`);
    }
    if (reward.inviter !== data.inviter || reward.points !== data.points) {
      rewards.differs(
        name,
        `${data.rewardId} of ${name} is ${data.points} points for ${data.inviter}, and was ${reward.points} for ${reward.inviter}`,
      );
    }
    reward.told = status;
    if (status === 'vested') reward.wasVested = true;
    if (event.type === 'reward.pending') reward.vestsAt = Date.parse(event.data.vestsAt);
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
        const standing = reward ? { rewardId: reward.rewardId, status: reward.status } : {};
        read.set(`${pk}#${sk}`, { seq, edge, ...standing });
      },
      membership: ({ pk, state }) => {
        const rewardId = after('ledger/referral/', pk);
        if (rewardId === undefined) return;
        const { recorded, reversed = [] } = state as {
          recorded?: { memberId: string; points: number };
          reversed?: { memberId: string }[];
        };
        const isReversed = reversed.length > 0;
        inLedger.set(
          rewardId,
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
      'reward.pending': onReward('pending'),
      'reward.vested': onReward('vested'),
      'reward.reversed': onReward('reversed'),
    },
    conclude: async (system) => {
      const { tables } = system;
      const now = system.now();
      for (const [name, { made, rewardId, status }] of read) {
        if (!made) finding.differs(name, `${name} was made, and no event tells so`);
        const reward = rewardId === undefined ? undefined : known.get(rewardId);
        if (rewardId === undefined) rewards.differs(name, `${name} was made, and earns no reward`);
        const told = reward?.toldThen ?? reward?.told ?? 'unknown';
        if (rewardId !== undefined && told !== status) {
          rewards.differs(name, `${rewardId} of ${name} is ${status} in the table and ${told} by the log`);
        }
      }
      for (const circle of circles()) {
        const [first = ''] = circle;
        finding.differs(first, `${first} invited himself, by way of ${circle.length - 1} others`);
      }

      for (const [rewardId, { memberId, points, isReversed }] of inLedger) {
        const name = `ledger/referral/${rewardId}`;
        const reward = known.get(rewardId);
        if (memberId !== undefined && !(reward?.wasVested && reward.inviter === memberId && reward.points === points)) {
          rewards.differs(name, `${name} counts ${points} points for ${memberId}, and no such reward vested`);
        }
        if (isReversed && reward?.told !== 'reversed') {
          rewards.differs(name, `${name} was taken back, and ${rewardId} was not reversed`);
        }
      }
      for (const _ of known) rewards.looked();
      atRest(counted, system, () => {
        for (const [rewardId, { told, inviter, name }] of known) {
          if (told !== 'vested' && told !== 'reversed') continue;
          counted.looked();
          const entry = inLedger.get(rewardId);
          const isRight = told === 'vested' ? entry?.memberId === inviter && !entry.isReversed : entry?.isReversed;
          if (isRight) continue;
          const stands = entry === undefined ? 'does not stand' : 'stands otherwise';
          counted.differs(name, `${rewardId} of ${name} is ${told}, and ${stands} in the ledger of ${inviter}`);
        }
      });

      if (lookedUntil + skewMs < now) {
        due.skip('no process looks after rewards that are due: is referral running?');
        return;
      }
      const pending = [...known].filter(([, { told }]) => told === 'pending');
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
