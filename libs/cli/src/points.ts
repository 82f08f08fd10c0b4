import type { Found } from '@fcode/reconcile';

/** What of a ledger's entry counts here: whose it is, what it was worth on the day, and who took it back. */
interface EntryState {
  recorded?: { memberId: string; occurredAt: string; points: number };
  reversed?: { memberId: string }[];
}

/** Points are added as whole millionths, so that they come to the same in whatever order they are read. */
const unit = 1_000_000;

/**
 * Who had so many points, as they were worth on the day, by contributions that occurred before an instant (epoch ms): rewards of
 * referrals are contributions, and what has been taken back, whenever, is none. `items` are those of membership's table.
 * `onRead` hears of each entry how many members are known by then.
 */
export const membersWithPoints = async (
  items: AsyncIterable<Found>,
  { points, before }: { points: number; before: number },
  onRead: (members: number) => void = () => {},
): Promise<string[]> => {
  const sums = new Map<string, number>();
  for await (const { pk, sk, state } of items) {
    if (sk !== 'entry' || !pk.startsWith('ledger/')) continue;
    const { recorded, reversed = [] } = state as EntryState;
    onRead(sums.size);
    if (!recorded || Date.parse(recorded.occurredAt) >= before) continue;
    const { memberId } = recorded;
    // While nobody knew whose it was, others may have taken it back too: that was none of it.
    if (reversed.some((reversal) => reversal.memberId === memberId)) continue;
    sums.set(memberId, (sums.get(memberId) ?? 0) + Math.round(recorded.points * unit));
  }
  return [...sums].flatMap(([memberId, sum]) => (sum >= points * unit ? [memberId] : [])).sort();
};
