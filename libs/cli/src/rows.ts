import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Info, parse } from 'csv-parse';

/** A row of a file as it was told, and where; `problem` when it is no row at all. */
export interface Row {
  line: number;
  told?: Record<string, unknown>;
  problem?: string;
}

/** Names that a ledger's columns may have. */
const columns: Record<string, string> = {
  source_ref: 'ref',
  member_id: 'memberId',
  occurred_at: 'occurredAt',
};
const known = ['memberId', 'source', 'ref', 'kind', 'occurredAt'];

/** What we take of a row: ours by name, anything else a ledger has is left out. */
const toldBy = (given: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [columns[name] ?? name, value] as const)
      .filter(([name]) => known.includes(name)),
  );

/** The rows of a CSV file with a header, or of an NDJSON file, one by one as they are read. */
export async function* rowsOf(file: string): AsyncGenerator<Row> {
  if (/\.(ndjson|jsonl)$/.test(file)) {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (text.trim() !== '') yield jsonRow(line, text);
    }
    return;
  }
  const skipped: Row[] = [];
  const lines = parse({
    columns: true,
    info: true,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      skipped.push({ line: Number(error?.lines ?? 0), problem: error?.message ?? 'No row of CSV.' });
    },
  });
  for await (const { record, info } of createReadStream(file).pipe(lines) as AsyncIterable<{
    record: Record<string, string>;
    info: Info;
  }>) {
    yield* skipped.splice(0);
    yield { line: info.lines, told: toldBy(record) };
  }
  yield* skipped;
}

const jsonRow = (line: number, text: string): Row => {
  try {
    return { line, told: toldBy(JSON.parse(text) as Record<string, unknown>) };
  } catch {
    return { line, problem: 'This line is not JSON.' };
  }
};
