import type { Fcode } from '@fcode/client';
import { type Row, rowsOf } from './rows.ts';

/** Rows in one request, and what they may weigh (a system takes 256 KiB), and requests under way: memory stays flat. */
const rowsAtOnce = 200;
const bytesAtOnce = 128 * 1024;
const requestsAtOnce = 4;

export interface Counts {
  rows: number;
  accepted: number;
  duplicate: number;
  refused: number;
}

export interface Told {
  line: number;
  status: 'accepted' | 'duplicate' | 'refused';
  reason?: string;
}

/**
 * Imports contributions from a CSV or NDJSON file as it is read, and tells what became of every row. A bad row stops no
 * other; the same file again changes nothing, so an import that broke off is simply run again. `counts` grows meanwhile.
 */
export const importContributions = async (
  file: string,
  fcode: Pick<Fcode, 'contribute'>,
  { counts, tell }: { counts: Counts; tell: (told: Told) => Promise<void> | void },
): Promise<void> => {
  const note = async (told: Told) => {
    counts.rows += 1;
    counts[told.status] += 1;
    await tell(told);
  };
  const send = async (rows: Row[]) => {
    const good = rows.filter(({ told }) => told !== undefined);
    const answers = good.length === 0 ? [] : await fcode.contribute(good.map(({ told }) => told));
    for (const { line, told, problem } of rows) {
      const answer = told === undefined ? { status: 'refused' as const, reason: problem } : answers.shift();
      const { status, reason } = answer ?? { status: 'refused' as const, reason: 'no answer' };
      await note({ line, status, ...(reason === undefined ? {} : { reason }) });
    }
  };

  const underWay = new Set<Promise<void>>();
  let batch: Row[] = [];
  let bytes = 0;
  let failed: { error: unknown } | undefined;
  const flush = async () => {
    const sending: Promise<void> = send(batch)
      .catch((error: unknown) => {
        failed ??= { error };
      })
      .finally(() => underWay.delete(sending));
    batch = [];
    bytes = 0;
    underWay.add(sending);
    if (underWay.size >= requestsAtOnce) await Promise.race(underWay);
    if (failed) throw failed.error;
  };
  for await (const row of rowsOf(file)) {
    const size = Buffer.byteLength(JSON.stringify(row.told ?? {}));
    if (batch.length >= rowsAtOnce || bytes + size > bytesAtOnce) await flush();
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) await flush();
  await Promise.all(underWay);
  // Assigned where the compiler does not look.
  const broken = failed as { error: unknown } | undefined;
  if (broken) throw broken.error;
};

export const noneYet = (): Counts => ({ rows: 0, accepted: 0, duplicate: 0, refused: 0 });
