import type { Store } from '@fcode/dynamo';
import { type Allotment, type AllotmentRules, allotmentAt, type Ladder, lanesOf, type Tier } from '@fcode/policy';
import { type KnownMember, sampleOf, standingsOf } from './segment.ts';

/** An allotment that somebody thinks about. */
export interface Planned {
  allotment: AllotmentRules;
  /** Where the members are taken to live; empty where nobody knows. */
  region: string;
}

interface Count {
  members: number;
  codes: number;
}

interface Example {
  memberId: string;
  tier: Tier;
  allotted: number;
  /** Of those, how many by this rule. */
  codes: number;
}

/** Of an estimate, counts are rounded. */
export interface Preview extends Count {
  isWhole: boolean;
  /** Members who get no code. */
  nobody: number;
  rules: (Count & { rule: string; places?: number; examples: Example[] })[];
  byTier: (Count & { tier: Tier })[];
}

const examplesAtMost = 5;

/** The rules by their positions; those of the short form as conditions that say the same. */
const rulesOf = ({ policy }: Ladder, allotment: AllotmentRules): { rule: string; places?: number; tier?: Tier }[] =>
  Array.isArray(allotment)
    ? allotment.map(({ when, places }) => ({ rule: when, ...(places === undefined ? {} : { places }) }))
    : policy.tiers.flatMap(({ tier }) => (allotment[tier] ? [{ rule: `tier == "${tier}"`, tier }] : []));

/**
 * What an allotment comes to if every member that is looked at claims all that it gives them, in the order in which they are
 * looked at: of the first rule that holds and has a place left, and what is missing of the next. `scale`: how many members
 * each that is looked at stands for.
 */
const tallyOf = (ladder: Ladder, { allotment, region }: Planned, { at, scale }: { at: number; scale: number }) => {
  const rules = rulesOf(ladder, allotment).map((rule) => {
    const examples: Example[] = [];
    return { ...rule, members: 0, codes: 0, examples };
  });
  const tiers = new Map(ladder.policy.tiers.map(({ tier }) => [tier, { members: 0, codes: 0 }]));
  /** Places that are left, in codes of those who are looked at: of a sample they may be a fraction. */
  const left = new Map(lanesOf(allotment).map(({ rule, places }) => [rule, places / scale]));
  let nobody = 0;

  const take = ({ candidates, tier, codes: allotted }: Allotment, memberId: string): number => {
    let claimed = 0;
    for (const { codes, rule, lane } of candidates) {
      const place = lane === undefined ? undefined : left.get(lane);
      const more = Math.min(codes - claimed, place ?? Number.POSITIVE_INFINITY);
      const by = rule === undefined ? rules.find((one) => one.tier === tier) : rules[rule];
      if (more <= 0 || !by) continue;
      if (lane !== undefined && place !== undefined) left.set(lane, place - more);
      claimed += more;
      by.members += 1;
      by.codes += more;
      // Of a sample, what is left of the places may be less than a code.
      const example = { memberId, tier, allotted, codes: Math.ceil(more) };
      if (by.examples.length < examplesAtMost) by.examples.push(example);
    }
    return claimed;
  };

  return {
    look: ({ memberId, standing }: KnownMember): void => {
      const allotted = allotmentAt(ladder, allotment, { memberId, standing, region }, at);
      const codes = take(allotted, memberId);
      if (codes === 0) nobody += 1;
      const ofTier = tiers.get(allotted.tier);
      if (!ofTier) return;
      ofTier.members += 1;
      ofTier.codes += codes;
    },
    sum: (): Omit<Preview, 'isWhole'> => {
      const all = (count: number): number => Math.round(count * scale);
      const counted = ({ members, codes }: Count): Count => ({ members: all(members), codes: all(codes) });
      const total = { members: 0, codes: 0 };
      for (const { members, codes } of tiers.values()) {
        total.members += members;
        total.codes += codes;
      }
      return {
        ...counted(total),
        nobody: all(nobody),
        rules: rules.map(({ rule, places, examples, ...count }) => ({
          rule,
          ...counted(count),
          ...(places === undefined ? {} : { places }),
          examples,
        })),
        byTier: [...tiers].map(([tier, count]) => ({ tier, ...counted(count) })),
      };
    },
  };
};

/**
 * Who would get how many codes at `at` (epoch ms), of the members whose standing was heard; `atMost` of them are looked at, and
 * then the counts are estimates. `deadline` in ms of performance.now(). Rejects with Unavailable.
 */
export const previewOf = async (
  store: Store,
  ladder: Ladder,
  planned: Planned,
  { at, atMost, deadline }: { at: number; atMost: number; deadline: number },
): Promise<Preview> => {
  const { memberIds, scale, isWhole } = await sampleOf(store, { atMost, deadline });
  const tally = tallyOf(ladder, planned, { at, scale });
  // Judged while they are read: twenty rules for thousands of members are not held against them in one breath.
  for await (const member of standingsOf(store, memberIds, deadline)) tally.look(member);
  return { ...tally.sum(), isWhole };
};
