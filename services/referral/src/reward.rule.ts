import { rewardReduced, rewardReversed, rewardVested } from '@fcode/events';
import { accept, again, type Decision, type Fact, refuse } from '@fcode/policy';
import type { Returned, Undone } from './purchase.ts';
import { leftOf, type Referral, returnNoted } from './referral.ts';
import type { Refusal } from './refusals.ts';

/** The reward of a referral: `told` is how events name it, `state` how it stands. */
const rewardOf = (referral: Referral) => {
  if (referral.status === 'none' || !referral.reward) return undefined;
  const { invitee: _, via: _via, linkId: _linkId, madeAt, ...about } = referral.made;
  const { rewardId, points } = referral.reward;
  return { told: { rewardId, ...about, points }, state: referral.reward, madeAt };
};
type Found = NonNullable<ReturnType<typeof rewardOf>>;

const reductionsOf = ({ state: { reduced } }: Found) => (reduced ? { reductions: reduced.returns } : {});

const reducedTo = (found: Found, { left, returnId }: { left: number; returnId: string }, at: number): Fact => {
  const { told, state, madeAt } = found;
  const taken = (state.reduced?.left ?? state.points) - left;
  const reducedAt = new Date(at).toISOString();
  return rewardReduced.of({ ...told, ...reductionsOf(found), returnId, taken, left, madeAt, reducedAt });
};

const reversed = (found: Found, { by, reason, at }: Reverse): Fact =>
  rewardReversed.of({ ...found.told, ...reductionsOf(found), by, reason, reversedAt: new Date(at).toISOString() });

/** A pending reward vests, less what came back of its purchase until then. `at` in epoch ms. */
export const vesting = (at: number, referral: Referral): Fact[] => {
  const found = rewardOf(referral);
  if (found?.state.status !== 'pending') return [];
  const { told, state, madeAt } = found;
  const vested = rewardVested.of({ ...told, madeAt, vestedAt: new Date(at).toISOString() });
  return state.noted ? [vested, reducedTo(found, state.noted, at)] : [vested];
};

/** A pending reward whose time has come. `at` in epoch ms. */
export const vest = (at: number, referral: Referral): Decision<object, never> => {
  const { status, vestsAt } = rewardOf(referral)?.state ?? {};
  if (status !== 'pending' || at < Date.parse(vestsAt as string)) return again({});
  return accept(vesting(at, referral), {});
};

const millionths = 1_000_000;

/**
 * What is left of `points` when of what was `paid`, so much was `refunded`: less round(points × refunded ÷ paid), halves up
 * (DESIGN §5, invariant 5). Whole numbers of minor units, and of millionths of a point, so that it is exact however large.
 */
export const leftAfter = (points: number, { refunded, paid }: Pick<Returned, 'refunded' | 'paid'>): number => {
  const whole = BigInt(millionths) * BigInt(paid);
  const taken = (2n * BigInt(Math.round(points * millionths)) * BigInt(refunded) + whole) / (2n * whole);
  return Math.max(0, points - Number(taken));
};

/**
 * What follows for a reward from what is undone of its purchase: reversed with the order, reduced by returned lines; while it is
 * pending, those are only noted, since nothing of it counts yet. Heard again, or after a return that took more, a return changes
 * nothing. `at` in epoch ms.
 */
export const undoing = ({ isCancelled, returned }: Undone, at: number, referral: Referral): Fact[] => {
  const found = rewardOf(referral);
  if (!found || found.state.status === 'reversed') return [];
  if (isCancelled) return [reversed(found, { by: 'redemption', reason: 'order cancelled', at })];
  if (!returned) return [];
  const { returnId } = returned;
  const left = leftAfter(found.state.points, returned);
  if (left >= leftOf(found.state)) return [];
  return found.state.status === 'pending'
    ? [returnNoted(found.told.referralId, { left, returnId })]
    : [reducedTo(found, { left, returnId }, at)];
};

/** A purchase that has been settled is undone. The edge stays, and so does what other purchases earned. `at` in epoch ms. */
export const undo = (redemptionId: string, undone: Undone, at: number, referral: Referral): Decision<object, never> => {
  const isItsOwn = referral.status === 'made' && referral.made.redemptionId === redemptionId;
  const facts = isItsOwn ? undoing(undone, at, referral) : [];
  return facts.length > 0 ? accept(facts, {}) : again({});
};

/** A reward is taken back, whole. The edge stays: who invited whom does not change. */
export interface Reverse {
  by: string;
  reason: string;
  at: number;
}

export interface ReverseReceipt {
  referralId: string;
  rewardId: string;
  status: 'reversed';
}

export const reverse = (command: Reverse, referral: Referral): Decision<ReverseReceipt, Refusal> => {
  const found = rewardOf(referral);
  if (!found) return refuse('referral_not_found');
  const { referralId, rewardId } = found.told;
  const receipt: ReverseReceipt = { referralId, rewardId, status: 'reversed' };
  return found.state.status === 'reversed' ? again(receipt) : accept([reversed(found, command)], receipt);
};
