import { contributionRecorded, scoreChanged } from '@fcode/events';
import { accept, again, type Decision, type Fact, type Policy, prospectsAt, weightOf } from '@fcode/policy';
import type { Entry } from './ledger.ts';
import type { Member } from './member.ts';

/** What a member did, as its source tells it. `occurredAt` in epoch ms. */
export interface Contribution {
  memberId: string;
  source: string;
  ref: string;
  kind: string;
  occurredAt: number;
}

/** What became of one contribution: counted, known already, or refused and why. */
export type Result =
  | { status: 'accepted' | 'duplicate' }
  | { status: 'refused'; reason: 'unknown_kind' | 'in_the_future' | 'belongs_to_another' };

/** A source's clock may be this much ahead of ours. */
const aheadMs = 5 * 60_000;

/**
 * Counts contributions of one member, each on the entry of the same position, and says what the score is then. Those that
 * are refused stop none of the others. Told again, everything is a duplicate and nothing changes.
 */
export const contribute = (
  contributions: readonly Contribution[],
  policy: Policy,
  at: number,
  member: Member,
  entries: readonly Entry[],
): Decision<{ results: Result[] }, never> => {
  const facts: Fact[] = [];
  let sum = BigInt(member.S);
  const results = contributions.map(({ memberId, source, ref, kind, occurredAt }, position): Result => {
    const before = entries[position]?.recorded;
    if (before)
      return before.memberId === memberId
        ? { status: 'duplicate' }
        : { status: 'refused', reason: 'belongs_to_another' };
    const points = Object.hasOwn(policy.points, kind) ? policy.points[kind] : undefined;
    if (points === undefined) return { status: 'refused', reason: 'unknown_kind' };
    if (occurredAt > at + aheadMs) return { status: 'refused', reason: 'in_the_future' };
    const weight = weightOf(policy, points, occurredAt);
    sum += weight;
    facts.push(
      contributionRecorded.of({
        memberId,
        source,
        ref,
        kind,
        occurredAt: new Date(occurredAt).toISOString(),
        points,
        weight: String(weight),
      }),
    );
    return { status: 'accepted' };
  });
  if (facts.length === 0) return again({ results });
  const standing = { S: String(sum), t0: Date.parse(policy.t0), halfLifeDays: policy.halfLifeDays, pins: member.pins };
  const { fallsAt } = prospectsAt(policy, standing, at);
  const changed = scoreChanged.of({
    memberId: (contributions[0] as Contribution).memberId,
    S: standing.S,
    t0: policy.t0,
    halfLifeDays: policy.halfLifeDays,
    pins: [...member.pins],
    ...(fallsAt === undefined ? {} : { fallsAt: new Date(fallsAt).toISOString() }),
  });
  return accept([...facts, changed], { results });
};
