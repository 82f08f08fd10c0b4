import { type AnyFact, contributionRecorded, contributionReversed } from '@fcode/events';
import { accept, again, type Decision, type Fact, type Ladder, weightOf } from '@fcode/policy';
import { type Entry, evolveEntry, reversalOf } from './ledger.ts';
import { badgesOf, balanceOf, type Member, sidesOf, standingFacts } from './member.ts';

/** What a member did, as its source tells it; kind `reversal` takes back what `source` and `ref` name. */
export interface Contribution {
  memberId: string;
  source: string;
  ref: string;
  kind: string;
  /** Epoch ms. */
  occurredAt: number;
  /** A reward's own; everything else is worth what the policy says of its kind. */
  points?: number;
}

/** What became of one contribution: counted, known already, or refused and why. */
export type Result =
  | { status: 'accepted' | 'duplicate' }
  | { status: 'refused'; reason: 'unknown_kind' | 'in_the_future' | 'belongs_to_another' | 'too_many_reversals' };

/** Of how many members one contribution may be taken back before it was told: at most one of them can be right. */
const earlyReversalsKept = 8;
/** A source's clock may be this much ahead of ours. */
const aheadMs = 5 * 60_000;

export const nameOfEntry = ({ source, ref }: { source: string; ref: string }): string => `${source}/${ref}`;

/**
 * Counts contributions of one member, and takes back those that are reversed, each on its entry (by `nameOfEntry`), and
 * says what the score is then. Those that are refused stop none of the others. Told again, everything is a duplicate and
 * nothing changes; told in another order, the end is the same.
 */
export const contribute = (
  contributions: readonly Contribution[],
  ladder: Ladder,
  at: number,
  member: Member,
  entries: ReadonlyMap<string, Entry>,
): Decision<{ results: Result[] }, never> => {
  const facts: Fact[] = [];
  const known = new Map(entries);
  let balance = balanceOf(member);
  const results = contributions.map((contribution): Result => {
    const name = nameOfEntry(contribution);
    const entry = known.get(name) ?? {};
    const { result, told, weight } = count(contribution, entry, ladder, at);
    balance += weight;
    facts.push(...told);
    known.set(name, (told as AnyFact[]).reduce(evolveEntry, entry));
    return result;
  });
  if (facts.length === 0) return again({ results });
  const { memberId } = contributions[0] as Contribution;
  const { pins, told } = member;
  const { S, owed } = sidesOf(balance);
  const next = { memberId, S, owed, pins, badges: badgesOf(member), told, at };
  return accept([...facts, ...standingFacts(next, ladder, 'score')], { results });
};

interface Counted {
  result: Result;
  told: Fact[];
  /** What it adds to the sum. */
  weight: bigint;
}

const not = (result: Result): Counted => ({ result, told: [], weight: 0n });

const count = (contribution: Contribution, entry: Entry, { policy }: Ladder, at: number): Counted => {
  const { memberId, source, ref, kind, occurredAt } = contribution;
  const { recorded } = entry;
  if (recorded && recorded.memberId !== memberId) return not({ status: 'refused', reason: 'belongs_to_another' });
  if (occurredAt > at + aheadMs) return not({ status: 'refused', reason: 'in_the_future' });
  const reversed = reversalOf(entry, memberId);
  const reversal = (what: { kind?: string; weight: string }, reversedAt: string) =>
    contributionReversed.of({ memberId, source, ref, reversedAt, ...what });
  if (kind === 'reversal') {
    if (reversed) return not({ status: 'duplicate' });
    if (!recorded && (entry.reversed?.length ?? 0) >= earlyReversalsKept) {
      return not({ status: 'refused', reason: 'too_many_reversals' });
    }
    const taken = recorded ? { kind: recorded.kind, weight: recorded.weight } : { weight: '0' };
    const fact = reversal(taken, new Date(occurredAt).toISOString());
    return { result: { status: 'accepted' }, told: [fact], weight: -BigInt(taken.weight) };
  }
  if (recorded) return not({ status: 'duplicate' });
  const points = contribution.points ?? (Object.hasOwn(policy.points, kind) ? policy.points[kind] : undefined);
  if (points === undefined) return not({ status: 'refused', reason: 'unknown_kind' });
  const weight = weightOf(policy, points, occurredAt);
  const fact = contributionRecorded.of({
    memberId,
    source,
    ref,
    kind,
    occurredAt: new Date(occurredAt).toISOString(),
    points,
    weight: String(weight),
  });
  // Its reversal came first: now that its weight is known, it is taken back as well.
  if (reversed) {
    const taken = reversal({ kind, weight: String(weight) }, reversed.reversedAt);
    return { result: { status: 'accepted' }, told: [fact, taken], weight: 0n };
  }
  return { result: { status: 'accepted' }, told: [fact], weight };
};
