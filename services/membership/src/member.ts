import type { Ref } from '@fcode/dynamo';
import { type AnyFact, scoreChanged, type TierChanged, tierChanged } from '@fcode/events';
import {
  type Fact,
  type Ladder,
  newcomer,
  type Policy,
  prospectsAt,
  type reservedKinds,
  type Standing,
  type Tier,
  tierAt,
} from '@fcode/policy';

/** What a member did of one kind: how often, and what it weighs in S. */
export interface Done {
  count: number;
  weight: string;
}

/** A badge that a member has, and since when, in epoch ms: a pair, since up to 32 of them stand in the item. */
export type Award = readonly [badge: string, since: number];

/** A member's standing in the community, and what made it. Times in epoch milliseconds. */
export interface Member extends Standing {
  /**
   * What contributions weighed that were taken back after it had been spent, as S, which is 0 then: what comes next pays it
   * first. Absent where nothing is owed.
   */
  owed?: string;
  kinds: Record<string, Done>;
  /** In the order in which they were awarded; absent where there is none. */
  awards?: readonly Award[];
  /** As last told; what it is now, `tierAt` says. */
  told?: Tier;
  /** When the tier ends by itself, as of the last look. */
  fallsAt?: number;
}

export const stranger: Member = { ...newcomer, kinds: {} };

/** All that a member earned less all that was spent and taken back, in millionths: less than nothing where something is owed. */
export const balanceOf = ({ S, owed = '0' }: Pick<Member, 'S' | 'owed'>): bigint => BigInt(S) - BigInt(owed);

/** The two sides of a balance: a score is never below zero, whatever is owed. */
export const sidesOf = (balance: bigint): { S: string; owed?: string } =>
  balance < 0n ? { S: '0', owed: String(-balance) } : { S: String(balance) };

/** Under which kind spending stands among what makes up a score. */
export const purchaseKind = 'purchase' satisfies (typeof reservedKinds)[number];

/** A fact of this service alone: nothing happened, but the tier ends at another time than was noted. */
export const endNoted = (fallsAt: number | undefined) => ({ type: 'end.noted', data: { fallsAt } });

const membersPrefix = 'member/';
export const memberPartition = (memberId: string): string => `${membersPrefix}${memberId}`;

/** The member that an item of the board or of what is due is about; undefined for any other item. */
export const memberOf = ({ pk }: { pk: string }): string | undefined =>
  pk.startsWith(membersPrefix) ? pk.slice(membersPrefix.length) : undefined;

export const memberRef = (memberId: string): Ref<Member> => ({
  pk: memberPartition(memberId),
  sk: 'standing',
  initial: stranger,
  indexed: ({ S, fallsAt }) => ({ dueAt: fallsAt, rank: S === '0' ? undefined : S }),
  evolve: (member, fact) => {
    if (fact.type === 'end.noted') return ending(member, (fact.data as { fallsAt?: number }).fallsAt);
    const { type, data } = fact as AnyFact;
    switch (type) {
      case 'score.changed': {
        const { S, owed, t0, halfLifeDays, pins, fallsAt } = data;
        const { owed: _, ...before } = member;
        const sides = owed === undefined ? { S } : { S, owed };
        const next = { ...before, ...sides, t0: Date.parse(t0), halfLifeDays, pins };
        return ending(next, fallsAt === undefined ? undefined : Date.parse(fallsAt));
      }
      case 'tier.changed':
        return { ...member, told: data.to as Tier };
      case 'contribution.recorded':
        return adding(member, data.kind, 1, BigInt(data.weight));
      case 'contribution.reversed':
        return data.kind === undefined ? member : adding(member, data.kind, -1, -BigInt(data.weight));
      case 'points.spent':
        return adding(member, purchaseKind, 1, -BigInt(data.weight));
      case 'points.returned':
        return adding(member, purchaseKind, -1, BigInt(data.weight));
      case 'badge.awarded':
        return withAwards(member, [...without(member, data.badge), [data.badge, Date.parse(data.awardedAt)]]);
      case 'badge.withdrawn':
        return withAwards(member, without(member, data.badge));
      default:
        return member;
    }
  },
});

const ending = ({ fallsAt: _, ...member }: Member, fallsAt: number | undefined): Member =>
  fallsAt === undefined ? member : { ...member, fallsAt };

const without = ({ awards = [] }: Member, badge: string): Award[] => awards.filter(([one]) => one !== badge);

const withAwards = ({ awards: _, ...member }: Member, awards: readonly Award[]): Member =>
  awards.length === 0 ? member : { ...member, awards };

/** In the order of the alphabet, as others are told of them. */
export const badgesOf = ({ awards = [] }: Member): string[] => awards.map(([badge]) => badge).sort();

const adding = (member: Member, kind: string, count: number, weight: bigint): Member => {
  const before = member.kinds[kind] ?? { count: 0, weight: '0' };
  const { [kind]: _, ...others } = member.kinds;
  const done = { count: before.count + count, weight: String(BigInt(before.weight) + weight) };
  return { ...member, kinds: done.count > 0 ? { ...others, [kind]: done } : others };
};

/** Where everybody begins: what a member is who was told nothing yet. */
const openTier = ({ policy }: Ladder): Tier => (policy.tiers.at(-1) as { tier: Tier }).tier;

type Because = TierChanged['data']['because'];

/** What others are told of a standing. */
interface Told {
  memberId: string;
  S: string;
  owed: string | undefined;
  pins: readonly string[];
  badges: readonly string[];
  fallsAt?: number | undefined;
}

/** The standing, told whole: listeners keep the newest, and nothing else of it. */
export const standingTold = (
  { memberId, S, owed, pins, badges, fallsAt }: Told,
  { t0, halfLifeDays }: Pick<Policy, 't0' | 'halfLifeDays'>,
): Fact =>
  scoreChanged.of({
    memberId,
    S,
    ...(owed === undefined ? {} : { owed }),
    t0,
    halfLifeDays,
    pins: [...pins],
    ...(badges.length === 0 ? {} : { badges: [...badges] }),
    ...(fallsAt === undefined ? {} : { fallsAt: new Date(fallsAt).toISOString() }),
  });

/** What follows from a new sum or new pins: the standing, and the tier where it is another than was told. */
export const standingFacts = (
  { told, at, ...now }: Omit<Told, 'fallsAt'> & { told: Tier | undefined; at: number },
  ladder: Ladder,
  because: Because,
): Fact[] => {
  const { policy } = ladder;
  const { memberId, S, pins } = now;
  const standing: Standing = { S, t0: Date.parse(policy.t0), halfLifeDays: policy.halfLifeDays, pins };
  return [
    standingTold({ ...now, fallsAt: endOf(standing, ladder, at) }, policy),
    ...tierFacts(memberId, standing, told, ladder, at, because),
  ];
};

/** The change of tier that is to be told, if there is one. */
export const tierFacts = (
  memberId: string,
  standing: Standing,
  told: Tier | undefined,
  ladder: Ladder,
  at: number,
  because: Because,
): Fact[] => {
  const from = told ?? openTier(ladder);
  const { tier: to } = tierAt(ladder, standing, at);
  return from === to ? [] : [tierChanged.of({ memberId, from, to, at: new Date(at).toISOString(), because })];
};

/** When the tier ends by itself, in epoch ms: the first whole millisecond at which it has ended. */
export const endOf = (standing: Standing, ladder: Ladder, at: number): number | undefined => {
  const { fallsAt } = prospectsAt(ladder, standing, at);
  return fallsAt === undefined ? undefined : Math.floor(fallsAt) + 1;
};
