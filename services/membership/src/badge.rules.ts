import { badgeAwarded, badgeWithdrawn } from '@fcode/events';
import { accept, again, type Decision, type Policy, refuse } from '@fcode/policy';
import { badgesOf, type Member, standingTold } from './member.ts';

/** Ops award a badge to a member, or withdraw it, at `at` (epoch ms). */
export interface BadgeChange {
  badge: string;
  by: string;
  reason: string;
  /** Where it stands in their books. */
  reference?: string;
}

export interface BadgeReceipt {
  /** Whether the member has it since, or has it no longer; false when it was so before. */
  changed: boolean;
}

export type BadgeRefusal = 'too_many_badges';

/** Badges of one member: they stand in the item that every contribution writes, and travel with each of its events. */
export const badgesAtMost = 32;

export type BadgeRule = (
  change: BadgeChange,
  policy: Policy,
  at: number,
  memberId: string,
  member: Member,
) => Decision<BadgeReceipt, BadgeRefusal>;

/** The standing as it is but for its badges: they move neither score nor tier, so the end of the tier stays as it was noted. */
const toldWith = (badges: string[], policy: Policy, memberId: string, { S, owed, pins, fallsAt }: Member) =>
  standingTold({ memberId, S, owed, pins, badges, fallsAt }, policy);

/** The member has the badge afterwards; who has it already keeps it, and since when. */
export const award: BadgeRule = (change, policy, at, memberId, member) => {
  const badges = badgesOf(member);
  if (badges.includes(change.badge)) return again({ changed: false });
  if (badges.length >= badgesAtMost) return refuse('too_many_badges');
  return accept(
    [
      badgeAwarded.of({ memberId, ...change, awardedAt: new Date(at).toISOString() }),
      toldWith([...badges, change.badge].sort(), policy, memberId, member),
    ],
    { changed: true },
  );
};

/** The member does not have the badge afterwards. */
export const withdraw: BadgeRule = (change, policy, at, memberId, member) => {
  const badges = badgesOf(member);
  if (!badges.includes(change.badge)) return again({ changed: false });
  return accept(
    [
      badgeWithdrawn.of({ memberId, ...change, withdrawnAt: new Date(at).toISOString() }),
      toldWith(
        badges.filter((badge) => badge !== change.badge),
        policy,
        memberId,
        member,
      ),
    ],
    { changed: true },
  );
};
