import { rowsOf } from '@fcode/cli/rows';

/** What a story needs to know of a ledger before it is told: when it ends, and who was there first. */
export interface LedgerLook {
  /** Epoch ms of the last contribution. */
  last: number;
  rows: number;
  /** By the first contribution of each, the earliest first. */
  members: string[];
}

/** Reads the file once, as a stream; rows that are none are left to the import to refuse. */
export const lookAt = async (file: string): Promise<LedgerLook> => {
  const first = new Map<string, number>();
  let last = Number.NEGATIVE_INFINITY;
  let rows = 0;
  for await (const { told } of rowsOf(file)) {
    rows += 1;
    const at = Date.parse(String(told?.occurredAt));
    const memberId = told?.memberId;
    if (Number.isNaN(at) || typeof memberId !== 'string') continue;
    last = Math.max(last, at);
    first.set(memberId, Math.min(at, first.get(memberId) ?? at));
  }
  if (first.size === 0) throw new Error(`There is no contribution in ${file}.`);
  const members = [...first].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1)).map(([memberId]) => memberId);
  return { last, rows, members };
};
